"""What the account does not allow is refused by name, before anything has changed."""

import pytest

from domain.limits.history_budget import HELD
from tests.sandbox import given
from tests.scenario.then import then_refused
from tests.scenario.world import HEALTHY, World, release_of


def test_an_unknown_function_is_refused(world: World) -> None:
    rollout = world.when_ended(
        world.when_started({"function-name": "nobody", "alias-name": "live", "new-version": 2})
    )
    then_refused(rollout)
    assert "function nobody does not exist" in rollout.cause
    assert rollout.messages[-1].subject == "Refused: nobody live (PreflightFailed)"


def test_a_deleted_version_is_refused(world: World) -> None:
    checkout = world.given_function(versions=[HEALTHY] * 3)
    world.functions.delete_function(FunctionName=checkout.name, Qualifier="2")
    rollout = world.when_released(checkout)
    then_refused(rollout, checkout)
    assert f"version 2 of {checkout.name} does not exist" in rollout.cause


@pytest.mark.proves("A3")
def test_an_alias_at_latest_is_refused(world: World) -> None:
    checkout = world.given_function()
    world.functions.update_alias(FunctionName=checkout.name, Name="live", FunctionVersion="$LATEST")
    checkout.seen.clear()
    rollout = world.when_released(checkout)
    then_refused(rollout, checkout)
    assert "points at $LATEST" in rollout.cause


def test_an_alias_that_is_weighted_already_is_refused(world: World) -> None:
    checkout = world.given_function()
    world.functions.update_alias(
        FunctionName=checkout.name,
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.05}},
    )
    checkout.seen.clear()
    rollout = world.when_released(checkout)
    then_refused(rollout, checkout)
    assert "already routes 95 % to version 1 and 5 % to version 2" in rollout.cause


@pytest.mark.proves("F44", "A7")
def test_versions_of_different_roles_are_refused(world: World) -> None:
    checkout = world.given_function()
    world.functions.update_function_configuration(
        FunctionName=checkout.name, Role=given.role(world.sandbox, "another")
    )
    version = world.functions.publish_version(FunctionName=checkout.name)["Version"]
    rollout = world.when_released(checkout, new_version=version)
    then_refused(rollout, checkout)
    assert "the versions' roles differ" in rollout.cause


def test_versions_of_different_dead_letter_queues_are_refused(world: World) -> None:
    checkout = world.given_function(published=1)
    world.functions.update_function_configuration(
        FunctionName=checkout.name,
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
    )
    rollout = world.when_released(checkout, new_version=None)
    then_refused(rollout, checkout)
    assert "the versions' dead-letter queues differ" in rollout.cause


def test_provisioned_concurrency_is_refused(world: World) -> None:
    checkout = world.given_function()
    world.functions.put_provisioned_concurrency_config(
        FunctionName=checkout.name, Qualifier="live", ProvisionedConcurrentExecutions=1
    )
    rollout = world.when_released(checkout)
    then_refused(rollout, checkout)
    assert "has provisioned concurrency" in rollout.cause


def test_all_that_speaks_against_a_group_is_said_at_once(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    world.functions.delete_function(FunctionName=basket.name)
    given = release_of([checkout, basket], new_version="7", alarms=["no such alarm"])
    rollout = world.when_ended(world.when_started(given))
    then_refused(rollout, checkout)
    assert rollout.cause.startswith("3 problems in the account: ")
    for problem in (
        f"version 7 of {checkout.name} does not exist",
        f"function {basket.name} does not exist",
        "alarm no such alarm does not exist",
    ):
        assert problem in rollout.cause


@pytest.mark.proves("A14")
def test_a_plan_that_outlasts_a_year_is_refused(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, steps=2, interval=200 * 86_400, check_interval=86_400)
    then_refused(rollout, checkout)
    assert "a workflow ends after a year" in rollout.cause


@pytest.mark.proves("A14")
def test_a_plan_that_outgrows_all_histories_is_refused(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, steps=10, interval=3_153_000, check_interval=20)
    then_refused(rollout, checkout)
    assert f"all executions of a rollout hold {HELD:,}" in rollout.cause
