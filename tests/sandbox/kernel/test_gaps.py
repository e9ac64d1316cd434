"""Calls that are beyond the sandbox: each caller is told at once, and the others go on."""

import json
from typing import Any

import pytest
from moto.sqs.responses import SQSResponse

from sandbox.sandbox import Sandbox
from tests.long import parametrize
from tests.raw_http import Answer, Served, served, signed
from tests.sandbox import given

CODE = """
import boto3
from botocore.config import Config

def handler(event, context):
    client = boto3.client(event["service"], region_name="us-east-1", **event.get("how", {}))
    try:
        getattr(client, event["call"])(**event["given"])
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""
HOOK = {
    "service": "codedeploy",
    "call": "put_lifecycle_event_hook_execution_status",
    "given": {"deploymentId": "d", "lifecycleEventHookExecutionId": "e", "status": "Succeeded"},
}


def invoke(server: Served, event: object) -> Answer:
    path = "/2015-03-31/functions/hook/invocations"
    return server.ask("POST", path, signed("lambda"), json.dumps(event).encode())


@pytest.mark.proves("S13")
@parametrize(
    ("event", "told"),
    [
        (HOOK, "codedeploy:PutLifecycleEventHookExecutionStatus"),
        ({"service": "sns", "call": "list_topics", "given": {}}, "sns:ListTopics"),
        ({"service": "dynamodb", "call": "list_tables", "given": {}}, "dynamodb:ListTables"),
        ({"service": "ec2", "call": "describe_vpcs", "given": {}}, "ec2:DescribeVpcs"),
        (
            {
                "service": "sns",
                "call": "list_topics",
                "given": {},
                "how": {"endpoint_url": "https://elsewhere.example"},
            },
            "it has nothing at https://elsewhere.example",
        ),
    ],
    short=2,
)
def test_a_function_is_told_at_once(sandbox: Sandbox, event: dict[str, Any], told: str) -> None:
    given.function(sandbox, "hook", CODE, Timeout=900)
    with served(sandbox) as server:
        answer = invoke(server, event)
        assert "ClientError: An error occurred (SandboxNotImplemented)" in answer.json
        assert told in answer.json
        assert sandbox.clock.now < 1_767_603_601
        # Whoever runs the sandbox is told too.
        assert isinstance(server.reported.pop(), NotImplementedError)
        # And that is all: time runs, and others are answered.
        sandbox.run_for(3_600)
        assert told in invoke(server, event).json
        assert isinstance(server.reported.pop(), NotImplementedError)


@pytest.mark.proves("S13")
def test_a_machine_fails_by_name(sandbox: Sandbox) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:codedeploy:listApplications",
        "Parameters": {},
        "End": True,
    }
    machine = given.machine(sandbox, {"T": task})
    with pytest.raises(NotImplementedError, match="codedeploy:ListApplications"):
        sandbox.start({}, machine=machine, name="first")
    result = sandbox.finish(f"{machine.replace(':stateMachine:', ':execution:')}:first")
    assert result.status == "FAILED"
    assert "The sandbox does not do codedeploy:ListApplications" in str(result.cause)


@pytest.mark.proves("S13")
def test_a_fault_of_the_sandbox_ends_no_ones_waiting(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SQSResponse, "send_message", fail)
    given.function(sandbox, "hook", CODE, Timeout=900)
    event = {
        "service": "sqs",
        "call": "send_message",
        "given": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "m"},
    }
    with served(sandbox) as server:
        assert "The sandbox failed at sqs:SendMessage" in invoke(server, event).json
        assert isinstance(server.reported.pop(), ZeroDivisionError)


def test_a_fault_before_the_gate_ends_no_ones_waiting(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is not known yet which operation it is."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SQSResponse, "setup_class", fail)
    given.function(sandbox, "hook", CODE, Timeout=900)
    event = {"service": "sqs", "call": "list_queues", "given": {}}
    with served(sandbox) as server:
        assert "SandboxNotImplemented" in invoke(server, event).json
        assert isinstance(server.reported.pop(), ZeroDivisionError)


def test_the_first_thread_gets_the_exception_itself(sandbox: Sandbox) -> None:
    with pytest.raises(NotImplementedError, match="has not been implemented"):
        sandbox.client("stepfunctions").get_activity_task(
            activityArn="arn:aws:states:us-east-1:123456789012:activity:a"
        )


def test_whoever_asks_over_http_alone_is_told(sandbox: Sandbox) -> None:
    with served(sandbox) as server:
        target = "AWSStepFunctions.GetActivityTask"
        answer = server.call_json("states", target, b'{"activityArn": "a"}')
        assert answer.json["__type"] == "AWSStepFunctions#SandboxNotImplemented"
        sandbox.run_for(1)
