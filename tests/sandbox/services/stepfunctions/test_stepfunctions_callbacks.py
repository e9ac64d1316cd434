"""Tasks that wait for their token, as AWS's documentation has them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.kernel.gateway import calling_as
from sandbox.kernel.signals import ApiCall
from sandbox.sandbox import Sandbox
from tests.sandbox import given

KEEPS = "def handler(event, context):\n    print(event['token'])"
TAKES_AN_HOUR = "import time\ndef handler(event, context):\n    time.sleep(900)"


def waiting(sandbox: Sandbox, function: str, **more: Any) -> str:
    """Start an execution whose only task waits for its token, and return its ARN."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": function,
            "InvocationType": "Event",
            "Payload": {"token.$": "$$.Task.Token", "id.$": "$$.Execution.Id"},
        },
        "TimeoutSecondsPath": "$.timeout",
        "End": True,
        **more,
    }
    machine = given.machine(sandbox, {"Ask": task})
    execution = sandbox.start({"timeout": 600}, machine=machine)
    sandbox.run_for(10)
    return execution


def answer(sandbox: Sandbox, output: object = None, **failure: str) -> None:
    """Answer with the token that the function printed."""
    token = sandbox.logs("keeps")[-1]
    client = sandbox.client("stepfunctions")
    if failure:
        client.send_task_failure(taskToken=token, **failure)
    else:
        client.send_task_success(taskToken=token, output=json.dumps(output))


def test_a_success_ends_the_task_with_its_output(sandbox: Sandbox) -> None:
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    sandbox.run_for(300)
    answer(sandbox, {"status": "fine"})
    result = sandbox.finish(execution)
    assert (result.status, result.output) == ("SUCCEEDED", {"status": "fine"})
    assert given.types(result.history)[2:6] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]


def test_a_failure_ends_the_task_with_its_error_and_cause(sandbox: Sandbox) -> None:
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    answer(sandbox, error="Broken", cause="the tests failed")
    result = sandbox.finish(execution)
    assert (result.status, result.error, result.cause) == ("FAILED", "Broken", "the tests failed")


@pytest.mark.proves("S30")
@pytest.mark.parametrize("error", ["States.Timeout", "States.TaskFailed", "Lambda.Unknown"])
def test_whoever_answers_may_borrow_an_errors_name(sandbox: Sandbox, error: str) -> None:
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    answer(sandbox, error=error, cause="why")
    result = sandbox.finish(execution)
    assert (result.status, result.error, result.cause) == ("FAILED", error, "why")


def test_a_failure_without_error_and_cause_is_one(sandbox: Sandbox) -> None:
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    token = sandbox.logs("keeps")[-1]
    sandbox.client("stepfunctions").send_task_failure(taskToken=token)
    assert sandbox.finish(execution).status == "FAILED"


@pytest.mark.proves("S30")
def test_each_attempt_has_a_token_and_an_answer_of_its_own(sandbox: Sandbox) -> None:
    retry = [{"ErrorEquals": ["Lambda.SdkClientException", "Later"], "IntervalSeconds": 60}]
    sandbox.faults.on_call("lambda", "Invoke", error="ReadTimeout", when="after", times=5)
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS), Retry=retry)
    sandbox.faults.clear()
    sandbox.run_for(700)
    answer(sandbox, error="Later")
    sandbox.run_for(200)
    tokens = list(dict.fromkeys(sandbox.logs("keeps")))
    client = sandbox.client("stepfunctions")
    for token in tokens[:-1]:
        with pytest.raises(client.exceptions.TaskTimedOut):
            client.send_task_success(taskToken=token, output="1")
    answer(sandbox, 2)
    assert (len(tokens), sandbox.finish(execution).output) == (3, 2)


def test_silence_times_out_when_the_path_says(sandbox: Sandbox) -> None:
    began = sandbox.clock.now
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    result = sandbox.finish(execution)
    assert (result.status, result.error) == ("FAILED", "States.Timeout")
    assert sandbox.clock.now - began == pytest.approx(600, abs=1)


def test_the_function_itself_is_not_waited_for(sandbox: Sandbox) -> None:
    name = given.function(sandbox, "slow", TAKES_AN_HOUR, Timeout=900)
    execution = waiting(sandbox, name)
    submitted = [event["type"] for event in sandbox.history(execution)]
    assert submitted[-1] == "TaskSubmitted"


@pytest.mark.proves("S30")
def test_a_second_answer_is_refused_and_changes_nothing(sandbox: Sandbox) -> None:
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    answer(sandbox, 1)
    with pytest.raises(sandbox.client("stepfunctions").exceptions.TaskTimedOut):
        answer(sandbox, error="Broken")
    assert sandbox.finish(execution).output == 1


def test_a_late_answer_is_refused_also_while_the_execution_goes_on(sandbox: Sandbox) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Later"}]
    name = given.function(sandbox, "keeps", KEEPS)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": name,
            "InvocationType": "Event",
            "Payload": {"token.$": "$$.Task.Token"},
        },
        "TimeoutSeconds": 60,
        "Catch": catch,
        "End": True,
    }
    later = {"Type": "Wait", "Seconds": 600, "End": True}
    machine = given.machine(sandbox, {"Ask": task, "Later": later})
    execution = sandbox.start({}, machine=machine)
    sandbox.run_for(120)
    with pytest.raises(sandbox.client("stepfunctions").exceptions.TaskTimedOut):
        answer(sandbox, 1)
    assert sandbox.finish(execution).status == "SUCCEEDED"


def test_an_answer_after_the_execution_was_stopped_is_refused(sandbox: Sandbox) -> None:
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    sandbox.client("stepfunctions").stop_execution(executionArn=execution)
    with pytest.raises(sandbox.client("stepfunctions").exceptions.TaskTimedOut):
        answer(sandbox, 1)


@pytest.mark.proves("S30")
def test_a_stop_while_the_token_is_handed_out_ends_the_execution(sandbox: Sandbox) -> None:
    def stop(call: ApiCall) -> None:
        if call.operation == "Invoke":
            # As an execution, whose calls take no time: the task goes on before it learns of it.
            with calling_as(call.caller):
                sandbox.client("stepfunctions").stop_execution(executionArn=call.caller)

    sandbox.signals.called.append(stop)
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    assert sandbox.finish(execution).status == "ABORTED"
    with pytest.raises(sandbox.client("stepfunctions").exceptions.TaskTimedOut):
        answer(sandbox, 1)


@pytest.mark.proves("A72")
def test_a_made_up_token_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(sandbox.client("stepfunctions").exceptions.InvalidToken):
        sandbox.client("stepfunctions").send_task_success(taskToken="x" * 40, output="{}")


@pytest.mark.proves("S30")
def test_an_answer_that_aws_refuses_leaves_the_task_waiting(sandbox: Sandbox) -> None:
    execution = waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
    token, client = sandbox.logs("keeps")[-1], sandbox.client("stepfunctions")
    with pytest.raises(client.exceptions.InvalidOutput):
        client.send_task_success(taskToken=token, output="fine")
    for long in ({"error": "x" * 257}, {"cause": "x" * 32_769}):
        with pytest.raises(ClientError, match="ValidationException"):
            client.send_task_failure(taskToken=token, **long)
    answer(sandbox, 1)
    assert sandbox.finish(execution).output == 1


def test_tokens_are_the_same_in_every_run() -> None:
    tokens = []
    for _ in range(2):
        with Sandbox() as sandbox:
            waiting(sandbox, given.function(sandbox, "keeps", KEEPS))
            tokens.append(sandbox.logs("keeps")[-1])
    assert tokens[0] == tokens[1]
