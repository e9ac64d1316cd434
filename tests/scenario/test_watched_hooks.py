"""While a hook is asked, for however long, the rollout is watched as in a bake."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.traffic import Version
from tests.long import parametrize
from tests.scenario.observed import Released
from tests.scenario.test_hooks import ANSWERS, FAILURE, SETTINGS, SUCCESS, answering, returning
from tests.scenario.then import then_left, then_promoted, then_rolled_back, then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of

EVERY = 60  # seconds between two health checks
LIMIT = [{"type": "errors", "max-percent": 5}]  # at 100 % there is nothing to compare with

CRASHES = """
import boto3

asked = []

def handler(event, context):
    asked.append(event)
    print("asked", len(asked))
    if len(asked) <= {times}:
        raise ValueError("no such table")
    token = event["LifecycleEventHookExecutionId"]
    boto3.client("stepfunctions").send_task_success(taskToken=token, output="{{}}")
"""


def when_asked(world: World, hook: str, within: float = 1_000) -> None:
    """Let time run until the hook has been asked, and a look has been taken at its answer."""
    world.when(lambda: world.sandbox.logs(hook), within)
    world.sandbox.run_for(10)


def when_watched(
    world: World, checkout: Released, hook: str, side: str = "post-traffic", **settings: Any
) -> str:
    """Start a rollout, and let time run until it waits for this hook."""
    given = release_of(checkout, hooks={side: hook}, **{**SETTINGS, **settings})
    execution = world.when_started(given)
    when_asked(world, hook)
    return execution


@pytest.mark.proves("F80")
@parametrize("mode", ["callback", "return"], short=1)
def test_a_check_that_fails_ends_the_wait(world: World, mode: str) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (400, 0.5)]))
    if mode == "callback":
        hook = answering(world, SUCCESS, after=800)
    else:
        hook = returning(world, 'return {"status": "Succeeded"}', after=800)
    asked = {"function": hook, "mode": mode, "timeout": 840}
    began = world.sandbox.clock.now
    rollout = world.when_released(checkout, hooks={"post-traffic": asked}, checks=LIMIT, **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100])
    assert rollout.cause.startswith("errors: ")
    assert world.sandbox.clock.now - began < 400 + 180 + EVERY + 30  # metrics are 3 minutes late


@pytest.mark.proves("F80", "A70")
def test_an_answer_that_comes_after_the_wait_is_refused(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS, after=300)
    execution = when_watched(world, checkout, hook)
    world.when_ordered("roll-back", checkout)
    then_rolled_back(world.when_ended(execution), checkout, [50, 100], error="RolledBackByOperator")
    world.sandbox.run_for(400)
    assert world.sandbox.logs(hook)[-1] == "too late"
    then_whole(checkout, "1")


@pytest.mark.proves("F80")
@pytest.mark.parametrize("side", ["pre-traffic", "post-traffic"])
def test_an_order_ends_the_wait_at_the_next_check(world: World, side: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = when_watched(world, checkout, answering(world), side)
    ordered = world.sandbox.clock.now
    world.when_ordered("roll-back", checkout)
    weights = [50.0, 100.0] if side == "post-traffic" else []
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, weights, error="RolledBackByOperator")
    assert world.sandbox.clock.now - ordered < EVERY + 15


@pytest.mark.proves("F80")
@pytest.mark.parametrize("side", ["pre-traffic", "post-traffic"])
def test_an_alarm_ends_the_wait_at_the_next_check(world: World, side: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    alarm = world.given_alarm(checkout)
    execution = when_watched(world, checkout, answering(world), side, alarms=[alarm])
    world.sandbox.run_for(EVERY)
    fired = world.sandbox.clock.now
    # Its next evaluation, without any calls that failed, makes it OK again.
    world.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="fires")
    weights = [50.0, 100.0] if side == "post-traffic" else []
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, weights)
    assert f"alarm: {alarm}: has fired" in rollout.cause
    assert world.sandbox.clock.now - fired < EVERY + 20


@pytest.mark.proves("F80")
@pytest.mark.parametrize("side", ["pre-traffic", "post-traffic"])
def test_foreign_routing_ends_the_wait_at_the_next_check(world: World, side: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = when_watched(world, checkout, answering(world), side)
    changed = world.sandbox.clock.now
    world.functions.update_alias(
        FunctionName=checkout.name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.3}},
    )
    theirs = checkout.now
    rollout = world.when_ended(execution)
    assert rollout.error == "AliasChanged"
    then_left(checkout, theirs, execution)
    assert world.sandbox.clock.now - changed < EVERY + 30


@pytest.mark.proves("F5", "F81")
def test_a_hook_that_always_crashes_is_named_in_minutes(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = world.given_code("crashing", CRASHES.format(times=99))
    began = world.sandbox.clock.now
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [], error="HookFailed")
    said = f"the pre-traffic hook {hook} crashed, time 3 of 3: ValueError: no such table"
    assert rollout.cause.startswith(said)
    assert world.sandbox.clock.now - began < 4 * EVERY


@pytest.mark.proves("F81")
@parametrize("times", [1, 2], short=1)
def test_a_hook_that_crashed_is_asked_again(world: World, times: int) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = world.given_code("crashing", CRASHES.format(times=times))
    rollout = world.when_released(checkout, hooks={"post-traffic": hook}, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])
    assert rollout.states.count("CallHook") == times + 1


@pytest.mark.proves("F81")
def test_a_hook_that_dies_when_it_has_answered_has_answered(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    code = ANSWERS.format(after=5, calls=repr([SUCCESS])) + "    raise ValueError('afterwards')\n"
    hook = world.given_code("answering", code)
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])


@pytest.mark.proves("F82")
@parametrize("ended", [True, False], short=1)
@parametrize("error", ["ReadTimeout", "ConnectionClosed"], short=1)
def test_a_start_whose_answer_is_lost_asks_once(world: World, ended: bool, error: str) -> None:
    """Its repetition finds the execution that was started, under way or over."""
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS, after=0 if ended else 300)
    lost: dict[str, Any] = {"error": error, "when": "after"}
    world.faults.on_call("stepfunctions", "StartExecution", caller="DeployStateMachine", **lost)
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])
    assert len(world.sandbox.logs(hook)) == 1


@pytest.mark.proves("F82")
def test_a_hook_that_cannot_be_asked_has_failed(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    denied: dict[str, Any] = {"error": "AccessDeniedException", "times": FOREVER}
    world.faults.on_call("stepfunctions", "StartExecution", caller="DeployStateMachine", **denied)
    hooks = {"pre-traffic": answering(world, SUCCESS)}
    rollout = world.when_released(checkout, hooks=hooks, **SETTINGS)
    then_rolled_back(rollout, checkout, [], error="HookFailed")
    assert "could not be asked: StepFunctions.AccessDenied" in rollout.cause


@pytest.mark.proves("F82")
def test_an_answer_that_cannot_be_read_for_a_while_is_read_later(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    failing: dict[str, Any] = {"error": "ServiceUnavailable", "times": 20}
    world.faults.on_call(
        "stepfunctions", "DescribeExecution", caller="CheckHealthFunction", **failing
    )
    hooks = {"post-traffic": answering(world, SUCCESS)}
    then_promoted(world.when_released(checkout, hooks=hooks, **SETTINGS), checkout, [50, 100])


@pytest.mark.proves("F82")
def test_an_answer_that_can_never_be_read_rolls_back(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    denied: dict[str, Any] = {"error": "AccessDeniedException", "times": FOREVER}
    world.faults.on_call(
        "stepfunctions", "DescribeExecution", caller="CheckHealthFunction", **denied
    )
    hooks = {"post-traffic": answering(world, SUCCESS)}
    rollout = world.when_released(checkout, hooks=hooks, **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100])
    assert rollout.cause.startswith("hook: could not be made 3 times in a row")


@pytest.mark.proves("F82")
def test_an_execution_of_a_hook_that_somebody_stops_is_no_answer(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = when_watched(world, checkout, answering(world))
    states = world.sandbox.client("stepfunctions")
    machine = world.stack.physical_id("HookStateMachine")
    [asked] = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    states.stop_execution(executionArn=asked["executionArn"])
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [50, 100], error="HookFailed")
    assert f"was not waited for: somebody stopped {asked['name']}" in rollout.cause


def test_a_pause_outlasts_the_hooks_answer_and_the_hook_is_asked_once(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS, after=100)
    execution = when_watched(world, checkout, hook)
    world.when_ordered("pause", checkout)
    world.sandbox.run_for(1_000)
    assert world.status_of(execution) == "RUNNING"
    world.when_ordered("resume", checkout)
    then_promoted(world.when_ended(execution), checkout, [50, 100])
    assert len(world.sandbox.logs(hook)) == 1


def test_promotion_does_not_pass_by_a_hook(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = when_watched(world, checkout, answering(world, FAILURE, after=200))
    world.when_ordered("promote", checkout)
    then_rolled_back(world.when_ended(execution), checkout, [50, 100], error="HookFailed")


@pytest.mark.proves("F8")
def test_step_functions_rolls_back_itself_while_a_hook_is_asked(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS, after=600)
    execution = when_watched(world, checkout, hook)
    for function in ("CheckHealthFunction", "RollBackFunction", "NotifyFunction"):
        world.faults.on_handler(function, "throttle", times=FOREVER)
    rollout = world.when_ended(execution)
    assert rollout.status == "FAILED"
    then_whole(checkout, "1")
    world.sandbox.run_for(700)
    then_whole(checkout, "1")


@pytest.mark.proves("F16")
def test_a_rollout_that_is_stopped_while_a_hook_is_asked_is_given_back(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS, after=300)
    execution = when_watched(world, checkout, hook)
    world.when_stopped(execution)
    world.sandbox.run_for(400)
    then_whole(checkout, "1")


def test_a_canary_of_which_too_little_is_known_while_a_hook_is_asked_uses_up_no_hold(
    world: World,
) -> None:
    checkout = world.given_function(canary=HEALTHY, calls_per_second=[(0, 20), (300, 0)])
    hook = answering(world, SUCCESS, after=890)
    rollout = world.when_released(
        checkout, hooks={"post-traffic": hook}, on_insufficient_data="roll-back", **SETTINGS
    )
    then_promoted(rollout, checkout, [50, 100])


def test_a_bad_version_is_never_brought_to_the_hook(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    hook = answering(world, SUCCESS)
    rollout = world.when_released(checkout, hooks={"post-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [50])
    assert world.sandbox.logs(hook) == []
