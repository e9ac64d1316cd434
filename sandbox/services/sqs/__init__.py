"""SQS: what is in a queue, for whoever looks, and the metric by which an alarm sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import Queue, sqs_backends

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.patches import Patches
from sandbox.services.account import Account
from sandbox.services.cloudwatch import CloudWatch
from sandbox.services.cloudwatch.store import MINUTE, Metric
from sandbox.services.cloudwatch.summary import Summary
from sandbox.services.sqs import long_polls

# An empty queue that nobody sends to has no metrics any more, so that alarms on it lack data.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html
ACTIVE_SECONDS = 6 * 3_600


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message that is in the queue since `at` (epoch seconds). Attributes are text."""

    id: str
    at: float
    body: str
    attributes: Mapping[str, str]


def messages(arn: str) -> list[QueueMessage]:
    """All that were not deleted, oldest first, also while a reader has them. Looking takes none."""
    queue = sqs_backends[ACCOUNT][REGION].get_queue(arn.rpartition(":")[2])
    return [
        QueueMessage(
            id=one.id,
            at=one.sent_timestamp / 1000,
            body=one.body,
            attributes={
                name: str(attribute.get("StringValue", ""))
                for name, attribute in one.message_attributes.items()
            },
        )
        for one in queue._messages
    ]


class Metrics:
    """ApproximateNumberOfMessagesVisible of every queue in use, once a minute."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch
        self._minute = 0
        self._last_used: dict[str, float] = {}

    def report(self) -> None:
        """For the minute that has just ended, if that was not done yet."""
        minute = int(self._cloudwatch.now) // MINUTE
        if minute == self._minute:
            return
        self._minute = minute
        for queue in sqs_backends[ACCOUNT][REGION].queues.values():
            if self._is_active(queue):
                self._record(queue.name, len(queue.messages))

    def _is_active(self, queue: Any) -> bool:
        now = self._cloudwatch.now
        if queue._messages or queue.name not in self._last_used:
            self._last_used[queue.name] = now
        return now - self._last_used[queue.name] <= ACTIVE_SECONDS

    def _record(self, queue: str, visible: int) -> None:
        at = self._minute * MINUTE - 1
        self._cloudwatch.record(
            Metric.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue}),
            Summary.of({float(visible): 1.0}),
            started=at,
            ended=at,
            unit="Count",
        )


def install(account: Account) -> None:
    """Alarms are evaluated every minute, and what they see is asked for before."""
    account.cloudwatch.sources.append(Metrics(account.cloudwatch).report)
    _drop_what_is_too_old(account.patches, account.cloudwatch)
    long_polls.install(account.patches, account.clock)


def _drop_what_is_too_old(patches: Patches, cloudwatch: CloudWatch) -> None:
    """Drop what is too old; moto keeps it, and shows a reader nothing of what came after it either.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """

    def messages(queue: Queue) -> Any:
        oldest = (cloudwatch.now - queue.message_retention_period) * 1000
        queue._messages[:] = [one for one in queue._messages if one.sent_timestamp > oldest]
        return original(queue)

    original = Queue.messages.fget
    patches.replace(Queue, "messages", property(messages))
