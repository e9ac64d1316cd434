"""ReceiveMessage that waits for a message, in virtual time: moto waits in the real one.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

from __future__ import annotations

from typing import Any

from moto.sqs.models import Queue, SQSBackend

from sandbox.kernel.clock import Clock, Wait
from sandbox.kernel.patches import Patches

# A message can be received a millisecond after it has become visible.
MOMENT = 0.001
# What is received or deleted elsewhere can let go of a FIFO queue's group: it is looked for so
# often.
LOOK_AGAIN = 1.0


def install(patches: Patches, clock: Clock) -> None:
    """After event_sources, whose pollers come first to what is sent."""
    waiting: dict[str, list[Wait]] = {}

    def receive(
        backend: Any, queue_name: str, count: int, wait_seconds_timeout: int, *more: Any
    ) -> Any:
        until = clock.now + wait_seconds_timeout
        while True:
            found = original(backend, queue_name, count, 0, *more)
            if found or clock.now >= until:
                return found
            queue = backend.get_queue(queue_name)
            due = min(until, clock.now + LOOK_AGAIN, _next_due(queue, clock.now))
            clock.wait(waiting.setdefault(queue.queue_arn, []), due - clock.now)

    def add_message(queue: Any, message: Any) -> None:
        added(queue, message)
        clock.wake(waiting.get(queue.queue_arn, []))

    original = patches.replace(SQSBackend, "receive_message", receive)
    added = patches.replace(Queue, "add_message", add_message)


def _next_due(queue: Any, now: float) -> float:
    """When the next message can be received that cannot be now."""
    times = (max(one.visible_at, one.delayed_until) / 1000 + MOMENT for one in queue._messages)
    return min((at for at in times if at > now), default=float("inf"))
