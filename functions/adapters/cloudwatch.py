"""What CloudWatch knows: the state of alarms here, metric data in series.py."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from adapters.series import Answer, read_series
from domain.model.questions import AlarmState, Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_NAMES = 100  # DescribeAlarms' limit a call
_KINDS: list[Any] = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]
_REFUSED = frozenset({"ValidationError", "InvalidParameterValue", "InvalidParameterCombination"})


class CloudWatch:
    """Alarms and metric data, through CloudWatch's API."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def alarms(self, names: Iterable[str]) -> dict[str, str]:
        """Return the state of each alarm that exists (AlarmState has which there are)."""
        wanted = list(dict.fromkeys(names))
        states: dict[str, str] = {}
        for start in range(0, len(wanted), _NAMES):
            answer = self._described(wanted[start : start + _NAMES])
            for kind in _KINDS:
                for alarm in answer.get(f"{kind}s", ()):
                    states[alarm["AlarmName"]] = _state(alarm)
        return states

    def _described(self, names: list[str]) -> dict[str, Any]:
        """Ask for all kinds; a region that does not know log alarms yet refuses the question."""
        for kinds in (_KINDS, _KINDS[:2]):
            try:
                with asking("reading alarms"):
                    answer = self._client.describe_alarms(
                        AlarmNames=names, AlarmTypes=kinds, MaxRecords=_NAMES
                    )
                return dict(answer)
            except ClientError as error:
                if code(error) not in _REFUSED or kinds is not _KINDS:
                    raise
        raise AssertionError("the second question is answered, or raises")

    def alarm_states(self, questions: Sequence[AlarmState]) -> dict[AlarmState, str | None]:
        """Answer the checks' questions; None is an alarm that does not exist."""
        states = self.alarms(question.name for question in questions)
        return {question: states.get(question.name) for question in questions}

    def series(self, questions: Sequence[Series]) -> dict[Series, Answer]:
        """Answer the questions for metric data."""
        return read_series(self._client, questions)


def _state(alarm: Mapping[str, Any]) -> str:
    """Return the alarm's state; where it could not be evaluated, what it shows is an old one.

    An alarm that was firing then still is, for all one knows.
    """
    state: str = alarm["StateValue"]
    return state if state == "ALARM" else alarm.get("EvaluationState") or state
