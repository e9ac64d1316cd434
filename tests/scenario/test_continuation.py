"""Rollouts that run on in other executions, here after a few health checks each."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.traffic import Version
from tests.long import long, parametrize
from tests.scenario.test_command import User, events
from tests.scenario.test_hooks import SUCCESS, answering
from tests.scenario.then import then_promoted, then_rolled_back, then_whole
from tests.scenario.world import World, release_of

PROBE = {"type": "probe", "rate": 0.1}
EVENTS = 60  # after which an execution hands over: the first after two checks, others after five
SETTINGS: dict[str, Any] = {"type": "custom", "weights": [10, 50, 100], "interval": 600}

MANY: dict[str, Any] = {**SETTINGS, "weights": [10, 20, 30, 40, 50, 60, 100], "interval": 60}


@pytest.fixture(autouse=True)
def handing_over_soon(world: World) -> Iterator[None]:
    checker = world.stack.physical_id("CheckHealthFunction")
    before = world.functions.get_function_configuration(FunctionName=checker)["Environment"]
    soon = {"Variables": before["Variables"] | {"HAND_OVER_AFTER_EVENTS": str(EVENTS)}}
    world.functions.update_function_configuration(FunctionName=checker, Environment=soon)
    yield
    world.functions.update_function_configuration(FunctionName=checker, Environment=before)


def machine_of(world: World) -> str:
    return world.stack.physical_id("RelayStateMachine")


def continuations_of(world: World, execution: str) -> list[str]:
    """How the executions that this one started stand, in order."""
    _, name = execution.rsplit(":", 1)
    listed = world.sandbox.client("stepfunctions").list_executions(
        stateMachineArn=machine_of(world)
    )
    found = [one for one in listed["executions"] if one["name"].startswith(name)]
    return [one["status"] for one in sorted(found, key=lambda one: one["startDate"])]


def when_in_continuation(world: World, execution: str, number: int) -> str:
    """Let time run until the rollout has been handed over so often; that execution's ARN."""
    while len(continuations_of(world, execution)) < number:
        world.sandbox.run_for(30)
    listed = world.sandbox.client("stepfunctions").list_executions(
        stateMachineArn=machine_of(world)
    )
    arn: str = max(listed["executions"], key=lambda one: one["startDate"])["executionArn"]
    return arn


def when_shifted_in_continuation(world: World, execution: str) -> str:
    """Let time run until the first continuation has set two weights; its ARN."""
    continuation = when_in_continuation(world, execution, 1)
    while entered(world, continuation).count("ShiftWeight") < 2:
        world.sandbox.run_for(10)
    return continuation


def when_stopped(world: World, execution: str) -> None:
    world.sandbox.client("stepfunctions").stop_execution(executionArn=execution)


def entered(world: World, execution: str) -> list[str]:
    """Return the states of one execution."""
    details = [event.get("stateEnteredEventDetails") for event in world.sandbox.history(execution)]
    return [detail["name"] for detail in details if detail]


def throttle_every_check(world: World, times: int, checks: int) -> None:
    """Let Lambda refuse each check's function so often before it runs."""
    for number in range(checks):
        world.faults.on_handler("CheckHealthFunction", "throttle", times=times, skip=number)


@pytest.mark.proves("F85")
def test_a_throttled_account_fills_no_history(world: World) -> None:
    checkout = world.given_function()
    throttle_every_check(world, times=5, checks=60)
    rollout = world.when_released(checkout, **SETTINGS)
    then_promoted(rollout, checkout, [10, 50, 100])
    listed = world.sandbox.client("stepfunctions").list_executions(
        stateMachineArn=machine_of(world)
    )["executions"]
    ours = [one["executionArn"] for one in listed if rollout.arn.rsplit(":", 1)[1] in one["name"]]
    lengths = [len(world.sandbox.history(one)) for one in ours]
    assert len(lengths) > 8  # without retries there are six
    assert max(lengths) < 2 * EVENTS


@pytest.mark.proves("F85")
def test_a_history_that_cannot_be_counted_is_left_sooner(world: World) -> None:
    checkout = world.given_function()
    denied: dict[str, Any] = {"error": "AccessDeniedException", "times": FOREVER}
    world.faults.on_call(
        "stepfunctions", "GetExecutionHistory", caller="CheckHealthFunction", **denied
    )
    rollout = world.when_released(checkout, **SETTINGS)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert rollout.states.count("Relay") > 6


def test_a_rollout_is_promoted_through_many_executions(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, **SETTINGS)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert continuations_of(world, rollout.arn) == ["SUCCEEDED"] * 6
    assert rollout.told == ["SUCCEEDED"]


def test_a_continuation_costs_the_execution_that_waits_for_it_ten_events(world: World) -> None:
    """So many executions can be waited for: what preflight counts with."""
    few, more = (
        world.when_released(
            world.given_function(f"of-{interval}"), type="canary", interval=interval
        )
        for interval in (600, 1_800)
    )
    continuations = len(continuations_of(world, more.arn)) - len(continuations_of(world, few.arn))
    assert continuations >= 4
    assert len(more.history) - len(few.history) == 10 * continuations


def test_a_check_that_fails_in_a_continuation_rolls_back_and_fails_the_first_execution(
    world: World,
) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (1_000, 0.5)]))
    rollout = world.when_released(checkout, **SETTINGS)
    then_rolled_back(rollout, checkout, [10, 50])
    assert rollout.cause.startswith(f"judge: {checkout.name}:live: ")
    assert "at 50 % (weight 2 of 3)" in rollout.cause
    assert set(continuations_of(world, rollout.arn)) == {"SUCCEEDED"}


@long
def test_hooks_approvals_and_messages_come_as_without_continuations(world: World) -> None:
    checkout = world.given_function()
    hook = world.given_code("hook", 'def handler(event, _): return {"status": "Succeeded"}')
    asked = {name: {"function": hook, "mode": "return"} for name in ("pre-traffic", "post-traffic")}
    execution = world.when_started(
        release_of(checkout, **SETTINGS, hooks=asked, approvals=[50], notify="all")
    )
    world.when_at(50, checkout)
    world.sandbox.run_for(3_600)
    assert checkout.weights == [10, 50]
    waited = len(continuations_of(world, execution))
    world.when_approved(execution, checkout)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert rollout.told == ["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"]
    assert waited > 10
    assert [rollout.states.count(state) for state in ("CallHook", "NotifyApproval")] == [2, 0]


@pytest.mark.proves("F80")
def test_a_hook_is_waited_for_in_continuations(world: World) -> None:
    checkout = world.given_function()
    hook = answering(world, SUCCESS, after=800)
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **MANY)
    then_promoted(rollout, checkout, MANY["weights"])
    assert rollout.states.count("CallHook") == 1
    assert rollout.states.count("Relay") > 2


@long
def test_a_probe_goes_on_probing_in_every_continuation(world: World) -> None:
    checkout = world.given_function(calls_per_second=0)
    rollout = world.when_released(checkout, type="canary", checks=[PROBE], interval=600)
    then_promoted(rollout, checkout, [10, 100])
    assert len(continuations_of(world, rollout.arn)) >= 3
    assert world.total(checkout, "2", "Invocations", 600) > 50


def test_stopping_the_first_execution_stops_the_one_it_waits_for(world: World) -> None:
    """And the guard gives back the weight that only the stopped continuation knew."""
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **MANY))
    continuation = when_shifted_in_continuation(world, execution)
    when_stopped(world, execution)
    assert world.when_ended(execution).status == "ABORTED"
    assert continuations_of(world, execution) == ["ABORTED"]
    made = len(entered(world, continuation))
    world.sandbox.run_for(600)
    assert len(entered(world, continuation)) == made
    then_whole(checkout, "1")


@parametrize("weight", [10, 50], short=1)
def test_a_continuation_that_is_stopped_by_hand_rolls_back(world: World, weight: float) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(weight, checkout)
    number = len(continuations_of(world, execution)) + 1
    when_stopped(world, when_in_continuation(world, execution, number))
    rollout = world.when_ended(execution)
    weights = [10.0, 50.0]
    then_rolled_back(rollout, checkout, weights[: weights.index(weight) + 1], "InternalError")
    assert ", in which this rollout ran on, ended ABORTED" in rollout.cause


def test_a_continuation_that_is_stopped_after_it_shifted_rolls_back(world: World) -> None:
    """The execution that waits for it does not know the weight, but knows its own mark."""
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **MANY))
    continuation = when_shifted_in_continuation(world, execution)
    shifted = checkout.weights
    when_stopped(world, continuation)
    then_rolled_back(world.when_ended(execution), checkout, shifted, "InternalError")


@long
def test_an_order_to_roll_back_is_obeyed_in_a_continuation(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    when_in_continuation(world, execution, 2)
    world.when_ordered("roll-back", checkout)
    then_rolled_back(world.when_ended(execution), checkout, [10], "RolledBackByOperator")


@long
def test_a_handler_that_dies_in_a_continuation_rolls_back(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    continuation = when_in_continuation(world, execution, 2)
    world.faults.on_handler("CheckHealthFunction", "crash", times=FOREVER)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10], "InternalError")
    assert "Runtime.ExitError" in rollout.cause
    assert entered(world, continuation)[-1] == "HandBack"


@long
def test_a_start_whose_answer_is_lost_starts_no_second_execution(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call("stepfunctions", "StartExecution", error="ConnectionClosed", when="after")
    rollout = world.when_released(checkout, **SETTINGS)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert continuations_of(world, rollout.arn) == ["SUCCEEDED"] * rollout.states.count("Relay")


def test_where_no_execution_can_be_started_the_rollout_goes_back(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call(
        "stepfunctions", "StartExecution", error="AccessDeniedException", times=FOREVER
    )
    rollout = world.when_released(checkout, **SETTINGS)
    then_rolled_back(rollout, checkout, [10], "InternalError")
    assert ", in which this rollout ran on, could not be waited for: " in rollout.cause


def test_a_rollout_that_began_under_another_release_of_the_stack_goes_back(world: World) -> None:
    """Its state is not read by tasks that may not understand it."""
    checkout = world.given_function()
    machines = world.sandbox.client("stepfunctions")
    text = machines.describe_state_machine(stateMachineArn=world.machine)["definition"]
    older = json.loads(text)
    older["States"]["Plan"]["Next"] = "Older"
    older["States"]["Older"] = {
        "Type": "Pass",
        "Result": 0,
        "ResultPath": "$.format",
        "Next": "Decide",
    }
    machines.update_state_machine(stateMachineArn=world.machine, definition=json.dumps(older))
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.sandbox.run_for(0)
    machines.update_state_machine(stateMachineArn=world.machine, definition=text)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [], "InternalError")
    assert "the stack was updated while this rollout was under way" in rollout.cause


def test_a_weight_that_only_a_stopped_continuation_knew_is_given_back_without_any_function(
    world: World,
) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **MANY))
    continuation = when_shifted_in_continuation(world, execution)
    world.faults.on_handler("RollBackFunction", "throttle", times=FOREVER)
    when_stopped(world, continuation)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert "RollBackDirectly" in rollout.states
    then_whole(checkout, "1")


@long
def test_the_guard_stops_a_continuation_that_runs_on_alone(world: World) -> None:
    """Step Functions tries to stop it, once; where that fails, nobody waits for it any more."""
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **MANY))
    continuation = when_shifted_in_continuation(world, execution)
    world.faults.on_call("stepfunctions", "StopExecution", caller=execution, times=FOREVER)
    when_stopped(world, execution)
    world.sandbox.run_for(600)
    described = world.sandbox.client("stepfunctions").describe_execution(executionArn=continuation)
    assert described["status"] == "ABORTED"
    then_whole(checkout, "1")


def test_the_command_follows_it_there(world: World) -> None:
    checkout, user = world.given_function(), User(world)
    execution = world.when_started(release_of(checkout, **SETTINGS))
    when_in_continuation(world, execution, 1)
    name = execution.rpartition(":")[2]
    [view] = [one for one in events(user.does("status", "--json")) if one["name"] == name]
    assert view["phase"] == "baking"
    assert view["weight"] == checkout.weights[-1]
    assert "Obeyed: pause. " in user.does("pause", name).stderr
    assert user.does("roll-back", name).exit_code == 0
    then_whole(checkout, "1")
