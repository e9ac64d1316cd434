from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from adapters.executions import Executions
from domain.gate.ending import Described
from domain.model.errors import AwsUnavailable
from domain.recovery.guard import Ended
from domain.recovery.history_tail import Event
from tests.unit.builders import EXECUTION, NOW
from tests.unit.stubs import stubbed

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Deploy"
THEN = datetime.fromtimestamp(NOW, UTC)
NAMED = {"stateMachineArn": MACHINE, "name": "rollout-1", "startDate": THEN}


def status(**found: Any) -> tuple[str, float]:
    with stubbed("stepfunctions") as (client, stub):
        described = {**NAMED, "executionArn": EXECUTION, **found}
        stub.add_response("describe_execution", described, {"executionArn": EXECUTION})
        return Executions(client).status(EXECUTION)


def test_how_an_execution_stands() -> None:
    assert status(status="RUNNING") == ("RUNNING", 0)
    assert status(status="RUNNING", redriveDate=THEN) == ("RUNNING", NOW)
    assert status(status="ABORTED", stopDate=THEN) == ("ABORTED", NOW)


def test_an_execution_of_long_ago_is_forgotten() -> None:
    with stubbed("stepfunctions") as (client, stub):
        stub.add_client_error("describe_execution", "ExecutionDoesNotExist")
        assert Executions(client).status(EXECUTION) == ("FORGOTTEN", 0)


def test_a_refusal_is_not_taken_for_an_answer() -> None:
    with stubbed("stepfunctions") as (client, stub):
        stub.add_client_error("describe_execution", "ThrottlingException", http_status_code=400)
        with pytest.raises(AwsUnavailable):
            Executions(client).status(EXECUTION)


def test_those_that_ended_badly_are_listed_page_by_page_with_how_long_they_took() -> None:
    def page(name: str) -> dict[str, Any]:
        began = THEN - timedelta(seconds=90)
        one = {**NAMED, "executionArn": name, "status": "FAILED", "startDate": began}
        return {"executions": [{**one, "stopDate": THEN}]}

    with stubbed("stepfunctions") as (client, stub):
        asked = {"stateMachineArn": MACHINE, "statusFilter": "FAILED"}
        stub.add_response("list_executions", {**page("one"), "nextToken": "more"}, asked)
        stub.add_response("list_executions", page("two"), {**asked, "nextToken": "more"})
        found = [*Executions(client).ended_badly(MACHINE, "FAILED")]
    assert found == [Ended(name, NOW, lasted=90) for name in ("one", "two")]


def test_events_come_newest_first_and_only_as_far_as_they_are_wanted() -> None:
    events: list[dict[str, Any]] = [
        {"type": "ExecutionAborted"},
        {"type": "TaskSucceeded"},
        {"type": "TaskScheduled", "taskScheduledEventDetails": {
            "resourceType": "lambda", "resource": "invoke", "region": "r", "parameters": "{}"}},
        {"type": "TaskStateExited", "stateExitedEventDetails": {"name": "Plan", "output": "1"}},
        {"type": "WaitStateEntered", "stateEnteredEventDetails": {"name": "Bake", "input": "2"}},
    ]  # fmt: skip
    page = [{"id": 1, "timestamp": THEN, **event} for event in events]
    with stubbed("stepfunctions") as (client, stub):
        asked = {"executionArn": EXECUTION, "reverseOrder": True, "maxResults": 100}
        stub.add_response(
            "get_execution_history", {"events": page, "nextToken": "never asked"}, asked
        )
        history = Executions(client).newest_events(EXECUTION)
        found = [next(history) for _ in page]
    assert found == [
        Event(NOW, "ended"),
        Event(NOW, "succeeded"),
        Event(NOW, "scheduled", text="{}"),
        Event(NOW, "exited", "Plan", "1"),
        Event(NOW, "entered", "Bake", "2"),
    ]


def test_an_execution_is_started_under_its_name_or_was() -> None:
    asked = {"stateMachineArn": MACHINE, "name": "rollout-1", "input": '{"a": 1}'}
    with stubbed("stepfunctions") as (client, stub):
        stub.add_response("start_execution", {"executionArn": EXECUTION, "startDate": THEN}, asked)
        stub.add_client_error("start_execution", "ExecutionAlreadyExists", expected_params=asked)
        stub.add_client_error("start_execution", "InvalidName", expected_params=asked)
        executions = Executions(client)
        executions.start(MACHINE, "rollout-1", {"a": 1})
        executions.start(MACHINE, "rollout-1", {"a": 1})
        with pytest.raises(ClientError, match="InvalidName"):
            executions.start(MACHINE, "rollout-1", {"a": 1})


def test_those_under_way_are_known_by_how_their_names_begin() -> None:
    running = [
        {**NAMED, "executionArn": name, "status": "RUNNING", "name": name}
        for name in ("gate-1-a", "gate-2-a", "gate-1-b")
    ]
    with stubbed("stepfunctions") as (client, stub):
        asked = {"stateMachineArn": MACHINE, "statusFilter": "RUNNING"}
        stub.add_response("list_executions", {"executions": running}, asked)
        assert Executions(client).running(MACHINE, "gate-1-") == ["gate-1-a", "gate-1-b"]


def test_an_execution_is_described_with_its_input_and_its_end() -> None:
    found = {**NAMED, "executionArn": EXECUTION, "input": "{}", "status": "SUCCEEDED"}
    with stubbed("stepfunctions") as (client, stub):
        stub.add_response("describe_execution", {**found, "output": "[1]"})
        stub.add_response(
            "describe_execution", {**found, "status": "FAILED", "error": "E", "cause": "c"}
        )
        stub.add_client_error("describe_execution", "ExecutionDoesNotExist")
        stub.add_client_error("describe_execution", "InvalidArn")
        executions = Executions(client)
        assert executions.described(EXECUTION) == Described("SUCCEEDED", {}, [1])
        assert executions.described(EXECUTION) == Described("FAILED", {}, None, "E", "c")
        assert executions.described(EXECUTION) is None
        with pytest.raises(ClientError, match="InvalidArn"):
            executions.described(EXECUTION)


@pytest.mark.parametrize(
    ("prefix", "since", "found"),
    [("gate-1-", NOW, "gate-1-b"), ("gate-2-", NOW, "gate-2-a"), ("gate-2-", NOW + 1, None)],
)
def test_the_newest_is_looked_for_no_further_back_than_wanted(
    prefix: str, since: float, found: str | None
) -> None:
    """Step Functions lists the newest first."""
    later = THEN + timedelta(seconds=60)
    done = [("gate-1-b", later), ("gate-1-a", later), ("gate-2-a", THEN)]
    ended = [
        {**NAMED, "executionArn": name, "status": "SUCCEEDED", "name": name, "startDate": began}
        for name, began in done
    ]
    with stubbed("stepfunctions") as (client, stub):
        asked = {"stateMachineArn": MACHINE}
        stub.add_response("list_executions", {"executions": ended}, asked)
        assert Executions(client).newest(MACHINE, prefix, since) == found


def test_where_nothing_ran_nothing_is_found() -> None:
    with stubbed("stepfunctions") as (client, stub):
        stub.add_response("list_executions", {"executions": []})
        assert Executions(client).newest(MACHINE, "gate-", 0) is None
