from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.cloudwatch import CloudWatch
from domain.checks.support.counts import Minutes
from domain.model.errors import AwsUnavailable
from domain.model.state import Member
from tests.unit.builders import NOW, baking, group, rollout
from tests.unit.stubs import stubbed


def alarms(names: list[str]) -> dict[str, Any]:
    """The parameters with which these alarms are asked for."""
    return {
        "AlarmNames": names,
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
        "MaxRecords": 100,
    }


def test_metric_and_composite_alarms_are_read_each_once() -> None:
    answer = {
        "MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}],
        "CompositeAlarms": [{"AlarmName": "b", "StateValue": "ALARM"}],
    }
    with stubbed("cloudwatch") as (client, stub):
        stub.add_response("describe_alarms", answer, alarms(["a", "b", "gone"]))
        assert CloudWatch(client).alarms(["a", "b", "a", "gone"]) == {"a": "OK", "b": "ALARM"}


def test_many_alarms_are_read_a_hundred_at_a_time() -> None:
    names = [f"alarm-{number}" for number in range(101)]
    nothing: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": []}
    with stubbed("cloudwatch") as (client, stub):
        stub.add_response("describe_alarms", nothing, alarms(names[:100]))
        stub.add_response("describe_alarms", nothing, alarms(names[100:]))
        assert CloudWatch(client).alarms(names) == {}


def test_no_alarms_need_no_call() -> None:
    with stubbed("cloudwatch") as (client, _):
        assert CloudWatch(client).alarms([]) == {}


def test_throttled_alarms_are_unavailable() -> None:
    with stubbed("cloudwatch") as (client, stub):
        stub.add_client_error("describe_alarms", "Throttling")
        with pytest.raises(AwsUnavailable, match="reading alarms"):
            CloudWatch(client).alarms(["a"])


def members(*functions: str) -> list[Member]:
    raw = group(*functions) if len(functions) > 1 else rollout()
    return baking(raw, at=NOW)["members"]


def series(name: str, status: str = "Complete", **by_minute: float) -> dict[str, Any]:
    """The points of one metric: m5=3 is 3 in the minute that starts 5 minutes after NOW."""
    starts = [NOW + 60 * int(minute[1:]) for minute in by_minute]
    return {
        "Id": name,
        "Timestamps": [datetime.fromtimestamp(start, UTC) for start in starts],
        "Values": list(by_minute.values()),
        "StatusCode": status,
    }


def read(*pages: list[dict[str, Any]], functions: tuple[str, ...] = ("checkout",)) -> Any:
    with stubbed("cloudwatch") as (client, stub):
        for at, page in enumerate(pages, start=1):
            more = {"NextToken": f"page {at + 1}"} if at < len(pages) else {}
            stub.add_response("get_metric_data", {"MetricDataResults": page, **more})
        return CloudWatch(client).canaries(members(*functions), NOW + 600)


def test_the_canary_alone_is_asked_for_over_the_whole_rollout() -> None:
    def query(name: str, metric: str) -> dict[str, Any]:
        return {
            "Id": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "FunctionName", "Value": "checkout"},
                        {"Name": "Resource", "Value": "checkout:live"},
                        {"Name": "ExecutedVersion", "Value": "2"},
                    ],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }

    asked = {
        "MetricDataQueries": [
            query("m0_invocations", "Invocations"),
            query("m0_errors", "Errors"),
        ],
        "StartTime": datetime.fromtimestamp(NOW, UTC),
        "EndTime": datetime.fromtimestamp(NOW + 3_600, UTC),
        "ScanBy": "TimestampAscending",
    }
    with stubbed("cloudwatch") as (client, stub):
        stub.add_response("get_metric_data", {"MetricDataResults": []}, asked)
        assert CloudWatch(client).canaries(members("checkout"), NOW + 600) == {"checkout:live": []}


def test_minutes_have_calls_and_errors_and_silent_ones_are_absent() -> None:
    calls, errors = series("m0_invocations", m0=20, m2=30), series("m0_errors", m0=1, m2=0)
    assert read([calls, errors]) == {
        "checkout:live": [Minutes(NOW, 20, 1), Minutes(NOW + 120, 30, 0)]
    }


def test_errors_that_arrive_before_their_calls_are_kept() -> None:
    calls, errors = series("m0_invocations"), series("m0_errors", m3=2)
    assert read([calls, errors]) == {"checkout:live": [Minutes(NOW + 180, 0, 2)]}


def test_all_pages_are_read() -> None:
    first = [series("m0_invocations", "PartialData", m0=20), series("m0_errors", m0=1)]
    second = [series("m0_invocations", m1=5)]
    assert read(first, second) == {"checkout:live": [Minutes(NOW, 20, 1), Minutes(NOW + 60, 5, 0)]}


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_an_answer_in_part_is_no_answer(status: str) -> None:
    with pytest.raises(AwsUnavailable, match=f"GetMetricData answered {status}"):
        read([series("m0_invocations", status, m0=20), series("m0_errors", m0=1)])


def test_each_function_of_a_group_has_its_own_minutes() -> None:
    page = [
        series("m0_invocations", m0=10),
        series("m0_errors"),
        series("m1_invocations", m0=7),
        series("m1_errors", m0=7),
    ]
    assert read(page, functions=("cart", "stock")) == {
        "cart:live": [Minutes(NOW, 10, 0)],
        "stock:live": [Minutes(NOW, 7, 7)],
    }


def test_what_the_tally_holds_already_is_not_counted_again() -> None:
    cart, stock = members("cart", "stock")
    later: Member = {**stock, "tally": {"until": NOW + 3_600, "calls": 100, "errors": 0}}
    page = [series("m0_invocations", m0=1), series("m1_invocations", m59=2, m60=3)]
    with stubbed("cloudwatch") as (client, stub):
        stub.add_response("get_metric_data", {"MetricDataResults": page})
        assert CloudWatch(client).canaries([cart, later], NOW + 7_200) == {
            "cart:live": [Minutes(NOW, 1, 0)],
            "stock:live": [Minutes(NOW + 3_600, 3, 0)],
        }


def test_throttled_metrics_are_unavailable() -> None:
    with stubbed("cloudwatch") as (client, stub):
        stub.add_client_error("get_metric_data", "Throttling")
        with pytest.raises(AwsUnavailable, match="reading metrics"):
            CloudWatch(client).canaries(members("checkout"), NOW + 600)
