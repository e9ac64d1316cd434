from typing import Any

import pytest

from adapters.cloudwatch import CloudWatch
from domain.model.errors import AwsUnavailable
from tests.unit.stubs import stubbed


def alarms(names: list[str]) -> dict[str, Any]:
    """Return the parameters with which these alarms are asked for."""
    return {
        "AlarmNames": names,
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        "MaxRecords": 100,
    }


def test_alarms_of_all_kinds_are_read_each_once() -> None:
    answer = {
        "MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}],
        "CompositeAlarms": [{"AlarmName": "b", "StateValue": "ALARM"}],
        "LogAlarms": [{"AlarmName": "c", "StateValue": "OK"}],
    }
    with stubbed("cloudwatch") as (client, stub):
        stub.add_response("describe_alarms", answer, alarms(["a", "b", "c", "gone"]))
        assert CloudWatch(client).alarms(["a", "b", "a", "c", "gone"]) == {
            "a": "OK",
            "b": "ALARM",
            "c": "OK",
        }


def test_where_log_alarms_are_not_known_the_others_are_read() -> None:
    older = alarms(["a"]) | {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    answer = {"MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}]}
    with stubbed("cloudwatch") as (client, stub):
        stub.add_client_error("describe_alarms", "ValidationError", expected_params=alarms(["a"]))
        stub.add_response("describe_alarms", answer, older)
        assert CloudWatch(client).alarms(["a"]) == {"a": "OK"}


def test_an_alarm_that_could_not_be_evaluated_is_not_what_it_shows_unless_it_fires() -> None:
    shown = [
        {"AlarmName": "a", "StateValue": "OK", "EvaluationState": "EVALUATION_ERROR"},
        {"AlarmName": "b", "StateValue": "ALARM", "EvaluationState": "EVALUATION_FAILURE"},
        {"AlarmName": "c", "StateValue": "INSUFFICIENT_DATA", "EvaluationState": "PARTIAL_DATA"},
    ]
    with stubbed("cloudwatch") as (client, stub):
        stub.add_response("describe_alarms", {"MetricAlarms": shown}, alarms(["a", "b", "c"]))
        assert CloudWatch(client).alarms(["a", "b", "c"]) == {
            "a": "EVALUATION_ERROR",
            "b": "ALARM",
            "c": "PARTIAL_DATA",
        }


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
