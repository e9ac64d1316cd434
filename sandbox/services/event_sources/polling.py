"""How Lambda reads queues: it polls, calls the function, and deletes what that took.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.exceptions import LambdaClientError
from moto.sqs.models import sqs_backends

from sandbox.kernel import deliveries
from sandbox.kernel.clients import client
from sandbox.kernel.clock import Clock
from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.gateway import Caller, calling
from sandbox.services.awslambda.names import find_function, split_name

# After a poll that was refused; how long Lambda really pauses is not documented.
PAUSE = 60.0


class Pollers:
    """A thread for each message that waits, none for a queue that is empty."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._mappings: list[Any] = []

    def add(self, mapping: Any) -> None:
        self._mappings.append(mapping)
        self.look(mapping)

    def remove(self, mapping: Any) -> None:
        self._mappings.remove(mapping)

    def look(self, mapping: Any) -> None:
        """At what was sent before there was such a mapping, or while it was disabled."""
        queue = queue_of(mapping.event_source_arn)
        for message in queue._messages if queue and mapping.enabled else ():
            self._spawn(mapping, message)

    def note(self, queue: Any, message: Any) -> None:
        """Somebody has sent this."""
        for mapping in self._mappings:
            if mapping.enabled and mapping.event_source_arn == queue.queue_arn:
                self._spawn(mapping, message)

    def _spawn(self, mapping: Any, message: Any) -> None:
        self._clock.spawn(lambda: self._follow(mapping, message), f"poll for {message.id}")

    def _follow(self, mapping: Any, message: Any) -> None:
        """Poll whenever this message can be received, until it is gone."""
        while True:
            # A message can be received a millisecond after it has become visible.
            due = max(message.visible_at, message.delayed_until) / 1000 + 0.001
            self._clock.sleep(due - self._clock.now)
            if not self._is_waiting(mapping, message):
                return
            if message.visible and not message.delayed and not self._poll(mapping):
                self._clock.sleep(PAUSE)

    def _is_waiting(self, mapping: Any, message: Any) -> bool:
        if mapping not in self._mappings or not mapping.enabled:
            return False
        queue = queue_of(mapping.event_source_arn)
        if queue is None or message not in queue._messages:
            return False
        expires: float = message.sent_timestamp / 1000 + queue.message_retention_period
        return self._clock.now < expires

    def _poll(self, mapping: Any) -> bool:
        """In the name of the function's role; whether that was allowed."""
        url, sqs = deliveries.queue_url(mapping.event_source_arn), client("sqs")
        try:
            function = find_function(split_name(mapping.function_name)[0])
            with calling(role_of(function)):
                sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
                received = sqs.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=mapping.batch_size,
                    WaitTimeSeconds=0,
                    MessageSystemAttributeNames=["All"],
                    MessageAttributeNames=["All"],
                ).get("Messages", [])
        except (ClientError, BotoCoreError, LambdaClientError):
            return False
        # An error leaves the messages to their visibility timeout, and then to the next poll.
        if received and _succeeds(mapping, received):
            with calling(role_of(function)), suppress(ClientError, BotoCoreError):
                for message in received:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True


def _succeeds(mapping: Any, received: list[dict[str, Any]]) -> bool:
    """Lambda itself calls, for which nobody needs leave. Throttled calls are not made again."""
    event = {"Records": [_record(mapping.event_source_arn, message) for message in received]}
    try:
        answer = client("lambda", attempts=1).invoke(
            FunctionName=mapping.function_name, Payload=json.dumps(event).encode()
        )
    except (ClientError, BotoCoreError):
        return False
    return "FunctionError" not in answer


def _record(arn: str, message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {f"{key[0].lower()}{key[1:]}": value for key, value in attribute.items()}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def role_of(function: Any) -> Caller:
    """In whose name Lambda polls for a function."""
    return Caller(function.function_name, function.role, "lambda.amazonaws.com")


def queue_of(arn: str) -> Any:
    """None where there is none."""
    return sqs_backends[ACCOUNT][REGION].queues.get(arn.rpartition(":")[2])
