from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from tests.long import long, parametrize
from tests.sandbox import given

ANSWERS = "def handler(event, context):\n    return {}"
ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
CAUGHT = {"Type": "Pass", "End": True}


def outcome(sandbox: Sandbox, task: dict[str, Any], input: object = None) -> Any:  # noqa: A002
    """Return what Catch gets when this task fails."""
    states = {"Task": {**task, "Catch": ALL}, "Caught": CAUGHT}
    machine = given.machine(sandbox, states, name=f"at-{sandbox.clock.now:.0f}")
    result = sandbox.finish(sandbox.start(input or {}, machine=machine))
    sandbox.run_for(1)
    assert result.status == "SUCCEEDED", result.cause
    return result.output["error"]


def get_alias(function: str, alias: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:lambda:getAlias",
        "Parameters": {"FunctionName": function, "Name": alias},
        "End": True,
    }


def test_an_exception_is_named_by_its_class(sandbox: Sandbox) -> None:
    code = """
class AliasChanged(Exception): ...
def handler(event, context):
    raise AliasChanged("somebody else")
"""
    error = outcome(sandbox, given.task(given.function(sandbox, "raises", code)))
    assert error["Error"] == "AliasChanged"
    assert '"errorMessage":"somebody else"' in error["Cause"]


@pytest.mark.proves("S27")
@parametrize(
    ("kind", "error"),
    [
        ("crash", "Runtime.ExitError"),
        ("timeout", "Sandbox.Timedout"),
        ("exception", "RuntimeError"),
        ("throttle", "Lambda.TooManyRequestsException"),
        ("unknown", "Lambda.Unknown"),
    ],
    short=2,
)
def test_failures_of_a_function_have_the_names_that_aws_gives_them(
    sandbox: Sandbox, kind: Any, error: str
) -> None:
    task = given.task(given.function(sandbox, "answers", ANSWERS))
    sandbox.faults.on_handler("answers", kind)
    assert outcome(sandbox, task)["Error"] == error


@parametrize(
    ("answered", "error"),
    [
        ("ServiceException", "Lambda.ServiceException"),
        ("TooManyRequestsException", "Lambda.TooManyRequestsException"),
        ("ConnectionClosed", "Lambda.SdkClientException"),
    ],
    short=1,
)
def test_failures_of_an_api_call_have_the_prefix_lambda(
    sandbox: Sandbox, answered: str, error: str
) -> None:
    function = given.function(sandbox, "answers", ANSWERS)
    for task in (given.task(function), get_alias(function, "live")):
        sandbox.faults.on_call("lambda", error=answered)
        assert outcome(sandbox, task)["Error"] == error


def test_sdk_integrations_take_and_give_names_in_pascal_case(sandbox: Sandbox) -> None:
    given.versions(sandbox, "shop", 2)
    sandbox.client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    get = {**get_alias("shop", "live"), "ResultPath": "$.alias", "Next": "Update"}
    del get["End"]
    update = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:lambda:updateAlias",
        "Parameters": {
            "FunctionName": "shop",
            "Name": "live",
            "FunctionVersion": "2",
            "RoutingConfig": {"AdditionalVersionWeights": {}},
            "RevisionId.$": "$.alias.RevisionId",
        },
        "End": True,
    }
    machine = given.machine(sandbox, {"Get": get, "Update": update})
    result = sandbox.finish(sandbox.start({}, machine=machine))
    assert (result.status, result.output["FunctionVersion"]) == ("SUCCEEDED", "2")


def test_a_stale_revision_fails_an_sdk_integration_by_name(sandbox: Sandbox) -> None:
    given.versions(sandbox, "shop", 2)
    sandbox.client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    task = get_alias("shop", "live")
    task["Resource"] = "arn:aws:states:::aws-sdk:lambda:updateAlias"
    task["Parameters"] = {**task["Parameters"], "RevisionId": "stale"}
    assert outcome(sandbox, task)["Error"] == "Lambda.PreconditionFailedException"
    task["Parameters"] = {"FunctionName": "nope", "Name": "live"}
    assert outcome(sandbox, task)["Error"] == "Lambda.ResourceNotFoundException"


def test_a_map_runs_its_iterations_side_by_side_and_keeps_their_order(sandbox: Sandbox) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event * 10"
    task = given.task(given.function(sandbox, "times_ten", code, Timeout=60))
    started = sandbox.clock.now
    machine = given.machine(sandbox, {"Map": mapped(task)})
    result = sandbox.finish(sandbox.start([30, 10, 20], machine=machine))
    assert result.output == [300, 100, 200]
    assert sandbox.clock.now - started < 31


@pytest.mark.parametrize("kind", ["Map", "Parallel"])
def test_a_timeout_inside_is_the_error_of_a_map_or_parallel(sandbox: Sandbox, kind: str) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(60)"
    task = given.task(given.function(sandbox, "slow", code, Timeout=60), TimeoutSeconds=5)
    branch = {"StartAt": "Task", "States": {"Task": task}}
    around = {
        "Map": {**mapped(task), "ItemsPath": "$.items"},
        "Parallel": {"Type": "Parallel", "Branches": [branch], "End": True},
    }
    assert outcome(sandbox, around[kind], {"items": [1, 2]})["Error"] == "States.Timeout"


def test_a_task_calls_in_the_name_of_its_execution(sandbox: Sandbox) -> None:
    callers: list[str] = []
    sandbox.signals.called.append(lambda call: callers.append(call.caller))
    machine = given.machine(sandbox, {"Get": get_alias("nope", "live")})
    execution = sandbox.start({}, machine=machine)
    sandbox.finish(execution)
    assert callers.count(execution) == 1


def mapped(task: dict[str, Any]) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Task", "States": {"Task": task}}
    return {"Type": "Map", "ItemProcessor": processor, "End": True}


def test_a_fail_state_fails_with_the_error_and_cause_of_its_paths(sandbox: Sandbox) -> None:
    fail = {"Type": "Fail", "ErrorPath": "$.error", "CausePath": "$.cause"}
    machine = given.machine(sandbox, {"Fail": fail})
    result = sandbox.finish(sandbox.start({"error": "Bad", "cause": "5 of 9"}, machine=machine))
    assert (result.status, result.error, result.cause) == ("FAILED", "Bad", "5 of 9")
    details = result.history[-1]["executionFailedEventDetails"]
    assert details == {"error": "Bad", "cause": "5 of 9"}


@pytest.mark.proves("S28")
def test_a_state_may_hold_262144_bytes_of_utf8_and_not_one_more(sandbox: Sandbox) -> None:
    code = "def handler(event, context):\n    return 'é' * event['letters'] + 'e' * event['more']"
    task = given.task(given.function(sandbox, "grows", code))
    machine = given.machine(sandbox, {"Task": task})
    quotes = 2
    # The whole answer of lambda:invoke counts, of which the payload is the greater part.
    envelope = len('{"ExecutedVersion":"$LATEST","Payload":,"StatusCode":200}')
    letters = (262_144 - envelope - quotes) // 2
    rest = (262_144 - envelope - quotes) % 2
    fits = sandbox.finish(sandbox.start({"letters": letters, "more": rest}, machine=machine))
    assert fits.status == "SUCCEEDED"
    over = sandbox.finish(sandbox.start({"letters": letters, "more": rest + 1}, machine=machine))
    assert (over.status, over.error) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.proves("S27")
def test_a_choice_fails_where_its_variable_is_absent_unless_it_asks_for_that(
    sandbox: Sandbox,
) -> None:
    asked = {"Variable": "$.x", "IsPresent": True}
    compared = {"Variable": "$.x", "StringEquals": "a"}
    choices = {
        "guarded": [{"And": [asked, compared], "Next": "End"}],
        "bare": [{**compared, "Next": "End"}],
    }
    ends = {}
    for name, rules in choices.items():
        choice = {"Type": "Choice", "Choices": rules, "Default": "End"}
        machine = given.machine(sandbox, {"Choice": choice, "End": {"Type": "Succeed"}}, name=name)
        result = sandbox.finish(sandbox.start({}, machine=machine))
        ends[name] = result.status, result.error
    assert ends == {"guarded": ("SUCCEEDED", None), "bare": ("FAILED", "States.Runtime")}


@pytest.mark.proves("S28")
@long
def test_what_parameters_make_of_a_state_may_be_too_much_too(sandbox: Sandbox) -> None:
    task = given.task(given.function(sandbox, "answers", ANSWERS))
    machine = given.machine(sandbox, {"Task": {**task, "Catch": ALL}, "Caught": CAUGHT})
    around = len('{"FunctionName":"answers","Payload":""}')
    fits = sandbox.finish(sandbox.start("e" * (262_144 - around), machine=machine))
    assert fits.status == "SUCCEEDED"
    over = sandbox.finish(sandbox.start("e" * (262_144 - around + 1), machine=machine))
    assert (over.status, over.error) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.proves("S28")
def test_a_cause_is_cut_at_32768_characters(sandbox: Sandbox) -> None:
    code = "def handler(event, context):\n    raise ValueError('e' * 300_000)"
    error = outcome(sandbox, given.task(given.function(sandbox, "raises", code)))
    assert (error["Error"], len(error["Cause"])) == ("ValueError", 32_768)


@pytest.mark.proves("S27")
@pytest.mark.parametrize("terminal", [False, True])
@parametrize("named", ["States.ALL", "States.DataLimitExceeded"], short=1)
@parametrize("resource", ["lambda:invoke", "ARN"], short=1)
def test_a_result_that_is_too_large_is_caught_as_recorded_or_ends_it_as_documented(
    sandbox: Sandbox, resource: str, named: str, terminal: bool
) -> None:
    code = "def handler(event, context):\n    return 'e' * 262_145"
    name = given.function(sandbox, "grows", code)
    task = given.task(name)
    if resource == "ARN":
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        task = {"Type": "Task", "Resource": arn, "End": True}
    caught = [{**ALL[0], "ErrorEquals": [named]}]
    machine = given.machine(sandbox, {"Task": {**task, "Catch": caught}, "Caught": CAUGHT})
    sandbox.faults.data_limit_is_terminal = terminal
    result = sandbox.finish(sandbox.start({}, machine=machine))
    if terminal:
        assert (result.status, result.error) == ("FAILED", "States.DataLimitExceeded")
    else:
        assert result.status == "SUCCEEDED"
        assert result.output["error"]["Error"] == "States.DataLimitExceeded"
    sandbox.faults.clear()


def test_an_array_of_more_than_1000_items_is_no_array(sandbox: Sandbox) -> None:
    """By moto itself it would be made first, whatever its length."""
    most = {"Type": "Pass", "Parameters": {"n.$": "States.ArrayRange(1, 1000, 1)"}, "End": True}
    more = {**most, "Parameters": {"n.$": "States.ArrayRange(1, 100000000000, 1)"}}
    machines = [
        given.machine(sandbox, {"Only": state}, name=name)
        for state, name in ((most, "most"), (more, "more"))
    ]
    ended = [sandbox.finish(sandbox.start({}, machine=machine)) for machine in machines]
    assert [one.status for one in ended] == ["SUCCEEDED", "FAILED"]
    assert len(ended[0].output["n"]) == 1_000
