import re

import pytest

from sandbox.kernel.signals import Execution
from sandbox.sandbox import Sandbox
from tests.sandbox import given

WAIT = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_an_execution_without_a_name_gets_a_uuid(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, WAIT)
    arn = sandbox.start({}, machine=machine)
    described = sandbox.client("stepfunctions").describe_execution(executionArn=arn)
    assert UUID.fullmatch(described["name"])
    assert arn == f"arn:aws:states:us-east-1:123456789012:execution:machine:{described['name']}"


@pytest.mark.proves("S25")
def test_starting_twice_with_one_name_and_input_starts_once(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, WAIT)
    first = sandbox.start({"a": 1}, machine=machine, name="release-7")
    assert sandbox.start({"a": 1}, machine=machine, name="release-7") == first
    exists = sandbox.client("stepfunctions").exceptions.ExecutionAlreadyExists
    with pytest.raises(exists):
        sandbox.start({"a": 2}, machine=machine, name="release-7")
    sandbox.finish(first)
    with pytest.raises(exists):
        sandbox.start({"a": 1}, machine=machine, name="release-7")


@pytest.mark.parametrize("name", ["x" * 81, "a b", "a/b"])
def test_a_name_that_aws_refuses_is_refused(sandbox: Sandbox, name: str) -> None:
    machine = given.machine(sandbox, WAIT)
    with pytest.raises(sandbox.client("stepfunctions").exceptions.ClientError):
        sandbox.start({}, machine=machine, name=name)


def test_an_input_beyond_262144_bytes_is_refused(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, WAIT)
    sandbox.start("x" * (262_144 - 2), machine=machine)
    with pytest.raises(sandbox.client("stepfunctions").exceptions.ClientError, match="262144"):
        sandbox.start("x" * (262_144 - 1), machine=machine)


@pytest.mark.proves("S25")
def test_an_input_that_is_not_json_is_refused_by_name(sandbox: Sandbox) -> None:
    client = sandbox.client("stepfunctions")
    with pytest.raises(client.exceptions.InvalidExecutionInput):
        client.start_execution(stateMachineArn=given.machine(sandbox, WAIT), input="{")


def test_the_context_object_says_which_execution_it_is_and_when_it_started(
    sandbox: Sandbox,
) -> None:
    parameters = {
        "id.$": "$$.Execution.Id",
        "name.$": "$$.Execution.Name",
        "started.$": "$$.Execution.StartTime",
        "entered.$": "$$.State.EnteredTime",
    }
    wait = {"Type": "Wait", "Seconds": 60, "Next": "Pass"}
    see = {"Type": "Pass", "Parameters": parameters, "End": True}
    arn = sandbox.start({}, machine=given.machine(sandbox, {"Wait": wait, "Pass": see}), name="me")
    assert sandbox.finish(arn).output == {
        "id": arn,
        "name": "me",
        "started": "2026-01-05T09:00:00.020Z",
        "entered": "2026-01-05T09:01:00.020Z",
    }


def test_every_change_of_status_is_told(sandbox: Sandbox) -> None:
    told: list[Execution] = []
    sandbox.signals.execution_changed.append(told.append)
    machine = given.machine(sandbox, WAIT)
    arn = sandbox.start({"a": 1}, machine=machine, name="told")
    sandbox.finish(arn)
    started, ended = told
    assert (started.status, started.arn, started.name) == ("RUNNING", arn, "told")
    assert (started.machine_arn, started.input, started.stopped) == (machine, '{"a": 1}', None)
    assert (ended.status, ended.output) == ("SUCCEEDED", '{"a":1}')
    assert ended.stopped == started.started + 60


def test_stopping_what_has_ended_changes_nothing(sandbox: Sandbox) -> None:
    arn = sandbox.start({}, machine=given.machine(sandbox, WAIT))
    before = sandbox.finish(arn)
    client = sandbox.client("stepfunctions")
    stopped = client.stop_execution(executionArn=arn, error="Late", cause="too late")
    assert stopped["stopDate"] == before.history[-1]["timestamp"]
    assert sandbox.finish(arn) == before


def test_an_output_that_is_a_text_is_json_too(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, {"Pass": {"Type": "Pass", "Result": "done", "End": True}})
    assert sandbox.finish(sandbox.start({}, machine=machine)).output == "done"


@pytest.mark.proves("S25")
def test_a_running_execution_keeps_the_definition_it_started_with(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, WAIT)
    arn = sandbox.start({"a": 1}, machine=machine)
    sandbox.client("stepfunctions").update_state_machine(
        stateMachineArn=machine,
        definition='{"StartAt": "No", "States": {"No": {"Type": "Fail"}}}',
    )
    assert sandbox.finish(arn).status == "SUCCEEDED"
    assert sandbox.finish(sandbox.start({}, machine=machine)).status == "FAILED"


def test_a_second_machine_of_the_same_name_is_refused(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, WAIT)
    assert given.machine(sandbox, WAIT) == machine
    with pytest.raises(sandbox.client("stepfunctions").exceptions.StateMachineAlreadyExists):
        given.machine(sandbox, {"Other": {"Type": "Succeed"}})


def test_finish_gives_up_after_the_time_it_was_given(sandbox: Sandbox) -> None:
    arn = sandbox.start({}, machine=given.machine(sandbox, WAIT))
    with pytest.raises(TimeoutError, match="still runs after 30 s"):
        sandbox.finish(arn, within=30)
