"""Which executions Step Functions lists, and for how long it remembers them."""

from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.stepfunctions import retention, waiting
from tests.sandbox import given

DAY = 86_400
WAIT = {"Wait": {"Type": "Wait", "SecondsPath": "$", "End": True}}


def listed(sandbox: Sandbox, machine: str, **query: Any) -> list[str]:
    pages = sandbox.client("stepfunctions").get_paginator("list_executions")
    return [
        execution["name"]
        for page in pages.paginate(stateMachineArn=machine, **query)
        for execution in page["executions"]
    ]


def test_executions_are_listed_by_their_end_or_while_they_run_by_their_start(
    sandbox: Sandbox,
) -> None:
    machine = given.machine(sandbox, WAIT)
    for name, seconds in (("long", 100), ("short", 10), ("endless", 10**6)):
        sandbox.start(seconds, machine=machine, name=name)
        sandbox.run_for(1)
    assert listed(sandbox, machine) == ["endless", "short", "long"]
    sandbox.run_for(200)
    assert listed(sandbox, machine) == ["long", "short", "endless"]
    assert listed(sandbox, machine, statusFilter="RUNNING") == ["endless"]
    assert listed(sandbox, machine, statusFilter="FAILED") == []


def test_what_timed_out_has_a_stop_date_too(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, WAIT, TimeoutSeconds=5)
    end = sandbox.finish(sandbox.start(60, machine=machine, name="slow")).history[-1]["timestamp"]
    (slow,) = sandbox.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert (slow["status"], slow["stopDate"], slow["redriveCount"]) == ("TIMED_OUT", end, 0)


def test_pages_hold_as_many_as_are_asked_for_and_at_most_1000(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, WAIT)
    names = [f"run-{number}" for number in range(7)]
    for name in names:
        sandbox.start(0, machine=machine, name=name)
    sandbox.run_for(1)
    client = sandbox.client("stepfunctions")
    first = client.list_executions(stateMachineArn=machine, maxResults=3)
    assert [one["name"] for one in first["executions"]] == names[:-4:-1]
    assert listed(sandbox, machine, maxResults=3) == names[::-1]
    assert "nextToken" not in client.list_executions(stateMachineArn=machine, maxResults=7)
    with pytest.raises(client.exceptions.InvalidToken):
        client.list_executions(stateMachineArn=machine, nextToken="else")


@pytest.mark.proves("S33")
def test_an_execution_is_forgotten_90_days_after_its_end(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert retention.RETENTION_SECONDS == 90 * DAY
    monkeypatch.setattr(retention, "RETENTION_SECONDS", 3600)
    machine = given.machine(sandbox, WAIT)
    arn = sandbox.start(7200, machine=machine, name="once")
    sandbox.finish(arn)
    sandbox.run_for(3590)
    assert sandbox.history(arn)
    assert listed(sandbox, machine) == ["once"]
    sandbox.run_for(20)
    client = sandbox.client("stepfunctions")
    for ask in (client.describe_execution, client.get_execution_history, client.stop_execution):
        with pytest.raises(client.exceptions.ExecutionDoesNotExist):
            ask(executionArn=arn)
    assert listed(sandbox, machine) == []
    assert sandbox.start(1, machine=machine, name="once") == arn


@pytest.mark.proves("S33")
def test_an_execution_is_open_for_a_year_at_most(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waiting.MAX_OPEN_SECONDS == 365 * DAY
    monkeypatch.setattr(waiting, "MAX_OPEN_SECONDS", 3600)
    result = sandbox.finish(sandbox.start(4000, machine=given.machine(sandbox, WAIT)))
    assert result.status == "TIMED_OUT"
    lasted = result.history[-1]["timestamp"] - result.history[0]["timestamp"]
    assert lasted.total_seconds() == 3600
