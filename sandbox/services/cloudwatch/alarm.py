"""An alarm: what it was told to do, the state it is in, and how it got there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.services.cloudwatch.metric_watch import MetricWatch
from sandbox.services.cloudwatch.missing_data import State
from sandbox.services.cloudwatch.rule import Rule

ACTIONS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One line of an alarm's history, of type StateUpdate, ConfigurationUpdate or Action."""

    at: float
    kind: str
    summary: str
    data: str


@dataclass
class Alarm:
    """Times are epoch seconds. `definition` holds the parameters it was put with.

    `alarm_arn` is called so because moto's tags look for the alarms of the account by that name.
    """

    name: str
    alarm_arn: str
    definition: Mapping[str, Any]
    condition: MetricWatch | Rule
    configured: float
    actions_enabled: bool
    state: State = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str | None = None
    updated: float = 0.0
    history: list[HistoryItem] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "CompositeAlarm" if isinstance(self.condition, Rule) else "MetricAlarm"

    def actions(self, state: State) -> list[str]:
        """ARNs of what a transition into `state` sets off."""
        return list(self.definition.get(ACTIONS[state]) or ())

    def all_actions(self) -> list[str]:
        return [arn for name in ACTIONS.values() for arn in self.definition.get(name) or ()]

    def described(self) -> dict[str, Any]:
        """As DescribeAlarms answers it."""
        description = {
            "OKActions": [],
            "AlarmActions": [],
            "InsufficientDataActions": [],
            "Dimensions": [],
            **self.definition,
            "AlarmArn": self.alarm_arn,
            "AlarmConfigurationUpdatedTimestamp": _time(self.configured),
            "ActionsEnabled": self.actions_enabled,
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateUpdatedTimestamp": _time(self.updated),
            "StateTransitionedTimestamp": _time(self.updated),
        }
        if self.reason_data is not None:
            description["StateReasonData"] = self.reason_data
        return description


@dataclass(frozen=True, slots=True)
class Transition:
    """An alarm that went from one state to another."""

    alarm: Alarm
    old: State
    new: State
    reason: str
    at: float


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
