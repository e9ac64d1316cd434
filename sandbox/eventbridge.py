"""EventBridge: AWS's own events and schedules, delivered to what the rules name.

moto emits neither, and delivers to no function, topic or state machine.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser
from moto.moto_api._internal import mock_random

from sandbox import deliveries
from sandbox.calls import calling_as
from sandbox.clock import Clock
from sandbox.environment import ACCOUNT, REGION
from sandbox.patches import Patches

CALLER = "events.amazonaws.com"
#: Larger events are dropped without a word.
MAX_BYTES = 248 * 1024
#: Errors that trying again does not cure; EventBridge does not try.
FINAL = ("AccessDenied", "AccessDeniedException", "ResourceNotFoundException", "NotFound")

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}


class EventBridge:
    """Events go to the rules of the default bus; each delivery takes a thread of its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}

    def emit(
        self, source: str, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]
    ) -> None:
        moment = datetime.fromtimestamp(self._clock.now, UTC)
        event = {
            "version": "0",
            "id": str(mock_random.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "region": REGION,
            "resources": list(resources),
            "detail": dict(detail),
        }
        if len(json.dumps(event).encode()) > MAX_BYTES:
            return
        for rule in self._rules():
            if rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event):
                self.deliver(rule, event)

    def deliver(self, rule: Any, event: Mapping[str, Any]) -> None:
        if rule.state != "DISABLED":
            for target in rule.targets:
                delivery = _Delivery(self._clock, rule.arn, target, event)
                self._clock.spawn(delivery.run, f"event-to-{target['Id']}")

    def run_schedules(self) -> None:
        """Rates count from when the rule was first seen here, which is its first minute."""
        for rule in self._rules():
            if not rule.scheduled_expression:
                continue
            match = _RATE.fullmatch(rule.scheduled_expression)
            if match is None:
                raise NotImplementedError(f"the schedule {rule.scheduled_expression}")
            seconds = int(match[1]) * _SECONDS[match[2]]
            if self._clock.now >= self._next.setdefault(rule.arn, self._clock.now + seconds):
                self._next[rule.arn] += seconds
                self._tick(rule)

    def _tick(self, rule: Any) -> None:
        moment = datetime.fromtimestamp(self._clock.now, UTC)
        self.deliver(
            rule,
            {
                "version": "0",
                "id": str(mock_random.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": ACCOUNT,
                "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                "region": REGION,
                "resources": [rule.arn],
                "detail": {},
            },
        )

    def _rules(self) -> list[Any]:
        return list(events_backends[ACCOUNT][REGION].event_buses["default"].rules.values())


class _Delivery:
    """One event on its way to one target: tried again for a while, then put aside."""

    def __init__(
        self, clock: Clock, rule_arn: str, target: Mapping[str, Any], event: Mapping[str, Any]
    ) -> None:
        self._clock = clock
        self._rule_arn = rule_arn
        self._target = target
        self._payload = _payload(target, event)

    def run(self) -> None:
        policy = self._target.get("RetryPolicy") or {}
        attempts = 1 + policy.get("MaximumRetryAttempts", 185)
        deadline = self._clock.now + policy.get("MaximumEventAgeInSeconds", 86_400)
        with calling_as(CALLER):
            for attempt in range(attempts):
                try:
                    # Each call is made once: trying again is EventBridge's own business.
                    deliveries.send(self._target["Arn"], self._payload, attempts=1)
                    return
                except (ClientError, BotoCoreError) as error:
                    pause = min(2.0**attempt, 900.0)
                    if _is_final(error) or self._clock.now + pause > deadline:
                        break
                    self._clock.sleep(pause)
            self._put_aside()

    def _put_aside(self) -> None:
        if queue := (self._target.get("DeadLetterConfig") or {}).get("Arn"):
            attributes = {"RULE_ARN": self._rule_arn, "TARGET_ARN": self._target["Arn"]}
            deliveries.send(queue, self._payload, attributes=attributes, attempts=1)


def _payload(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        raise NotImplementedError("EventBridge targets with InputPath")
    if transformer := target.get("InputTransformer"):
        parsed = EventTemplateParser.parse(
            transformer["InputTemplate"],
            transformer.get("InputPathsMap", {}),
            # The parser knows <aws.events.event.ingestion-time> by this name.
            {**event, "ingestion-time": event["time"]},
        )
        return parsed if isinstance(parsed, str) else json.dumps(parsed)
    return json.dumps(event)


def _is_final(error: ClientError | BotoCoreError) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in FINAL


def install(patches: Patches, clock: Clock) -> EventBridge:
    bus = EventBridge(clock)

    def send_to_targets(
        rule: Any, original_event: Mapping[str, Any], _transform: bool = True
    ) -> None:
        """What PutEvents ends in: the events of users."""
        if rule.event_pattern.matches_event(original_event):
            event = {k: v for k, v in original_event.items() if k != "ingestion-time"}
            bus.deliver(rule, event)

    patches.replace(Rule, "send_to_targets", send_to_targets)
    clock.every(60, bus.run_schedules, "schedules")
    return bus
