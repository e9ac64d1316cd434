"""Somebody else changes an alias during a rollout: it stays as they left it, and it is told."""

from typing import Any

import pytest

from tests.long import parametrize
from tests.scenario.observed import Rollout
from tests.scenario.then import then_failure_is_told, then_left, then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of

CHANGES: dict[str, dict[str, Any]] = {
    "weight": {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.9}}},
    "rolled back": {"RoutingConfig": {"AdditionalVersionWeights": {}}},
    "another version": {
        "FunctionVersion": "3",
        "RoutingConfig": {"AdditionalVersionWeights": {}},
    },
    "everything": {
        "FunctionVersion": "2",
        "RoutingConfig": {"AdditionalVersionWeights": {}},
        "Description": "promoted by hand",
    },
}
changes = parametrize("change", CHANGES.values(), short=2, ids=CHANGES.keys())


def then_alias_changed(rollout: Rollout) -> None:
    assert (rollout.status, rollout.error) == ("FAILED", "AliasChanged"), rollout.cause
    assert "by somebody else" in rollout.cause
    then_failure_is_told(rollout)
    assert str(rollout.messages[-1].subject).startswith("Stopped, somebody changed the alias: ")


@pytest.mark.proves("F38", "A51")
@changes
def test_a_changed_alias_is_left_and_the_others_of_the_group_are_rolled_back(
    world: World, change: dict[str, Any]
) -> None:
    checkout = world.given_function("checkout", versions=[HEALTHY] * 3)
    basket = world.given_function("basket")
    execution = world.when_started(release_of([basket, checkout], steps=3, interval=60))
    world.when_at(33.33, checkout)
    world.functions.update_alias(FunctionName=checkout.name, Name="live", **change)
    theirs = checkout.now
    rollout = world.when_ended(execution)
    then_alias_changed(rollout)
    then_left(checkout, theirs, execution)
    assert theirs
    assert "as somebody else left it" in rollout.cause or theirs.version == "1"
    then_whole(basket, "1")
    assert f"live of {basket.name} routes 100 % to version 1" in rollout.cause


@changes
def test_a_change_at_the_last_weight_is_not_promoted_over(
    world: World, change: dict[str, Any]
) -> None:
    checkout = world.given_function(versions=[HEALTHY] * 3)
    execution = world.when_started(release_of(checkout, steps=2, interval=60))
    world.when_at(100, checkout)
    world.functions.update_alias(FunctionName=checkout.name, Name="live", **change)
    theirs = checkout.now
    then_alias_changed(world.when_ended(execution))
    then_left(checkout, theirs, execution)


@changes
def test_a_bad_version_does_not_roll_back_what_somebody_changed(
    world: World, change: dict[str, Any]
) -> None:
    checkout = world.given_function(versions=[HEALTHY, BAD, HEALTHY])
    execution = world.when_started(release_of(checkout, type="all-at-once", interval=600))
    world.when_at(100, checkout)
    world.sandbox.run_for(90)
    world.functions.update_alias(FunctionName=checkout.name, Name="live", **change)
    theirs = checkout.now
    rollout = world.when_ended(execution)
    assert theirs
    keeps_calls = "2" in {theirs.version, *theirs.weights}
    expected = "RollbackFailed" if keeps_calls else "HealthCheckFailed"
    assert (rollout.status, rollout.error) == ("FAILED", expected)
    then_left(checkout, theirs, execution)
    subject = str(rollout.messages[-1].subject)
    if keeps_calls:
        assert "HealthCheckFailed: errors: " in rollout.cause
        assert subject.startswith("NOT rolled back, needs you: ")
    elif theirs.version != "1":
        assert subject.startswith("Stopped, somebody changed the alias: ")
    else:
        assert subject.startswith("Rolled back: ")


@pytest.mark.proves("F41")
def test_a_deleted_alias_is_not_made_again(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=3, interval=60))
    world.when_at(33.33, basket)
    world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    rollout = world.when_ended(execution)
    then_alias_changed(rollout)
    assert checkout.now is None
    assert f"live of {checkout.name} does not exist" in rollout.cause
    then_whole(basket, "1")


@pytest.mark.proves("F42")
def test_a_deleted_function_stops_the_rollout(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=3, interval=60))
    world.when_at(33.33, basket)
    world.functions.delete_function(FunctionName=checkout.name)
    rollout = world.when_ended(execution)
    then_alias_changed(rollout)
    then_whole(basket, "1")


@pytest.mark.proves("F43")
def test_a_version_that_is_deleted_before_it_gets_traffic_stops_the_rollout(world: World) -> None:
    """Later it cannot be: Lambda keeps what an alias routes to."""
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    world.faults.on_handler("ShiftWeightFunction", "throttle", times=3)
    execution = world.when_started(release_of([basket, checkout], steps=2, interval=60))
    world.sandbox.run_for(0.5)
    world.functions.delete_function(FunctionName=checkout.name, Qualifier="2")
    rollout = world.when_ended(execution)
    assert rollout.status == "FAILED"
    assert f"live of {checkout.name} routes 100 % to version 1" in rollout.cause
    then_whole(checkout, "1")
    then_whole(basket, "1")
    then_failure_is_told(rollout)


@parametrize("versions", [("2", "2"), ("2", "3")], ids=["the same", "another"], short=1)
@pytest.mark.parametrize("together", [True, False])
def test_of_two_rollouts_on_one_alias_exactly_one_shifts(
    world: World, versions: tuple[str, str], together: bool
) -> None:
    checkout = world.given_function(versions=[HEALTHY] * 3)
    first, second = (
        release_of(checkout, new_version=version, steps=2, interval=60) for version in versions
    )
    started = [world.when_started(first)]
    if not together:
        world.when_at(50, checkout)
    started.append(world.when_started(second))
    rollouts = [world.when_ended(execution) for execution in started]
    winner, loser = sorted(rollouts, key=lambda rollout: rollout.status, reverse=True)
    assert (winner.status, loser.status) == ("SUCCEEDED", "FAILED")
    assert loser.error in ("AliasChanged", "PreflightFailed")
    then_failure_is_told(loser)
    assert checkout.weights == [50, 100]
    (promoted,) = winner.output["functions"]
    then_whole(checkout, promoted["new-version"])
