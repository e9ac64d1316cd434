from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.kernel.faults import FOREVER, KILLED, STALE
from sandbox.kernel.signals import ApiCall, Invocation
from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import routing
from tests.sandbox import given

PROMOTES = """
import boto3
from botocore.config import Config

def handler(event, context):
    once = Config(retries={"total_max_attempts": 1}, read_timeout=event["read_timeout"])
    client = boto3.client("lambda", config=None if event["retry"] else once)
    client.update_alias(FunctionName="shop", Name="live", FunctionVersion="2")
    return "promoted"
"""

READS = """
import boto3
def handler(event, context):
    return boto3.client("lambda").get_alias(FunctionName="shop", Name="live")["FunctionVersion"]
"""


@pytest.fixture
def promoter(sandbox: Sandbox) -> str:
    """Provide a function that points shop:live from version 1 to version 2."""
    given.versions(sandbox, "shop", 2)
    sandbox.client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    return given.function(sandbox, "stack-Promoter-AB12", PROMOTES, Timeout=300)


def promote(
    sandbox: Sandbox, promoter: str, *, retry: bool = False, read_timeout: float = 60
) -> Any:
    return given.invoke(sandbox, promoter, {"retry": retry, "read_timeout": read_timeout})


def test_a_call_fails_before_its_effect(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_call("lambda", "UpdateAlias", error="TooManyRequestsException")
    assert promote(sandbox, promoter)["errorType"] == "TooManyRequestsException"
    assert routing("shop", "live") == {"1": 1.0}
    assert promote(sandbox, promoter) == "promoted"


@pytest.mark.proves("S5")
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


@pytest.mark.proves("S5")
def test_boto3_repeats_a_failed_call_in_virtual_time(sandbox: Sandbox, promoter: str) -> None:
    calls: list[ApiCall] = []
    sandbox.signals.called.append(calls.append)
    sandbox.faults.on_call("lambda", "UpdateAlias", error="ServiceException", times=2)
    assert promote(sandbox, promoter, retry=True) == "promoted"
    tries = [call for call in calls if call.operation == "UpdateAlias"]
    assert [call.status for call in tries] == [500, 500, 200]
    assert tries[0].at < tries[1].at < tries[2].at


@pytest.mark.proves("S5")
@pytest.mark.parametrize("read_timeout", [10, 90])
def test_a_lost_answer_takes_the_clients_read_timeout(
    sandbox: Sandbox, promoter: str, read_timeout: float
) -> None:
    calls: list[ApiCall] = []
    sandbox.signals.called.append(calls.append)
    started = sandbox.clock.now
    sandbox.faults.on_call("lambda", "UpdateAlias", error="ReadTimeout")
    answer = promote(sandbox, promoter, read_timeout=read_timeout)
    assert answer["errorType"] == "ReadTimeoutError"
    assert [call.status for call in calls] == [0, 200]
    assert sandbox.clock.now - started == pytest.approx(read_timeout + 0.01, abs=1e-6)


@pytest.mark.proves("S5")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_function_is_killed_while_it_calls(sandbox: Sandbox, promoter: str, when: Any) -> None:
    sandbox.faults.on_call("lambda", "UpdateAlias", error=KILLED, when=when)
    answer = promote(sandbox, promoter)
    assert answer["errorType"] == "Runtime.ExitError"
    assert answer["errorMessage"].endswith("signal: killed")
    assert routing("shop", "live") == ({"1": 1.0} if when == "before" else {"2": 1.0})
    assert promote(sandbox, promoter) == "promoted"


@pytest.mark.proves("S5")
def test_a_stale_read_shows_what_was_read_before(sandbox: Sandbox, promoter: str) -> None:
    reads = given.function(sandbox, "stack-Reader-AB12", READS)
    sandbox.faults.on_call("lambda", "GetAlias", error=STALE, skip=1)
    assert given.invoke(sandbox, reads, {}) == "1"
    promote(sandbox, promoter)
    assert [given.invoke(sandbox, reads, {}) for _ in range(2)] == ["1", "2"]


@pytest.mark.proves("S5")
def test_a_stale_read_is_not_older_than_a_minute(sandbox: Sandbox, promoter: str) -> None:
    reads = given.function(sandbox, "stack-Reader-AB12", READS)
    sandbox.faults.on_call("lambda", "GetAlias", error=STALE, skip=1)
    given.invoke(sandbox, reads, {})
    promote(sandbox, promoter)
    sandbox.run_for(61)
    assert given.invoke(sandbox, reads, {}) == "2"


@pytest.mark.proves("S5")
def test_the_first_read_is_never_stale(sandbox: Sandbox, promoter: str) -> None:
    reads = given.function(sandbox, "stack-Reader-AB12", READS)
    promote(sandbox, promoter)
    sandbox.faults.on_call("lambda", "GetAlias", error=STALE)
    assert given.invoke(sandbox, reads, {}) == "2"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_call_takes_its_time(sandbox: Sandbox, promoter: str, when: Any) -> None:
    sandbox.faults.on_call("lambda", "UpdateAlias", error=None, seconds=9, when=when)
    sandbox.clock.spawn(lambda: promote(sandbox, promoter), "promotes")
    sandbox.run_for(8)
    assert routing("shop", "live") == ({"1": 1.0} if when == "before" else {"2": 1.0})
    sandbox.run_for(2)
    assert routing("shop", "live") == {"2": 1.0}


def test_aws_goes_on_with_a_call_that_its_client_gave_up(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_call("lambda", "UpdateAlias", error=None, seconds=30)
    started = sandbox.clock.now
    assert promote(sandbox, promoter, read_timeout=10)["errorType"] == "ReadTimeoutError"
    assert sandbox.clock.now - started == pytest.approx(10.01, abs=1e-6)
    assert routing("shop", "live") == {"1": 1.0}
    sandbox.run_for(20)
    assert routing("shop", "live") == {"2": 1.0}


def test_a_functions_timeout_does_not_wait_for_a_call(sandbox: Sandbox, promoter: str) -> None:
    sandbox.client("lambda").update_function_configuration(FunctionName=promoter, Timeout=5)
    sandbox.faults.on_call("lambda", "UpdateAlias", error=None, seconds=30)
    started = sandbox.clock.now
    assert promote(sandbox, promoter)["errorType"] == "Sandbox.Timedout"
    assert sandbox.clock.now - started == pytest.approx(5.005, abs=1e-6)
    sandbox.run_for(30)
    assert routing("shop", "live") == {"2": 1.0}


def test_a_function_that_is_called_runs_on_when_its_caller_gives_up(sandbox: Sandbox) -> None:
    given.function(
        sandbox, "callee", "import time\ndef handler(*_):\n    time.sleep(40)", Timeout=60
    )
    asks = PROMOTES.replace("update_alias(", "invoke(").replace(
        'FunctionName="shop", Name="live", FunctionVersion="2"', 'FunctionName="callee"'
    )
    caller = given.function(sandbox, "caller", asks, Timeout=300)
    told: list[Invocation] = []
    sandbox.signals.invoked.append(told.append)
    answer = promote(sandbox, caller, read_timeout=10)
    assert answer["errorType"] == "ReadTimeoutError"
    sandbox.run_for(60)
    assert [(one.function, one.error) for one in told] == [("caller", True), ("callee", False)]
    assert told[1].ended - told[1].started == pytest.approx(40, abs=0.1)


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


@pytest.mark.proves("S6")
def test_a_handler_fails_before_or_after_its_work(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_handler("Promoter", "crash")
    assert promote(sandbox, promoter)["errorType"] == "Runtime.ExitError"
    assert routing("shop", "live") == {"1": 1.0}
    sandbox.faults.on_handler("Promoter", "timeout", when="after")
    started = sandbox.clock.now
    assert promote(sandbox, promoter)["errorType"] == "Sandbox.Timedout"
    assert sandbox.clock.now - started == pytest.approx(300.005, abs=1e-6)
    assert routing("shop", "live") == {"2": 1.0}


@pytest.mark.parametrize(("when", "effect_after"), [("before", 20), ("after", 0)])
def test_a_slow_handler_takes_longer_and_works(
    sandbox: Sandbox, promoter: str, when: Any, effect_after: float
) -> None:
    changes: list[float] = []
    sandbox.signals.alias_changed.append(lambda *_: changes.append(sandbox.clock.now))
    sandbox.faults.on_handler("Promoter", "slow", seconds=20, when=when)
    started = sandbox.clock.now
    assert promote(sandbox, promoter) == "promoted"
    assert sandbox.clock.now - started == pytest.approx(20.015, abs=1e-6)
    assert [at - started for at in changes] == pytest.approx([effect_after], abs=0.1)


@pytest.mark.proves("S6")
def test_a_stopped_execution_leaves_a_slow_handler_to_its_effect(
    sandbox: Sandbox, promoter: str
) -> None:
    machine = given.machine(sandbox, {"Shift": given.task(promoter)})
    sandbox.faults.on_handler("Promoter", "slow", seconds=20)
    execution = sandbox.start({"retry": False, "read_timeout": 60}, machine=machine)
    sandbox.run_for(5)
    sandbox.client("stepfunctions").stop_execution(executionArn=execution)
    assert sandbox.finish(execution).status == "ABORTED"
    assert routing("shop", "live") == {"1": 1.0}
    sandbox.run_for(20)
    assert routing("shop", "live") == {"2": 1.0}


def test_a_handler_fault_skips_and_counts(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_handler("Promoter", "exception", skip=1, times=1)
    answers = [promote(sandbox, promoter) for _ in range(3)]
    assert [answer == "promoted" for answer in answers] == [True, False, True]


def test_a_throttled_handler_is_refused_by_invoke(sandbox: Sandbox, promoter: str) -> None:
    sandbox.faults.on_handler("Promoter", "throttle", times=FOREVER)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        promote(sandbox, promoter)
