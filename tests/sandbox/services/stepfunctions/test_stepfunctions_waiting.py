from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from tests.long import long
from tests.sandbox import given

SLEEPS = "import time\ndef handler(event, context):\n    time.sleep(event['sleep'])\n    return {}"
FAILS = "def handler(event, context):\n    raise ValueError('no')"
RETRY = {"ErrorEquals": ["ValueError"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 6}


def seconds_between(history: list[dict[str, Any]], event_type: str) -> list[float]:
    times = [event["timestamp"] for event in history if event["type"] == event_type]
    return [round((after - before).total_seconds(), 3) for before, after in pairwise(times)]


def test_a_wait_of_a_week_is_exact(sandbox: Sandbox) -> None:
    machine = given.machine(sandbox, {"Wait": {"Type": "Wait", "Seconds": 7 * 86_400, "End": True}})
    history = sandbox.finish(sandbox.start({}, machine=machine)).history
    waited = history[2]["timestamp"] - history[1]["timestamp"]
    assert waited.total_seconds() == 7 * 86_400


@pytest.mark.proves("S26")
@pytest.mark.parametrize("moment", ["2026-01-05T09:30:00Z", "2026-01-05T09:30:00.750Z"])
def test_a_wait_for_a_timestamp_ends_with_its_whole_second(sandbox: Sandbox, moment: str) -> None:
    wait = {"Type": "Wait", "TimestampPath": "$.until", "End": True}
    machine = given.machine(sandbox, {"Wait": wait})
    history = sandbox.finish(sandbox.start({"until": moment}, machine=machine)).history
    assert history[2]["timestamp"] == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def test_a_timestamp_of_the_past_is_not_waited_for(sandbox: Sandbox) -> None:
    wait = {"Type": "Wait", "TimestampPath": "$.until", "End": True}
    machine = given.machine(sandbox, {"Wait": wait})
    result = sandbox.finish(sandbox.start({"until": "2020-01-01T00:00:00Z"}, machine=machine))
    assert result.status == "SUCCEEDED"
    assert result.history[-1]["timestamp"] == result.history[0]["timestamp"]


def test_a_timestamp_that_is_none_fails_the_execution(sandbox: Sandbox) -> None:
    wait = {"Type": "Wait", "TimestampPath": "$.until", "End": True}
    machine = given.machine(sandbox, {"Wait": wait})
    result = sandbox.finish(sandbox.start({"until": "tomorrow"}, machine=machine))
    assert (result.status, result.error) == ("FAILED", "States.Runtime")


@pytest.mark.proves("S26")
def test_retries_back_off_up_to_their_maximum(sandbox: Sandbox) -> None:
    retry = {**RETRY, "MaxDelaySeconds": 5, "MaxAttempts": 4}
    task = given.task(given.function(sandbox, "fails", FAILS), Retry=[retry])
    result = sandbox.finish(sandbox.start({}, machine=given.machine(sandbox, {"Task": task})))
    assert (result.status, result.error) == ("FAILED", "ValueError")
    assert seconds_between(result.history, "TaskScheduled") == [2.005, 4.005, 5.005, 5.005]


@pytest.mark.proves("S26")
def test_an_abandoned_attempt_cuts_no_back_off_short(sandbox: Sandbox) -> None:
    function = given.function(sandbox, "sleeps", SLEEPS, Timeout=900)
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 100, "MaxAttempts": 1}]
    task = given.task(function, TimeoutSeconds=30, Retry=retry)
    machine = given.machine(sandbox, {"Task": task})
    history = sandbox.finish(sandbox.start({"sleep": 60}, machine=machine)).history
    assert seconds_between(history, "TaskScheduled") == [130]


@long
def test_jitter_stays_below_the_back_off_and_comes_from_the_seed() -> None:
    gaps = []
    for seed in (1, 1, 2):
        with Sandbox(seed=seed) as sandbox:
            retry = {**RETRY, "JitterStrategy": "FULL"}
            task = given.task(given.function(sandbox, "fails", FAILS), Retry=[retry])
            machine = given.machine(sandbox, {"Task": task})
            history = sandbox.finish(sandbox.start({}, machine=machine)).history
            gaps.append(seconds_between(history, "TaskScheduled"))
    assert gaps[0] == gaps[1] != gaps[2]
    assert all(gap <= 2.006 * 2**n for n, gap in enumerate(gaps[0]))


def test_a_task_that_takes_too_long_times_out_exactly_and_is_caught(sandbox: Sandbox) -> None:
    function = given.function(sandbox, "sleeps", SLEEPS, Timeout=900)
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    machine = given.machine(
        sandbox,
        {
            "Task": given.task(function, TimeoutSeconds=30, Catch=catch),
            "Caught": {"Type": "Wait", "Seconds": 600, "End": True},
        },
    )
    result = sandbox.finish(sandbox.start({"sleep": 100}, machine=machine))
    assert result.output == {"Error": "States.Timeout", "Cause": ""}
    # The function went on for 70 s more, and what it answered then is in no event.
    assert given.types(result.history) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskTimedOut",
        "TaskStateExited",
        "WaitStateEntered",
        "WaitStateExited",
        "ExecutionSucceeded",
    ]
    assert (result.history[4]["timestamp"] - result.history[3]["timestamp"]).total_seconds() == 30


@pytest.mark.parametrize("inside", ["wait", "back-off", "task", "map"])
def test_a_workflow_that_takes_too_long_times_out_wherever_it_is(
    sandbox: Sandbox, inside: str
) -> None:
    result = sandbox.finish(start_one_that_is(sandbox, inside, TimeoutSeconds=50))
    assert result.status == "TIMED_OUT"
    assert result.history[-1]["type"] == "ExecutionTimedOut"
    lasted = result.history[-1]["timestamp"] - result.history[0]["timestamp"]
    assert lasted.total_seconds() == 50
    stopped = sandbox.client("stepfunctions").describe_execution(executionArn=result.arn)[
        "stopDate"
    ]
    assert stopped == result.history[-1]["timestamp"]


@pytest.mark.proves("S26")
@pytest.mark.parametrize("inside", ["wait", "back-off", "task", "map"])
def test_stopping_ends_an_execution_at_once_wherever_it_is(sandbox: Sandbox, inside: str) -> None:
    execution = start_one_that_is(sandbox, inside)
    sandbox.run_for(20)
    now = datetime.fromtimestamp(sandbox.clock.now, UTC)
    sandbox.client("stepfunctions").stop_execution(
        executionArn=execution, error="Enough", cause="by hand"
    )
    result = sandbox.finish(execution)
    assert (result.status, result.error, result.cause) == ("ABORTED", "Enough", "by hand")
    assert result.history[-1]["type"] == "ExecutionAborted"
    assert result.history[-1]["timestamp"] == now
    details = result.history[-1]["executionAbortedEventDetails"]
    assert details == {"error": "Enough", "cause": "by hand"}
    sandbox.run_for(1000)
    assert sandbox.history(execution) == result.history


@pytest.mark.proves("S26")
def test_a_function_goes_on_after_its_execution_was_stopped(sandbox: Sandbox) -> None:
    ended: list[float] = []
    sandbox.signals.invoked.append(lambda invocation: ended.append(invocation.ended))
    execution = start_one_that_is(sandbox, "task")
    sandbox.run_for(20)
    sandbox.client("stepfunctions").stop_execution(executionArn=execution)
    assert ended == []
    sandbox.run_for(1000)
    assert len(ended) == 1


def start_one_that_is(sandbox: Sandbox, inside: str, **top: Any) -> str:
    """Start an execution that will be inside of something for far more than 50 s."""
    wait = {"Type": "Wait", "Seconds": 500, "End": True}
    match inside:
        case "wait":
            states = {"Wait": wait}
        case "back-off":
            retry = {**RETRY, "IntervalSeconds": 500}
            states = {"Task": given.task(given.function(sandbox, "fails", FAILS), Retry=[retry])}
        case "task":
            function = given.function(sandbox, "sleeps", SLEEPS, Timeout=900)
            states = {"Task": given.task(function)}
        case "map":
            processor = {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Wait",
                "States": {"Wait": wait},
            }
            states = {
                "Map": {
                    "Type": "Map",
                    "ItemsPath": "$.items",
                    "ItemProcessor": processor,
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
                    "End": True,
                },
                "Caught": {"Type": "Pass", "End": True},
            }
    machine = given.machine(sandbox, states, **top)
    return sandbox.start({"sleep": 500, "items": [1, 2, 3]}, machine=machine)
