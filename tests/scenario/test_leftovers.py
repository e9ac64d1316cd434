"""What dead rollouts leave meets new rollouts, operators and redrives."""

from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from tests.long import long, parametrize
from tests.scenario.observed import Released
from tests.scenario.then import then_whole
from tests.scenario.world import HEALTHY, World, release_of

SWEEP = 300


def given_leftover(world: World) -> tuple[Released, str]:
    """Stop a rollout, of whose end nobody has been told yet."""
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=60))
    world.when_at(50, checkout)
    world.faults.on_event("lost", detail={"executionArn": execution, "status": "ABORTED"})
    world.when_stopped(execution)
    return checkout, execution


def given_killed_call(world: World) -> Released:
    """Kill a rollout in one call that can neither go on nor roll back."""
    checkout = world.given_function()
    world.faults.on_call(
        "lambda",
        "UpdateAlias",
        error="AccessDeniedException",
        skip=1,
        times=FOREVER,
        caller="SimpleDeployFunction",
    )
    world.functions.invoke(
        FunctionName=world.stack.outputs["SimpleDeployFunctionName"],
        Payload=world.payload(release_of(checkout, steps=2, interval=60)),
    )
    world.faults.clear()
    return checkout


@pytest.mark.proves("F48")
def test_a_leftover_is_refused_with_its_rollout_and_the_command_that_repairs_it(
    world: World,
) -> None:
    checkout, dead = given_leftover(world)
    rollout = world.when_released(checkout)
    assert (rollout.status, rollout.error) == ("FAILED", "PreflightFailed")
    assert f"a leftover of rollout {dead}, which is ABORTED" in rollout.cause
    assert f"aws lambda update-alias --function-name {checkout.name} --name live" in rollout.cause


def test_a_rollout_under_way_is_refused_by_its_name(world: World) -> None:
    checkout = world.given_function()
    first = world.when_started(release_of(checkout, steps=2, interval=60))
    world.when_at(50, checkout)
    rollout = world.when_released(checkout)
    assert f"rollout {first} is under way" in rollout.cause
    assert world.when_ended(first).status == "SUCCEEDED"


def test_an_operator_who_mistypes_an_alias_is_told(world: World) -> None:
    checkout = world.given_function()
    said = world.when_guard_asked({"function-name": checkout.name, "alias-name": "lvie"})
    assert said["now"] == [f"there is no alias lvie of {checkout.name}; it has live"]
    assert said["changed"] is False


@pytest.mark.parametrize("by", ["execution", "alias"])
def test_an_operator_has_a_leftover_given_back_at_once(world: World, by: str) -> None:
    checkout, execution = given_leftover(world)
    asked = {
        "execution": {"execution": execution},
        "alias": {"function-name": checkout.name, "alias-name": "live"},
    }
    said = world.when_guard_asked(asked[by])
    whole = f"live of {checkout.name} routes 100 % to version 1"
    assert said == {"changed": True, "stranded": False, "now": [whole]}
    then_whole(checkout, "1")
    assert world.when_guard_asked(asked["execution"])["changed"] is False


@pytest.mark.proves("F29")
def test_a_killed_rollout_in_one_call_is_given_back_by_the_command_of_the_refusal(
    world: World,
) -> None:
    checkout = given_killed_call(world)
    assert checkout.weights == [50]
    refused = world.when_released(checkout)
    assert "a rollout in one call is under way, for 15 minutes at most, or was" in refused.cause
    asked = {"function-name": checkout.name, "alias-name": "live"}
    said = world.when_guard_asked(asked)
    assert said["changed"] is False
    assert "which may be under way until" in said["now"][0]
    assert checkout.weights == [50]
    world.functions.update_alias(  # the command that the refusal names
        FunctionName=checkout.name,
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {}},
        Description="",
    )
    then_whole(checkout, "1", description="")
    assert world.when_guard_asked(asked)["now"] == [f"live of {checkout.name} is not weighted"]


@pytest.mark.proves("F73")
def test_the_guard_leaves_a_rollout_in_one_call_alone_that_is_under_way(world: World) -> None:
    checkout = world.given_function()
    world.functions.invoke(
        FunctionName=world.stack.outputs["SimpleDeployFunctionName"],
        InvocationType="Event",
        Payload=world.payload(release_of(checkout, steps=2, interval=60)),
    )
    world.when_at(50, checkout)
    said = world.when_guard_asked({"function-name": checkout.name, "alias-name": "live"})
    assert said["changed"] is False
    assert "a rollout in one call, which may be under way until" in said["now"][0]
    world.sandbox.run_for(420)
    then_whole(checkout, "2")
    assert checkout.weights == [50, 100]


@pytest.mark.proves("F46", "A10")
@long
def test_of_ten_rollouts_at_once_one_promotes_and_none_undoes_it(world: World) -> None:
    checkout = world.given_function(versions=[HEALTHY] * 3)
    given = [release_of(checkout, str(2 + at % 2), steps=1, interval=60) for at in range(10)]
    started = [world.when_started(one) for one in given]
    rollouts = [world.when_ended(execution) for execution in started]
    [winner] = [one for one in rollouts if one.status == "SUCCEEDED"]
    losers = {one.error for one in rollouts if one is not winner}
    assert losers <= {"AliasChanged", "PreflightFailed"}
    assert checkout.weights == [100]
    world.sandbox.run_for(SWEEP + 5)
    [promoted] = winner.output["functions"]
    then_whole(checkout, promoted["new-version"])


@pytest.mark.proves("F47")
def test_of_two_rollouts_that_create_an_alias_the_loser_leaves_the_winners(world: World) -> None:
    """Beside it in the loser's group, what had been promoted goes back."""
    new, basket = world.given_function("new"), world.given_function("basket")
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    group = world.when_started(release_of([new, basket], steps=1, interval=60))
    world.when_at(100, basket)
    alone = world.when_released(new)
    assert alone.status == "SUCCEEDED"
    lost = world.when_ended(group)
    assert (lost.status, lost.error) == ("FAILED", "AliasChanged")
    then_whole(basket, "1")
    then_whole(new, "2", description=f"Created by {alone.arn}")


@pytest.mark.proves("F21")
def test_an_alias_that_a_stopped_promotion_had_created_is_deleted(world: World) -> None:
    new, basket = world.given_function("new"), world.given_function("basket")
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    execution = world.when_started(release_of([new, basket], steps=1, interval=60))
    world.faults.on_handler("FinalizeFunction", "timeout", when="after")
    world.when(lambda: new.now is not None)
    world.when_stopped(execution)
    world.sandbox.run_for(140)
    assert new.now is None
    then_whole(basket, "1")


@pytest.mark.proves("F10")
def test_an_alias_that_a_failed_promotion_had_created_is_deleted_without_any_function(
    world: World,
) -> None:
    new, basket = world.given_function("new"), world.given_function("basket")
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    world.faults.on_handler("FinalizeFunction", "crash", when="after", times=3)
    world.faults.on_handler("RollBackFunction", "crash", times=FOREVER)
    rollout = world.when_released([new, basket], steps=1, interval=60)
    assert f"live of {new.name}, which this rollout had created, is deleted" in rollout.cause
    assert new.now is None
    then_whole(basket, "1")


@pytest.mark.proves("F36")
@parametrize("weight", [50, 100], short=1)
def test_a_stopped_rollout_that_is_redriven_after_the_guard_stops_cleanly(
    world: World, weight: float
) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=60))
    world.when_at(weight, checkout)
    world.when_stopped(execution)
    world.sandbox.run_for(5)
    then_whole(checkout, "1")
    world.when_redriven(execution)
    world.when(lambda: world.status_of(execution) != "RUNNING")
    assert world.status_of(execution) == "FAILED"
    then_whole(checkout, "1")


@pytest.mark.proves("F37")
@long
def test_a_stopped_rollout_that_is_redriven_before_the_guard_goes_on(world: World) -> None:
    checkout, execution = given_leftover(world)
    world.when_redriven(execution)
    world.when(lambda: world.status_of(execution) != "RUNNING")
    assert world.status_of(execution) == "SUCCEEDED"
    then_whole(checkout, "2")


@pytest.mark.proves("F35")
def test_a_failed_rollout_that_is_redriven_only_fails_again(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_handler("CheckHealthFunction", "crash", times=3)
    rollout = world.when_released(checkout, steps=2, interval=60)
    seen = len(checkout.seen)
    world.when_redriven(rollout.arn)
    world.when(lambda: world.status_of(rollout.arn) != "RUNNING")
    assert world.status_of(rollout.arn) == "FAILED"
    assert len(checkout.seen) == seen


@pytest.mark.proves("F14", "A12")
def test_an_input_that_fills_the_payload_is_refused_before_anything_happens(world: World) -> None:
    """Step Functions cannot carry it beside the execution's name, and no event tells of it."""
    checkout = world.given_function()
    given: dict[str, Any] = release_of(checkout)
    given["notify"] = "x" * (262_144 - len(world.payload(given)) - 20)
    rollout = world.when_ended(world.when_started(given))
    assert (rollout.status, rollout.error) == ("FAILED", "States.DataLimitExceeded")
    world.sandbox.run_for(SWEEP + 5)
    assert checkout.seen == []
