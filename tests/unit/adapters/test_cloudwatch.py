from typing import Any

import pytest

from adapters.cloudwatch import CloudWatch
from domain.model.errors import AwsUnavailable
from tests.unit.stubs import stubbed


def alarms(names: list[str]) -> dict[str, Any]:
    """Return the parameters with which these alarms are asked for."""
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
