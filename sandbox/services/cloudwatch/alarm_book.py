"""All alarms of the account: defined, evaluated, changed in state."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sandbox.services.cloudwatch.alarm import ACTIONS, Alarm, HistoryItem, Transition
from sandbox.services.cloudwatch.errors import RefusedError, UnsupportedError, validation_error
from sandbox.services.cloudwatch.metric_watch import MetricWatch, parse_watch
from sandbox.services.cloudwatch.missing_data import State
from sandbox.services.cloudwatch.rule import Rule, parse_rule
from sandbox.services.cloudwatch.store import MetricStore

_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod")


class AlarmBook:
    """`transitions` are told of every change of state, in the order in which they subscribed."""

    def __init__(self, now: Callable[[], float], store: MetricStore, arn_prefix: str) -> None:
        self._now = now
        self._store = store
        self._arn_prefix = arn_prefix
        self.alarms: dict[str, Alarm] = {}
        self.transitions: list[Callable[[Transition], None]] = []

    def put_metric_alarm(self, definition: Mapping[str, Any]) -> Alarm:
        return self._put(definition, parse_watch(definition))

    def put_composite_alarm(self, definition: Mapping[str, Any]) -> Alarm:
        """Put a composite alarm, and evaluate it at once: it has nothing to wait for."""
        for name in _SUPPRESSION:
            if definition.get(name):
                raise UnsupportedError(f"composite alarms with {name}")
        rule = parse_rule(definition["AlarmRule"])
        if absent := [name for name in rule.alarms if name not in self.alarms]:
            raise validation_error(
                f"Could not save the composite alarm as alarms [{', '.join(absent)}] in the alarm "
                "rule do not exist"
            )
        alarm = self._put(definition, rule)
        self._evaluate_composites()
        return alarm

    def delete(self, names: Sequence[str]) -> None:
        """All or none: one unknown name and nothing is deleted."""
        for name in names:
            self.get(name)
        for name in names:
            del self.alarms[name]
        self._evaluate_composites()

    def get(self, name: str) -> Alarm:
        try:
            return self.alarms[name]
        except KeyError:
            raise RefusedError("ResourceNotFound", f"Alarm {name} does not exist") from None

    def set_state(self, name: str, state: str, reason: str, reason_data: str | None) -> None:
        """By hand; it lasts until the next evaluation comes to another result."""
        if state not in _STATES:
            raise validation_error(
                f"1 validation error detected: Value '{state}' at 'stateValue' failed to satisfy "
                "constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
            )
        if reason_data is not None:
            try:
                json.loads(reason_data)
            except ValueError:
                raise RefusedError("InvalidFormat", "StateReasonData is not valid JSON") from None
        self._change(self.get(name), cast(State, state), reason, reason_data)
        self._evaluate_composites()

    def enable_actions(self, names: Sequence[str], enabled: bool) -> None:
        for name in names:
            if alarm := self.alarms.get(name):
                alarm.actions_enabled = enabled

    def evaluate(self) -> None:
        """Do what CloudWatch does once a minute."""
        for alarm in list(self.alarms.values()):
            if isinstance(alarm.condition, MetricWatch):
                watch = alarm.condition
                finding = watch.evaluate(self._now(), alarm.state, self._store)
                if finding is None:
                    continue
                data = {
                    "version": "1.0",
                    "period": watch.period,
                    "recentDatapoints": [p for p in finding.points if p is not None],
                    "threshold": watch.threshold,
                }
                self._change(alarm, finding.state, finding.reason, json.dumps(data))
        self._evaluate_composites()

    def _put(self, definition: Mapping[str, Any], condition: MetricWatch | Rule) -> Alarm:
        """Replace an old definition whole by the new one, but leave the state as it is."""
        name, now = definition["AlarmName"], self._now()
        for arn in [arn for key in ACTIONS.values() for arn in definition.get(key) or ()]:
            if arn.split(":")[2:3] != ["sns"]:
                raise UnsupportedError(f"the alarm action {arn}")
        known = self.alarms.get(name)
        if known and isinstance(known.condition, Rule) != isinstance(condition, Rule):
            raise validation_error(f"The alarm {name} exists already and is of another type")
        alarm = Alarm(
            name=name,
            alarm_arn=self._arn_prefix + name,
            definition={k: v for k, v in definition.items() if k != "Tags" and v is not None},
            condition=condition,
            configured=now,
            actions_enabled=definition.get("ActionsEnabled", True),
            updated=now,
        )
        if known:
            alarm.state, alarm.reason, alarm.reason_data = (
                known.state,
                known.reason,
                known.reason_data,
            )
            alarm.updated, alarm.history = known.updated, known.history
        verb = "updated" if known else "created"
        alarm.history.append(
            HistoryItem(now, "ConfigurationUpdate", f'Alarm "{name}" {verb}', "{}")
        )
        self.alarms[name] = alarm
        return alarm

    def _evaluate_composites(self) -> None:
        """Until nothing changes; alarms that watch each other in a circle stop in any state."""
        composites = [a for a in self.alarms.values() if isinstance(a.condition, Rule)]
        for _ in composites:
            changed = [self._evaluate_composite(alarm, alarm.condition) for alarm in composites]
            if not any(changed):
                return

    def _evaluate_composite(self, alarm: Alarm, rule: MetricWatch | Rule) -> bool:
        assert isinstance(rule, Rule)
        state: State = "ALARM" if rule.holds(self._state_of) else "OK"
        if state == alarm.state:
            return False
        reason = f"{rule.text} transitioned to {state}"
        self._change(alarm, state, reason, None)
        return True

    def _state_of(self, name: str) -> str | None:
        alarm = self.alarms.get(name)
        return alarm.state if alarm else None

    def _change(self, alarm: Alarm, state: State, reason: str, data: str | None) -> None:
        old = alarm.state
        if state == old:
            return
        now, before = self._now(), _shown(old, alarm.reason, alarm.reason_data)
        alarm.state, alarm.reason, alarm.reason_data, alarm.updated = state, reason, data, now
        # https://docs.aws.amazon.com/cli/latest/reference/cloudwatch/describe-alarm-history.html
        update = {"version": "1.0", "oldState": before, "newState": _shown(state, reason, data)}
        summary = f"Alarm updated from {old} to {state}"
        alarm.history.append(HistoryItem(now, "StateUpdate", summary, json.dumps(update)))
        for tell in self.transitions:
            tell(Transition(alarm, old, state, reason, now))


def _shown(state: State, reason: str, data: str | None) -> dict[str, Any]:
    shown = {"stateValue": state, "stateReason": reason}
    return shown if data is None else {**shown, "stateReasonData": json.loads(data)}
