"""RedriveExecution, as AWS tells of it.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import json
from typing import Any

import pytest

from sandbox.kernel.signals import Execution
from sandbox.sandbox import Sandbox
from sandbox.services.stepfunctions import redrive as redrives
from tests.long import long
from tests.sandbox import given

DAY = 86_400
FLAKY = """
import time
def handler(event, context):
    if time.time() < event["until"]:
        raise ValueError("too early")
    return {"done": event["until"]}
"""
HOUR = 1767607200  # 2026-01-05 10:00 UTC


def redrive(sandbox: Sandbox, arn: str, **more: str) -> Any:
    return sandbox.client("stepfunctions").redrive_execution(executionArn=arn, **more)


def describe(sandbox: Sandbox, arn: str) -> Any:
    return sandbox.client("stepfunctions").describe_execution(executionArn=arn)


def failing(sandbox: Sandbox, **more: Any) -> str:
    """Run into a second state whose function fails until 10 o'clock; return the execution's ARN."""
    given.function(sandbox, "flaky", FLAKY)
    first = {"Type": "Pass", "Result": {"until": HOUR}, "Next": "Task"}
    states = {"First": first, "Task": given.task("flaky", **more)}
    arn = sandbox.start({}, machine=given.machine(sandbox, states), name="once")
    assert sandbox.finish(arn).status == "FAILED"
    return arn


def not_redrivable(sandbox: Sandbox, arn: str) -> str:
    client = sandbox.client("stepfunctions")
    with pytest.raises(client.exceptions.ExecutionNotRedrivable) as refused:
        client.redrive_execution(executionArn=arn)
    described = describe(sandbox, arn)
    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    reason = described["redriveStatusReason"]
    assert reason in str(refused.value)
    return str(reason)


@pytest.mark.proves("S32")
def test_it_goes_on_with_the_task_that_failed(sandbox: Sandbox) -> None:
    arn = failing(sandbox)
    assert describe(sandbox, arn)["redriveStatus"] == "REDRIVABLE"
    sandbox.run_for(3600)
    redriven = redrive(sandbox, arn)["redriveDate"]
    result = sandbox.finish(arn)
    assert (result.status, result.output) == ("SUCCEEDED", {"done": HOUR})
    described = describe(sandbox, arn)
    assert (described["redriveCount"], described["redriveDate"]) == (1, redriven)
    assert "error" not in described


def test_its_history_goes_on_without_entering_the_task_again(sandbox: Sandbox) -> None:
    arn = failing(sandbox)
    before = sandbox.history(arn)
    sandbox.run_for(3600)
    redrive(sandbox, arn)
    history = sandbox.finish(arn).history
    assert history[: len(before)] == before
    new = history[len(before) :]
    assert given.types(new) == [
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert new[0]["executionRedrivenEventDetails"] == {"redriveCount": 1}
    (entered,) = (event["id"] for event in before if event["type"] == "TaskStateEntered")
    assert new[1]["previousEventId"] == entered


def test_it_may_fail_and_be_redriven_again_with_its_retries_anew(sandbox: Sandbox) -> None:
    retry = [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    arn = failing(sandbox, Retry=retry)
    redrive(sandbox, arn)
    result = sandbox.finish(arn)
    assert given.types(result.history).count("TaskFailed") == 4
    sandbox.run_for(3600)
    redrive(sandbox, arn)
    assert sandbox.finish(arn).status == "SUCCEEDED"
    assert describe(sandbox, arn)["redriveCount"] == 2


def test_a_fail_state_fails_again(sandbox: Sandbox) -> None:
    fail = {"Type": "Fail", "ErrorPath": "$.error", "Cause": "as asked for"}
    machine = given.machine(sandbox, {"Fail": fail})
    arn = sandbox.start({"error": "Broken"}, machine=machine)
    sandbox.finish(arn)
    redrive(sandbox, arn)
    result = sandbox.finish(arn)
    assert (result.status, result.error, result.cause) == ("FAILED", "Broken", "as asked for")
    again = ["ExecutionRedriven", "FailStateEntered", "ExecutionFailed"]
    assert given.types(result.history)[-3:] == again


@pytest.mark.parametrize(("later", "waits"), [(60, 3510), (7200, 0)])
def test_a_wait_that_was_aborted_waits_for_its_time_if_that_is_still_to_come(
    sandbox: Sandbox, later: float, waits: float
) -> None:
    wait = {"Type": "Wait", "Timestamp": "2026-01-05T10:00:00Z", "End": True}
    arn = sandbox.start({"a": 1}, machine=given.machine(sandbox, {"Wait": wait}))
    sandbox.run_for(30)
    sandbox.client("stepfunctions").stop_execution(executionArn=arn)
    sandbox.finish(arn)
    sandbox.run_for(later)
    redriven = redrive(sandbox, arn)["redriveDate"]
    result = sandbox.finish(arn)
    assert (result.status, result.output) == ("SUCCEEDED", {"a": 1})
    waited = (result.history[-1]["timestamp"] - redriven).total_seconds()
    assert waited == pytest.approx(waits, abs=1)


def test_the_machines_timeout_counts_anew_and_its_definition_stays(sandbox: Sandbox) -> None:
    wait = {"Type": "Wait", "Seconds": 50, "End": True}
    machine = given.machine(sandbox, {"Wait": wait}, TimeoutSeconds=60)
    arn = sandbox.start({}, machine=machine)
    sandbox.run_for(40)
    client = sandbox.client("stepfunctions")
    client.stop_execution(executionArn=arn)
    sandbox.finish(arn)
    other = json.dumps({"StartAt": "No", "States": {"No": {"Type": "Fail"}}})
    client.update_state_machine(stateMachineArn=machine, definition=other)
    redrive(sandbox, arn)
    assert sandbox.finish(arn).status == "SUCCEEDED"


def test_what_an_earlier_attempt_does_late_is_not_written(sandbox: Sandbox) -> None:
    slow = "import time\ndef handler(event, context):\n    time.sleep(20)\n    return 1\n"
    given.function(sandbox, "slow", slow, Timeout=30)
    arn = sandbox.start({}, machine=given.machine(sandbox, {"Task": given.task("slow")}))
    sandbox.run_for(10)
    sandbox.client("stepfunctions").stop_execution(executionArn=arn)
    sandbox.finish(arn)
    redrive(sandbox, arn)
    result = sandbox.finish(arn)
    assert given.types(result.history).count("TaskSucceeded") == 1
    lasted = result.history[-1]["timestamp"] - result.history[0]["timestamp"]
    assert lasted.total_seconds() >= 30


def test_the_context_object_tells_of_it(sandbox: Sandbox) -> None:
    fail = {"Type": "Fail", "CausePath": "States.JsonToString($$.Execution)"}
    arn = sandbox.start({}, machine=given.machine(sandbox, {"Fail": fail}))
    first = json.loads(sandbox.finish(arn).cause or "")
    assert (first["RedriveCount"], "RedriveTime" in first) == (0, False)
    redrive(sandbox, arn)
    second = json.loads(sandbox.finish(arn).cause or "")
    assert (second["RedriveCount"], second["RedriveTime"][:16]) == (1, "2026-01-05T09:00")


def test_what_runs_or_succeeded_is_refused(sandbox: Sandbox) -> None:
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    arn = sandbox.start({}, machine=given.machine(sandbox, {"Wait": wait}))
    assert not_redrivable(sandbox, arn) == "Execution is RUNNING and cannot be redriven"
    sandbox.finish(arn)
    assert not_redrivable(sandbox, arn) == "Execution is SUCCEEDED and cannot be redriven"


@long
def test_what_ended_more_than_14_days_ago_is_refused(sandbox: Sandbox) -> None:
    arn = failing(sandbox)
    sandbox.run_for(14 * DAY + 60)
    assert not_redrivable(sandbox, arn) == "Execution redrivable period exceeded"


def test_a_history_in_which_a_redrive_does_not_fit_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert redrives.MAX_EVENTS == 24_999
    arn = failing(sandbox)
    monkeypatch.setattr(redrives, "MAX_EVENTS", len(sandbox.history(arn)))
    assert not_redrivable(sandbox, arn) == "Execution history event limit exceeded"


@pytest.mark.proves("S32")
def test_maps_and_parallels_are_beyond_the_sandbox(sandbox: Sandbox) -> None:
    branch = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Broken"}}}
    parallel = {"Type": "Parallel", "Branches": [branch], "End": True}
    arn = sandbox.start({}, machine=given.machine(sandbox, {"Both": parallel}))
    sandbox.finish(arn)
    with pytest.raises(NotImplementedError, match="Parallel"):
        redrive(sandbox, arn)


def test_one_token_redrives_once(sandbox: Sandbox) -> None:
    arn = failing(sandbox)
    first = redrive(sandbox, arn, clientToken="mine")
    sandbox.finish(arn)
    assert redrive(sandbox, arn, clientToken="mine")["redriveDate"] == first["redriveDate"]
    assert describe(sandbox, arn)["redriveCount"] == 1


def test_the_change_of_status_is_told_and_measured(sandbox: Sandbox) -> None:
    arn = failing(sandbox)
    told: list[Execution] = []
    sandbox.signals.execution_changed.append(told.append)
    sandbox.run_for(3600)
    redrive(sandbox, arn)
    sandbox.finish(arn)
    sandbox.run_for(300)
    states = [(one.status, one.redrives, one.stopped is None) for one in told]
    assert states == [("RUNNING", 1, True), ("SUCCEEDED", 1, False)]
    metrics = sandbox.client("cloudwatch").list_metrics(Namespace="AWS/States")["Metrics"]
    names = {metric["MetricName"] for metric in metrics}
    assert {"ExecutionsRedriven", "RedrivenExecutionsSucceeded"} <= names
