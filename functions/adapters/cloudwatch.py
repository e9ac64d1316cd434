"""Questions to CloudWatch: the canary's calls and errors, and the state of alarms."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.aws import asking
from adapters.series import Answer, read_series
from domain.checks.support.counts import Minutes, period
from domain.model.errors import AwsUnavailable
from domain.model.questions import AlarmState, Series
from domain.model.state import Member, label

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_QUERIES = 500  # GetMetricData's limit a call
_NAMES = 100  # DescribeAlarms' limit a call
_METRICS = ("Invocations", "Errors")


class CloudWatch:
    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def alarms(self, names: Iterable[str]) -> dict[str, str]:
        """The state of each alarm that exists: OK, ALARM or INSUFFICIENT_DATA."""
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
        """Answers the checks' questions; None is an alarm that does not exist."""
        states = self.alarms(question.name for question in questions)
        return {question: states.get(question.name) for question in questions}

    def series(self, questions: Sequence[Series]) -> dict[Series, Answer]:
        """Answers the checks' questions for metric data."""
        return read_series(self._client, questions)

    def canaries(self, members: Sequence[Member], now: int) -> dict[str, list[Minutes]]:
        """Each canary's calls and errors since its tally's end, by function:alias.

        Asks for the canary alone (`ExecutedVersion`): the function's own metrics mix both versions.
        A minute without data is absent: nothing was called, or it has not arrived yet. Raises
        AwsUnavailable where CloudWatch answers for a part only, or not at all.
        """
        queries = [
            _query(f"m{at}_{metric.lower()}", member, metric, now)
            for at, member in enumerate(members)
            for metric in _METRICS
        ]
        start = min(member["tally"]["until"] for member in members)
        series: dict[str, dict[int, int]] = {query["Id"]: {} for query in queries}
        for some in range(0, len(queries), _QUERIES):
            with asking("reading metrics"):
                self._read_into(queries[some : some + _QUERIES], start, now, series)
        return {
            label(member): _minutes(
                series[f"m{at}_invocations"], series[f"m{at}_errors"], member["tally"]["until"], now
            )
            for at, member in enumerate(members)
        }

    def _read_into(
        self,
        queries: list["MetricDataQueryTypeDef"],
        start: int,
        now: int,
        series: dict[str, dict[int, int]],
    ) -> None:
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,
            StartTime=datetime.fromtimestamp(start, UTC),
            # On a boundary of every period: how one cut short is read is not documented.
            EndTime=datetime.fromtimestamp(-(-now // 3_600) * 3_600, UTC),
            ScanBy="TimestampAscending",
        )
        status: dict[str, str] = {}
        for page in pages:
            for result in page["MetricDataResults"]:
                found = series[result["Id"]]
                for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                    found[int(at.timestamp())] = round(value)
                status[result["Id"]] = result["StatusCode"]  # PartialData until the last page
        if bad := sorted({code for code in status.values() if code != "Complete"}):
            raise AwsUnavailable(f"GetMetricData answered {', '.join(bad)}")


def _query(name: str, member: Member, metric: str, now: int) -> "MetricDataQueryTypeDef":
    dimensions = {
        "FunctionName": member["function"],
        "Resource": label(member),
        "ExecutedVersion": str(member["canary"]),
    }
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": period(member["tally"]["until"], now),
            "Stat": "Sum",
        },
    }


def _minutes(
    calls: Mapping[int, int], errors: Mapping[int, int], since: int, now: int
) -> list[Minutes]:
    """From `since` on. CloudWatch rounds the start of old data down to where its periods begin.

    So the first shift may fall into a period of five minutes or an hour, which counts whole: the
    canary had no calls through the alias before.
    """
    return [
        Minutes(start, calls.get(start, 0), errors.get(start, 0))
        for start in sorted(calls.keys() | errors.keys())
        if start > since - period(since, now)
    ]
