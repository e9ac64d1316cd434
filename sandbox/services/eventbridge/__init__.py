"""EventBridge: AWS's own events and schedules, delivered to what the rules name.

moto emits neither, and delivers to no function, topic or state machine.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from moto.events.models import EventPattern, EventsBackend, Rule, events_backends
from moto.moto_api._internal import mock_random

from sandbox.kernel.clock import Clock
from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.faults import Faults
from sandbox.kernel.patches import Patches
from sandbox.kernel.wildcards import compiled
from sandbox.services.account import Account
from sandbox.services.eventbridge.delivery import Delivery
from sandbox.services.eventbridge.schedules import Schedule, schedule


class EventBridge:
    """Events go to the rules of the default bus; each delivery takes a thread of its own."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._schedules: dict[str, Schedule] = {}

    def emit(
        self, source: str, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]
    ) -> None:
        """Send an event of AWS's own to whatever rules match it."""
        event = self._event(source, detail_type, resources, detail)
        self._send(event, partial(self._match, event))

    def deliver(self, rule: Any, event: Mapping[str, Any]) -> None:
        """Send an event to one rule's targets."""
        self._send(event, partial(self._hand_over, rule, event))

    def note(self, rule: Any) -> None:
        """Let a schedule count from here on."""
        self._schedules[rule.arn] = schedule(rule.scheduled_expression, self._clock.now)

    def run_schedules(self) -> None:
        for rule in self._rules():
            if rule.scheduled_expression and self._schedules[rule.arn].is_due(self._clock.now):
                self.deliver(rule, self._event("aws.events", "Scheduled Event", [rule.arn], {}))

    def _send(self, event: Mapping[str, Any], send: partial[None]) -> None:
        """As often and as late as the faults say; once and at once without any."""
        for seconds in self._faults.of_event(event):
            if seconds == 0:
                send()
            else:
                self._clock.spawn(partial(self._send_late, seconds, send), "late event")

    def _send_late(self, seconds: float, send: partial[None]) -> None:
        self._clock.sleep(seconds)
        send()

    def _match(self, event: Mapping[str, Any]) -> None:
        for rule in self._rules():
            if rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event):
                self._hand_over(rule, event)

    def _hand_over(self, rule: Any, event: Mapping[str, Any]) -> None:
        if rule.state != "DISABLED":
            for target in rule.targets:
                delivery = Delivery(self._clock, rule.arn, target, event)
                self._clock.spawn(delivery.run, f"event-to-{target['Id']}")

    def _event(
        self, source: str, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]
    ) -> dict[str, Any]:
        moment = datetime.fromtimestamp(self._clock.now, UTC)
        return {
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

    def _rules(self) -> list[Any]:
        return list(events_backends[ACCOUNT][REGION].event_buses["default"].rules.values())


def install(account: Account) -> None:
    """Deliver events, and run schedules, in the sandbox's time."""
    bus = account.eventbridge = EventBridge(account.clock, account.faults)
    _deliver_what_users_put(account.patches, bus)
    _note_schedules(account.patches, bus)
    account.patches.replace(EventPattern, "_wildcard_match", staticmethod(_fits))
    account.clock.every(60, bus.run_schedules, "schedules")


def _fits(text: Any, pattern: str) -> bool:
    """`*` is any text, unless a backslash stands before it. moto tries all places of each.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    parts = [""]
    for token in re.findall(r"\\[*\\]|.", pattern, re.DOTALL):
        if token == "*":
            parts.append("")
        else:
            parts[-1] += re.escape(token[-1])
    return isinstance(text, str) and compiled(parts).fullmatch(text) is not None


def _deliver_what_users_put(patches: Patches, bus: EventBridge) -> None:
    def send_to_targets(
        rule: Any, original_event: Mapping[str, Any], _transform: bool = True
    ) -> None:
        """Do what PutEvents ends in."""
        if rule.event_pattern.matches_event(original_event):
            event = {k: v for k, v in original_event.items() if k != "ingestion-time"}
            bus.deliver(rule, event)

    patches.replace(Rule, "send_to_targets", send_to_targets)


def _note_schedules(patches: Patches, bus: EventBridge) -> None:
    """Note when a rule was made, which moto forgets; one put again as it was goes on counting."""

    def put_rule(backend: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        before = backend.event_buses["default"].rules.get(name)
        rule = original(backend, name, *args, **kwargs)
        expression = rule.scheduled_expression
        if expression and (before is None or before.scheduled_expression != expression):
            bus.note(rule)
        return rule

    original = patches.replace(EventsBackend, "put_rule", put_rule)
