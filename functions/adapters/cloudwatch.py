"""What CloudWatch knows: the state of alarms here, metric data in series.py."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from adapters.aws import asking
from adapters.series import Answer, read_series
from domain.model.questions import AlarmState, Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_NAMES = 100  # DescribeAlarms' limit a call


class CloudWatch:
    """Alarms and metric data, through CloudWatch's API."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def alarms(self, names: Iterable[str]) -> dict[str, str]:
        """Return the state of each alarm that exists: OK, ALARM or INSUFFICIENT_DATA."""
        wanted = list(dict.fromkeys(names))
        states: dict[str, str] = {}
        for start in range(0, len(wanted), _NAMES):
            with asking("reading alarms"):
                answer = self._client.describe_alarms(
                    AlarmNames=wanted[start : start + _NAMES],
                    AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                    MaxRecords=_NAMES,
                )
            for alarm in (*answer["MetricAlarms"], *answer["CompositeAlarms"]):
                states[alarm["AlarmName"]] = alarm["StateValue"]
        return states

    def alarm_states(self, questions: Sequence[AlarmState]) -> dict[AlarmState, str | None]:
        """Answer the checks' questions; None is an alarm that does not exist."""
        states = self.alarms(question.name for question in questions)
        return {question: states.get(question.name) for question in questions}

    def series(self, questions: Sequence[Series]) -> dict[Series, Answer]:
        """Answer the questions for metric data."""
        return read_series(self._client, questions)
