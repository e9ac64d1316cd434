from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.awslambda import routing
from sandbox.faults import FOREVER
from sandbox.sandbox import Sandbox
from sandbox.signals import ApiCall
from tests.sandbox import given

PROMOTES = """
import boto3
from botocore.config import Config

ONCE = Config(retries={"total_max_attempts": 1})

def handler(event, context):
    client = boto3.client("lambda", config=None if event["retry"] else ONCE)
    client.update_alias(FunctionName="shop", Name="live", FunctionVersion="2")
    return "promoted"
"""


@pytest.fixture
def promoter(sandbox: Sandbox) -> str:
    """A function that points shop:live from version 1 to version 2."""
    given.versions(sandbox, "shop", 2)
    sandbox.client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    return given.function(sandbox, "stack-Promoter-AB12", PROMOTES, Timeout=300)


def promote(sandbox: Sandbox, promoter: str, *, retry: bool = False) -> Any:
    return given.invoke(sandbox, promoter, {"retry": retry})


def test_a_call_fails_before_its_effect(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_call("lambda", "UpdateAlias", error="TooManyRequestsException")
    assert promote(sandbox, promoter)["errorType"] == "TooManyRequestsException"
    assert routing("shop", "live") == {"1": 1.0}
    assert promote(sandbox, promoter) == "promoted"


@pytest.mark.parametrize(
    ("error", "error_type"),
    [
        ("ServiceException", "ServiceException"),
        ("InternalFailure", "ClientError"),
        ("ConnectionClosed", "ConnectionClosedError"),
        ("ReadTimeout", "ReadTimeoutError"),
    ],
)
def test_a_call_fails_after_its_effect(
    sandbox: Sandbox, promoter: str, error: str, error_type: str
) -> None:
    sandbox.faults.on_call("lambda", "UpdateAlias", error=error, when="after")
    assert promote(sandbox, promoter)["errorType"] == error_type
    assert routing("shop", "live") == {"2": 1.0}


def test_boto3_repeats_a_failed_call_in_virtual_time(sandbox: Sandbox, promoter: str) -> None:
    calls: list[ApiCall] = []
    sandbox.signals.called.append(calls.append)
    sandbox.faults.on_call("lambda", "UpdateAlias", error="ServiceException", times=2)
    assert promote(sandbox, promoter, retry=True) == "promoted"
    tries = [call for call in calls if call.operation == "UpdateAlias"]
    assert [call.status for call in tries] == [500, 500, 200]
    assert tries[0].at < tries[1].at < tries[2].at


def test_a_lost_answer_takes_the_read_timeout(sandbox: Sandbox, promoter: str) -> None:
    calls: list[ApiCall] = []
    sandbox.signals.called.append(calls.append)
    started = sandbox.clock.now
    sandbox.faults.on_call("lambda", "UpdateAlias", error="ReadTimeout")
    promote(sandbox, promoter)
    assert [call.status for call in calls] == [0, 200]
    assert sandbox.clock.now - started == pytest.approx(60.015, abs=1e-6)


def test_a_fault_skips_then_lasts_as_long_as_asked(sandbox: Sandbox) -> None:
    sandbox.faults.on_call("sns", "ListTopics", skip=1, times=2, caller="operator")
    topics = sandbox.client("sns")
    topics.list_topics()
    sandbox.faults.on_call("sns", "CreateTopic", times=FOREVER, caller="operator")
    for _ in range(5):
        with pytest.raises(ClientError):
            topics.create_topic(Name="a")
    sandbox.faults.clear()
    topics.create_topic(Name="a")
    topics.list_topics()


@pytest.mark.parametrize("caller", ["stack-Promoter-AB12", "Promoter"])
def test_a_fault_can_be_for_one_caller(sandbox: Sandbox, promoter: str, caller: str) -> None:
    sandbox.faults.on_call("lambda", "UpdateAlias", caller="Other")
    assert promote(sandbox, promoter) == "promoted"
    sandbox.faults.on_call("lambda", "UpdateAlias", caller=caller)
    assert promote(sandbox, promoter)["errorType"] == "ServiceException"


def test_faults_spare_the_operator_unless_named(sandbox: Sandbox) -> None:
    sandbox.faults.on_call("sns", times=FOREVER)
    sandbox.client("sns").list_topics()


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        ("cloudwatch", "describe_alarms", {}),
        ("events", "list_rules", {}),
        ("lambda", "list_functions", {}),
        ("logs", "describe_log_groups", {}),
        ("sns", "list_topics", {}),
        ("ssm", "get_parameter", {"Name": "x"}),
        ("stepfunctions", "list_state_machines", {}),
        ("sts", "get_caller_identity", {}),
    ],
)
@pytest.mark.parametrize(
    ("error", "status"),
    [("ThrottlingException", 400), ("InternalFailure", 500), ("TooManyRequestsException", 429)],
)
def test_an_error_arrives_in_the_protocol_of_each_service(
    sandbox: Sandbox, service: str, operation: str, asked: Any, error: str, status: int
) -> None:
    sandbox.faults.on_call(service, error=error, times=FOREVER, caller="operator")
    with pytest.raises(ClientError) as failed:
        getattr(sandbox.client(service), operation)(**asked)
    assert failed.value.response["Error"]["Code"] == error
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_handler_fails_before_or_after_its_work(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_handler("Promoter", "crash")
    assert promote(sandbox, promoter)["errorType"] == "Runtime.ExitError"
    assert routing("shop", "live") == {"1": 1.0}
    sandbox.faults.on_handler("Promoter", "timeout", when="after")
    started = sandbox.clock.now
    assert promote(sandbox, promoter)["errorType"] == "Sandbox.Timedout"
    assert sandbox.clock.now - started == pytest.approx(300.005, abs=1e-6)
    assert routing("shop", "live") == {"2": 1.0}


def test_a_handler_fault_skips_and_counts(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_handler("Promoter", "exception", skip=1, times=1)
    answers = [promote(sandbox, promoter) for _ in range(3)]
    assert [answer == "promoted" for answer in answers] == [True, False, True]


def test_a_throttled_handler_is_refused_by_invoke(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_handler("Promoter", "throttle", times=FOREVER)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        promote(sandbox, promoter)
