"""Executions that start executions: arn:aws:states:::states:startExecution, .sync and .sync:2."""

import json
from typing import Any

import pytest

from sandbox.kernel.signals import ApiCall
from sandbox.sandbox import Result, Sandbox
from tests.sandbox import given

RESOURCE = "arn:aws:states:::states:startExecution"
WAIT = {
    "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Done"},
    "Done": {"Type": "Pass", "Result": {"done": True}, "End": True},
}
FAIL = {"No": {"Type": "Fail", "Error": "Broken", "Cause": "as asked for"}}
TAKEN = "StepFunctions.ExecutionAlreadyExistsException"
CHILD_ARN = "arn:aws:states:us-east-1:123456789012:execution:child:kid"


def parent(sandbox: Sandbox, pattern: str, child: dict[str, Any], **more: Any) -> str:
    """Start a parent of the child named kid, and return the ARN of its execution."""
    parameters = {
        "StateMachineArn": given.machine(sandbox, child, name="child"),
        "Name": "kid",
        "Input.$": "$",
    }
    task = {"Type": "Task", "Resource": RESOURCE + pattern, "Parameters": parameters, "End": True}
    machine = given.machine(sandbox, {"Start": task | more}, name="parent")
    return sandbox.start({"say": "hé"}, machine=machine, name="parent")


def child(sandbox: Sandbox) -> Any:
    return sandbox.client("stepfunctions").describe_execution(executionArn=CHILD_ARN)


def details(result: Result, kind: str) -> Any:
    """Of the only event of this type."""
    (event,) = (event for event in result.history if event["type"] == kind)
    return event[f"{kind[0].lower()}{kind[1:]}EventDetails"]


def test_a_start_answers_with_the_executions_arn_and_does_not_wait(sandbox: Sandbox) -> None:
    result = sandbox.finish(parent(sandbox, "", WAIT))
    described = child(sandbox)
    assert described["status"] == "RUNNING"
    assert json.loads(described["input"]) == {"say": "hé"}
    started = round(described["startDate"].timestamp() * 1000)
    assert result.output == {"ExecutionArn": CHILD_ARN, "StartDate": started}


@pytest.mark.proves("S31")
@pytest.mark.parametrize(
    ("pattern", "given_input", "output"),
    [(".sync", '{"say":"hé"}', '{"done":true}'), (".sync:2", {"say": "hé"}, {"done": True})],
)
def test_a_synchronous_start_answers_with_the_childs_description(
    sandbox: Sandbox, pattern: str, given_input: object, output: object
) -> None:
    result = sandbox.finish(parent(sandbox, pattern, WAIT))
    started = round(child(sandbox)["startDate"].timestamp() * 1000)
    assert result.output == {
        "ExecutionArn": CHILD_ARN,
        "Input": given_input,
        "InputDetails": {"Included": True},
        "Name": "kid",
        "Output": output,
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": started,
        "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:child",
        "Status": "SUCCEEDED",
        "StopDate": started + 60_000,
    }
    assert list(result.output) == sorted(result.output)


def test_the_history_says_when_the_child_was_started_and_when_it_had_ended(
    sandbox: Sandbox,
) -> None:
    result = sandbox.finish(parent(sandbox, ".sync:2", WAIT))
    kinds = ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"]
    assert given.types(result.history)[2:-1] == kinds
    for kind in ("TaskSubmitted", "TaskSucceeded"):
        assert details(result, kind)["resource"] == "startExecution.sync:2"
        assert json.loads(details(result, kind)["output"])["ExecutionArn"] == CHILD_ARN
    succeeded = result.history[5]["timestamp"]
    assert (succeeded - child(sandbox)["stopDate"]).total_seconds() == 0.5


def test_waiting_for_a_child_costs_one_question(sandbox: Sandbox) -> None:
    calls: list[ApiCall] = []
    sandbox.signals.called.append(calls.append)
    arn = parent(sandbox, ".sync:2", WAIT)
    sandbox.finish(arn)
    asked = [call.operation for call in calls if call.caller == arn]
    assert asked == ["StartExecution", "DescribeExecution"]


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_a_child_that_fails_fails_the_task_with_its_description(
    sandbox: Sandbox, pattern: str
) -> None:
    result = sandbox.finish(parent(sandbox, pattern, FAIL))
    assert (result.status, result.error) == ("FAILED", "States.TaskFailed")
    assert result.cause is not None
    cause = json.loads(result.cause)
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Broken", "as asked for")
    assert (cause["Input"], cause["RedriveStatus"]) == ('{"say":"hé"}', "REDRIVABLE")
    assert details(result, "TaskFailed")["error"] == "States.TaskFailed"


def test_a_childs_failure_is_caught_as_states_task_failed_and_not_by_its_name(
    sandbox: Sandbox,
) -> None:
    catch = [
        {"ErrorEquals": ["Broken"], "Next": "Unreachable"},
        {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"},
    ]
    child_machine = given.machine(sandbox, FAIL, name="child")
    task = {
        "Type": "Task",
        "Resource": f"{RESOURCE}.sync:2",
        "Parameters": {"StateMachineArn": child_machine},
        "Catch": catch,
        "End": True,
    }
    states = {"Start": task, "Caught": {"Type": "Succeed"}, "Unreachable": {"Type": "Fail"}}
    machine = given.machine(sandbox, states, name="parent")
    assert sandbox.finish(sandbox.start({}, machine=machine)).status == "SUCCEEDED"


def test_a_start_whose_answer_was_lost_is_repeated_with_the_same_child(sandbox: Sandbox) -> None:
    sandbox.faults.on_call("stepfunctions", "StartExecution", error="ReadTimeout", when="after")
    retry = [{"ErrorEquals": ["StepFunctions.SdkClientException"], "MaxDelaySeconds": 1}]
    child = {**WAIT, "Wait": {**WAIT["Wait"], "Seconds": 600}}
    result = sandbox.finish(parent(sandbox, ".sync:2", child, Retry=retry))
    assert (result.status, result.output["Output"]) == ("SUCCEEDED", {"done": True})
    error = [event for event in result.history if event["type"] == "TaskFailed"]
    assert error[0]["taskFailedEventDetails"]["error"] == "StepFunctions.SdkClientException"


@pytest.mark.parametrize("pattern", ["", ".sync:2"])
def test_a_name_that_is_taken_fails_the_task(sandbox: Sandbox, pattern: str) -> None:
    machine = given.machine(sandbox, WAIT, name="child")
    sandbox.start({"other": "input"}, machine=machine, name="kid")
    result = sandbox.finish(parent(sandbox, pattern, WAIT))
    assert (result.status, result.error) == ("FAILED", TAKEN)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ServiceException"])
def test_errors_of_the_service_keep_their_names(sandbox: Sandbox, code: str) -> None:
    sandbox.faults.on_call("stepfunctions", "StartExecution", error=code)
    assert sandbox.finish(parent(sandbox, "", WAIT)).error == f"StepFunctions.{code}"


def test_the_end_is_asked_for_again_when_the_answer_was_lost(sandbox: Sandbox) -> None:
    sandbox.faults.on_call("stepfunctions", "DescribeExecution", error="ServiceException")
    result = sandbox.finish(parent(sandbox, ".sync:2", WAIT))
    waited = result.history[5]["timestamp"] - child(sandbox)["stopDate"]
    assert (result.status, waited.total_seconds()) == ("SUCCEEDED", 60.5)


def test_a_question_that_is_denied_fails_the_task(sandbox: Sandbox) -> None:
    denied = "AccessDeniedException"
    sandbox.faults.on_call("stepfunctions", "DescribeExecution", error=denied)
    result = sandbox.finish(parent(sandbox, ".sync:2", WAIT))
    assert result.error == "StepFunctions.AccessDeniedException"


@pytest.mark.proves("S31")
def test_stopping_the_parent_stops_the_child(sandbox: Sandbox) -> None:
    arn = parent(sandbox, ".sync:2", WAIT)
    sandbox.run_for(10)
    sandbox.client("stepfunctions").stop_execution(executionArn=arn, cause="enough")
    result = sandbox.finish(arn)
    assert (result.status, result.cause) == ("ABORTED", "enough")
    assert given.types(result.history)[-2:] == ["TaskSubmitted", "ExecutionAborted"]
    sandbox.run_for(0)
    described = child(sandbox)
    assert described["status"] == "ABORTED"
    assert described["cause"] == (
        f"The Task state in AWS Step Functions execution [{arn}] "
        "which was managing this resource was aborted"
    )


@pytest.mark.parametrize("level", ["task", "execution"])
def test_a_timeout_of_the_parent_stops_the_child(sandbox: Sandbox, level: str) -> None:
    if level == "task":
        arn = parent(sandbox, ".sync:2", WAIT, TimeoutSeconds=20)
        result = sandbox.finish(arn)
        assert (result.status, result.error) == ("FAILED", "States.Timeout")
    else:
        made = given.machine(sandbox, WAIT, name="child")
        start = {
            "Type": "Task",
            "Resource": f"{RESOURCE}.sync:2",
            "Parameters": {"StateMachineArn": made, "Name": "kid"},
            "End": True,
        }
        machine = given.machine(sandbox, {"Start": start}, name="parent", TimeoutSeconds=20)
        assert sandbox.finish(sandbox.start({}, machine=machine)).status == "TIMED_OUT"
    sandbox.run_for(0)
    assert child(sandbox)["status"] == "ABORTED"


def test_a_stop_that_fails_leaves_the_child_running(sandbox: Sandbox) -> None:
    arn = parent(sandbox, ".sync:2", WAIT)
    sandbox.run_for(10)
    sandbox.faults.on_call("stepfunctions", "StopExecution", caller=arn)
    sandbox.client("stepfunctions").stop_execution(executionArn=arn)
    assert sandbox.finish(arn).status == "ABORTED"
    sandbox.run_for(60)
    assert child(sandbox)["status"] == "SUCCEEDED"


def test_a_result_beyond_262144_bytes_fails_the_execution(sandbox: Sandbox) -> None:
    """It holds the child's input and its output."""
    half = "x" * 131_000
    passes = {"Pass": {"Type": "Succeed"}}
    machine = given.machine(sandbox, passes, name="child")
    task = {
        "Type": "Task",
        "Resource": f"{RESOURCE}.sync:2",
        "Parameters": {"StateMachineArn": machine, "Input.$": "$"},
        "OutputPath": "$.Output",
        "End": True,
    }
    outer = given.machine(sandbox, {"Start": task}, name="parent")
    assert sandbox.finish(sandbox.start([half[:-1000]], machine=outer)).status == "SUCCEEDED"
    result = sandbox.finish(sandbox.start([half], machine=outer))
    assert (result.status, result.error) == ("FAILED", "States.DataLimitExceeded")
