from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.stepfunctions import history
from tests.sandbox import given

LOOP = {
    "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Again"},
    "Again": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.seconds", "NumericGreaterThan": 0, "Next": "Wait"}],
        "Default": "Done",
    },
    "Done": {"Type": "Succeed"},
}


@pytest.mark.proves("S29")
def test_events_are_those_that_aws_writes_for_a_lambda_task(sandbox: Sandbox) -> None:
    code = "def handler(event, context):\n    return {'seen': event}"
    task = given.task(given.function(sandbox, "sees", code), TimeoutSeconds=60)
    machine = given.machine(sandbox, {"See": task})
    events = sandbox.finish(sandbox.start({"a": "b"}, machine=machine)).history
    assert given.types(events) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3, 4, 5, 6]
    assert events[2]["taskScheduledEventDetails"]["timeoutInSeconds"] == 60
    assert events[-1]["executionSucceededEventDetails"]["output"] == '{"seen":{"a":"b"}}'


@pytest.fixture
def long_execution(sandbox: Sandbox) -> str:
    """Provide an execution with 2 + 4 * 60 events after one hour, still running."""
    execution = sandbox.start({"seconds": 60}, machine=given.machine(sandbox, LOOP))
    sandbox.run_for(3600)
    return execution


def page(sandbox: Sandbox, execution: str, **asked: Any) -> Any:
    client = sandbox.client("stepfunctions")
    return client.get_execution_history(executionArn=execution, **asked)


def test_history_comes_in_pages_of_a_hundred_unless_asked_otherwise(
    sandbox: Sandbox, long_execution: str
) -> None:
    first = page(sandbox, long_execution)
    assert [event["id"] for event in first["events"]] == list(range(1, 101))
    second = page(sandbox, long_execution, nextToken=first["nextToken"], maxResults=50)
    assert [event["id"] for event in second["events"]] == list(range(101, 151))
    everything = page(sandbox, long_execution, maxResults=1000)
    assert len(everything["events"]) == 2 + 4 * 60
    assert "nextToken" not in everything


def test_history_can_be_read_from_its_end(sandbox: Sandbox, long_execution: str) -> None:
    last = page(sandbox, long_execution, maxResults=2, reverseOrder=True)
    assert [event["id"] for event in last["events"]] == [242, 241]
    assert (
        page(sandbox, long_execution, reverseOrder=True, maxResults=2, **token(last))["events"][0][
            "id"
        ]
        == 240
    )


def test_a_token_that_aws_never_gave_is_refused(sandbox: Sandbox, long_execution: str) -> None:
    with pytest.raises(sandbox.client("stepfunctions").exceptions.InvalidToken):
        page(sandbox, long_execution, nextToken="yesterday")


def token(answer: Any) -> dict[str, str]:
    return {"nextToken": answer["nextToken"]}


@pytest.mark.proves("S29")
def test_an_execution_fails_with_the_last_event_that_fits(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert history.MAX_EVENTS == 25_000
    monkeypatch.setattr(history, "MAX_EVENTS", 100)
    result = sandbox.finish(sandbox.start({"seconds": 60}, machine=given.machine(sandbox, LOOP)))
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert result.cause == "The execution reached the maximum number of history events (100)."
    assert len(result.history) == 100
    assert result.history[-1]["type"] == "ExecutionFailed"


def test_nothing_catches_a_full_history(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_EVENTS", 20)
    given.function(sandbox, "fails", "1 / 0")
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    task = given.task("fails", Retry=retry, Catch=catch)
    states = {"Task": task, "Caught": {"Type": "Pass", "End": True}}
    result = sandbox.finish(sandbox.start({}, machine=given.machine(sandbox, states)))
    assert (result.status, len(result.history)) == ("FAILED", 20)
