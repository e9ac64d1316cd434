"""Nothing of ours can run any more, from the middle of a rollout on."""

from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER, HandlerFailure, When
from tests.long import parametrize
from tests.scenario.then import then_failure_is_told, then_left, then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of

FUNCTIONS = (
    "PlanFunction",
    "PublishFunction",
    "ShiftWeightFunction",
    "CheckHealthFunction",
    "FinalizeFunction",
    "RollBackFunction",
    "NotifyFunction",
)


def given_no_function_runs(world: World, kind: HandlerFailure = "throttle") -> None:
    for function in FUNCTIONS:
        world.faults.on_handler(function, kind, times=FOREVER)


@pytest.mark.proves("F8")
@parametrize("kind", ["throttle", "crash", "timeout"], short=1)
def test_step_functions_rolls_back_itself_when_no_function_runs_any_more(
    world: World, kind: HandlerFailure
) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=4, interval=60))
    world.when_at(50, basket)
    given_no_function_runs(world, kind)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert "RollBackDirectly" in rollout.states
    assert rollout.cause.startswith("The rollback function could not run. ")
    for each in (checkout, basket):
        given_back = "routes 100 % to version 1, given back by Step Functions itself"
        assert f"live of {each.name} {given_back}" in rollout.cause
    then_whole(checkout, "1")
    then_whole(basket, "1")
    then_failure_is_told(rollout)


def test_a_bad_version_is_rolled_back_without_the_rollback_function(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    world.faults.on_handler("RollBackFunction", "throttle", times=FOREVER)
    rollout = world.when_released(checkout, steps=4, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    assert rollout.cause.startswith(f"judge: {checkout.name}:live: ")
    then_whole(checkout, "1")
    then_failure_is_told(rollout)


@pytest.mark.proves("F9")
def test_a_rollback_function_whose_role_is_broken_is_stood_in_for(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    world.faults.on_call(
        "lambda",
        "UpdateAlias",
        error="AccessDeniedException",
        times=FOREVER,
        caller="RollBackFunction",
    )
    rollout = world.when_released(checkout, steps=4, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    then_whole(checkout, "1")
    then_failure_is_told(rollout)


@pytest.mark.proves("F39", "A52")
def test_step_functions_leaves_a_change_that_kept_the_rollouts_mark(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = world.when_started(release_of(checkout, steps=2, interval=60))
    world.when_at(50, checkout)
    world.faults.on_handler("RollBackFunction", "throttle", times=FOREVER)
    theirs: dict[str, Any] = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.07}}}
    world.functions.update_alias(FunctionName=checkout.name, Name="live", **theirs)
    left = checkout.now
    world.faults.on_handler("CheckHealthFunction", "crash", times=FOREVER)
    rollout = world.when_ended(execution)
    assert rollout.status == "FAILED"
    assert "is not as this rollout left it, and stays" in rollout.cause
    then_left(checkout, left, execution)


def test_a_promotion_that_crashed_is_undone_without_the_rollback_function(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler("FinalizeFunction", "crash", when="after")
    world.faults.on_handler("RollBackFunction", "crash", times=FOREVER)
    rollout = world.when_released(checkout, steps=2, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert checkout.primaries[-2:] == ["2", "1"]
    then_whole(checkout, "1")


@pytest.mark.parametrize(
    "change",
    [
        {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.07}}},
        {"RoutingConfig": {"AdditionalVersionWeights": {}}, "FunctionVersion": "2"},
    ],
    ids=["another weight", "promoted"],
)
@parametrize("weight", [50, 100], short=1)
def test_step_functions_leaves_an_alias_that_somebody_else_changed(
    world: World, weight: float, change: dict[str, Any]
) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=2, interval=60))
    world.when_at(weight, basket)
    world.faults.on_handler("RollBackFunction", "throttle", times=FOREVER)
    world.functions.update_alias(
        FunctionName=checkout.name, Name="live", Description="hands off", **change
    )
    theirs = checkout.now
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "AliasChanged")
    assert checkout.now == theirs
    then_whole(basket, "1")


def test_step_functions_does_not_miss_an_alias_that_somebody_deleted(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=2, interval=60))
    world.when_at(50, basket)
    given_no_function_runs(world)
    world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert checkout.now is None
    then_whole(basket, "1")


@parametrize("operation", ["UpdateAlias", "GetAlias"], short=1)
@pytest.mark.parametrize("when", ["before", "after"])
def test_step_functions_keeps_at_it_while_lambdas_api_fails(
    world: World, operation: str, when: When
) -> None:
    """Each failure may hide that the call took effect."""
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=2, interval=60))
    world.when_at(50, basket)
    given_no_function_runs(world)
    world.faults.on_call("lambda", operation, error="ServiceException", when=when, times=12)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    then_whole(checkout, "1")
    then_whole(basket, "1")


def test_an_input_is_refused_also_when_only_the_plan_can_run(world: World) -> None:
    world.faults.on_handler("RollBackFunction", "crash", times=FOREVER)
    world.faults.on_handler("NotifyFunction", "crash", times=FOREVER)
    rollout = world.when_ended(world.when_started({"function-name": "checkout"}))
    assert (rollout.status, rollout.error) == ("FAILED", "InvalidInput")
    assert "alias-name: missing" in rollout.cause
    then_failure_is_told(rollout)


@parametrize("error", ["AccessDeniedException", "ServiceException"], short=1)
def test_an_alias_that_nobody_can_give_back_is_cried_out(world: World, error: str) -> None:
    checkout, basket = world.given_function("checkout", BAD), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=4, interval=60))
    world.when_at(25, checkout)
    world.faults.on_call("lambda", "UpdateAlias", error=error, times=FOREVER)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "RollbackFailed")
    assert "An alias may still be weighted" in rollout.cause
    assert "HealthCheckFailed" in rollout.cause
    then_failure_is_told(rollout)
    assert str(rollout.messages[-1].subject).startswith("NOT rolled back, needs you: ")
    assert checkout.now is not None
    assert checkout.now.weights == {"2": 25}


def test_nobody_can_give_back_and_no_function_can_say_so(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=4, interval=60))
    world.when_at(25, checkout)
    given_no_function_runs(world)
    world.faults.on_call("lambda", "UpdateAlias", error="ServiceException", times=FOREVER)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "RollbackFailed")
    then_failure_is_told(rollout)
    assert rollout.messages[-1].subject == "NOT rolled back, needs you"
