"""What CloudWatch knows: the state of alarms here, metric data in series.py."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
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
        return {name: _state(alarm) for name, (_, alarm) in self._alarms(names).items()}

    def _alarms(self, names: Iterable[str]) -> dict[str, tuple[Any, Any]]:
        """Return the kind of each alarm that exists, and all that is shown of it."""
        wanted = list(dict.fromkeys(names))
        found: dict[str, tuple[Any, Any]] = {}
        for start in range(0, len(wanted), _NAMES):
            answer = self._described(wanted[start : start + _NAMES])
            for kind in _KINDS:
                for alarm in answer.get(f"{kind}s", ()):
                    found[alarm["AlarmName"]] = kind, alarm
        return found

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
        """Answer the checks' questions; None is an alarm that does not exist.

        Only of one whose state has changed meanwhile the history is asked for.
        """
        found = self._alarms(question.name for question in questions)
        return {
            question: self._answer(question, *found[question.name])
            if question.name in found
            else None
            for question in questions
        }

    def _answer(self, question: AlarmState, kind: Any, alarm: Mapping[str, Any]) -> str:
        state, changed = _state(alarm), alarm.get("StateTransitionedTimestamp")
        if question.since is None or changed is None or changed.timestamp() < question.since:
            return state
        # One that is left out may have been OK meanwhile; any other may have fired.
        if (state == "ALARM") is not question.left_out:
            return state
        been, found = ("OK", "AGAIN") if question.left_out else ("ALARM", "FIRED")
        return found if self._was(been, question.name, kind, question.since) else state

    def _was(self, state: str, name: str, kind: Any, since: int) -> bool:
        """Tell whether the alarm came into this state since then.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
        """
        pages = self._client.get_paginator("describe_alarm_history")
        with asking(f"reading the history of alarm {name}"):
            for page in pages.paginate(
                AlarmName=name,
                AlarmTypes=[kind],
                HistoryItemType="StateUpdate",
                StartDate=datetime.fromtimestamp(since, UTC),
            ):
                if any(_comes_into(state, item) for item in page["AlarmHistoryItems"]):
                    return True
        return False

    def series(self, questions: Sequence[Series]) -> dict[Series, Answer]:
        """Answer the questions for metric data."""
        return read_series(self._client, questions)


def _state(alarm: Mapping[str, Any]) -> str:
    """Return the alarm's state; where it could not be evaluated, what it shows is an old one.

    An alarm that was firing then still is, for all one knows.
    """
    state: str = alarm["StateValue"]
    return state if state == "ALARM" else alarm.get("EvaluationState") or state


def _comes_into(state: str, item: Mapping[str, Any]) -> bool:
    """Read an item of a history, whose data may be cut off where they are long."""
    try:
        found = json.loads(item["HistoryData"])["newState"]["stateValue"]
    except (ValueError, KeyError):
        return bool(item.get("HistorySummary", "").endswith(f" to {state}"))
    return bool(found == state)
