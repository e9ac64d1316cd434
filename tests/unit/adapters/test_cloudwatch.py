import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.cloudwatch import CloudWatch
from domain.model.errors import AwsUnavailable
from domain.model.questions import AlarmState
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


NOW = 1_767_603_600
CHANGED = datetime.fromtimestamp(NOW + 30, UTC)


def shown(state: str = "OK", changed: datetime = CHANGED) -> dict[str, Any]:
    alarm = {"AlarmName": "a", "StateValue": state, "StateTransitionedTimestamp": changed}
    return {"CompositeAlarms": [alarm]}


def update(state: str, **item: str) -> dict[str, Any]:
    return {"HistoryData": json.dumps({"newState": {"stateValue": state}}), **item}


def answer(
    shown: dict[str, Any],
    *items: dict[str, Any],
    since: int | None = NOW,
    left_out: bool = False,
) -> str | None:
    """Return how the alarm stands; its history is asked for if there are `items`."""
    question = AlarmState("a", since, left_out)
    with stubbed("cloudwatch") as (client, stub):
        stub.add_response("describe_alarms", shown, alarms(["a"]))
        if items:
            asked = {
                "AlarmName": "a",
                "AlarmTypes": ["CompositeAlarm"],
                "HistoryItemType": "StateUpdate",
                "StartDate": datetime.fromtimestamp(NOW, UTC),
            }
            found = {"AlarmHistoryItems": list(items)}
            stub.add_response("describe_alarm_history", found, asked)
        return CloudWatch(client).alarm_states([question])[question]


def test_an_alarm_that_fired_and_recovered_since_is_seen_in_its_history() -> None:
    assert answer(shown(), update("OK"), update("ALARM")) == "FIRED"
    assert answer(shown("INSUFFICIENT_DATA"), update("ALARM")) == "FIRED"
    assert answer(shown(), update("OK"), update("INSUFFICIENT_DATA")) == "OK"


def test_of_a_history_that_is_cut_off_the_summary_is_read() -> None:
    cut = {"HistoryData": '{"newSt', "HistorySummary": "Alarm updated from OK to ALARM"}
    assert answer(shown(), cut) == "FIRED"
    assert answer(shown(), cut | {"HistorySummary": "Alarm updated from ALARM to OK"}) == "OK"


def test_no_history_is_asked_of_an_alarm_that_fires_or_has_not_changed_since() -> None:
    assert answer(shown("ALARM")) == "ALARM"
    assert answer(shown(changed=datetime.fromtimestamp(NOW - 1, UTC))) == "OK"
    assert answer(shown(), since=None) == "OK"


def test_an_alarm_that_is_left_out_and_was_ok_since_fires_again() -> None:
    assert answer(shown("ALARM"), update("ALARM"), update("OK"), left_out=True) == "AGAIN"
    unknown = update("INSUFFICIENT_DATA")
    assert answer(shown("ALARM"), update("ALARM"), unknown, left_out=True) == "ALARM"


def test_no_history_is_asked_of_an_alarm_that_is_left_out_and_is_ok_or_fires_on() -> None:
    assert answer(shown("OK"), left_out=True) == "OK"
    assert answer(shown("ALARM", datetime.fromtimestamp(NOW - 1, UTC)), left_out=True) == "ALARM"


def test_no_alarms_need_no_call() -> None:
    with stubbed("cloudwatch") as (client, _):
        assert CloudWatch(client).alarms([]) == {}


def test_throttled_alarms_are_unavailable() -> None:
    with stubbed("cloudwatch") as (client, stub):
        stub.add_client_error("describe_alarms", "Throttling")
        with pytest.raises(AwsUnavailable, match="reading alarms"):
            CloudWatch(client).alarms(["a"])
