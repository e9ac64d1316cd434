"""The stack's parameters are changed while a rollout is under way."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from sandbox.sandbox import PROJECT_TEMPLATE, Sandbox
from sandbox.services.cloudformation import Stack
from sandbox.services.cloudformation.errors import NothingToUpdateError
from sandbox.traffic import Version
from tests.long import long
from tests.scenario.then import then_promoted, then_rolled_back, then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of, sweep

STEPS: dict[str, Any] = {"steps": 2, "interval": 240}


@pytest.fixture(scope="module")
def changing(deployed: tuple[Sandbox, Stack]) -> Stack:
    """Deploy a stack whose parameters these scenarios change."""
    stack = deployed[0].deploy(stack_name="changing", MacroName="")
    sweep(deployed[0], stack, on=False)
    return stack


@pytest.fixture
def world(
    deployed: tuple[Sandbox, Stack], changing: Stack, request: pytest.FixtureRequest
) -> Iterator[World]:
    world = World(deployed[0], changing, scenario=request.node.nodeid)
    yield world
    with suppress(NothingToUpdateError):
        when_changed(world)
    world.end()


def when_changed(world: World, **parameters: str) -> None:
    """Update the stack: parameters that are not named have their defaults."""
    given = {"MacroName": "", **parameters}
    world.sandbox.cloudformation.update(world.stack, PROJECT_TEMPLATE, given)
    sweep(world.sandbox, world.stack, on=False)


@pytest.mark.proves("F74")
def test_orders_at_another_path_are_not_missed_in_silence(world: World) -> None:
    """Whoever writes to the path of before would not be heard: so the rollout goes back."""
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    when_changed(world, OrdersPrefix="ours")
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [50])
    assert "orders: could not be made 3 times in a row; last: orders not read: " in rollout.cause


@long
@pytest.mark.proves("F75")
def test_a_check_that_may_no_longer_be_asked_is_no_pass(world: World) -> None:
    asked = world.given_code("asked", "def handler(event, context):\n    return {'status': 'pass'}")
    checkout = world.given_function()
    checks = [{"type": "function", "function": asked}]
    execution = world.when_started(release_of(checkout, checks=checks, **STEPS))
    world.when_at(50, checkout)
    when_changed(world, HookFunctionPattern="other-*")
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [50])
    assert "function: could not be made 3 times in a row" in rollout.cause


@long
@pytest.mark.proves("F76")
def test_functions_that_may_no_longer_be_released_are_cried_out_until_they_may(
    world: World,
) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (60, 0.5)]))
    execution = world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    when_changed(world, FunctionNamePattern="other-*")
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "RollbackFailed")
    assert checkout.now is not None
    assert checkout.now.weights == {"2": 50}
    when_changed(world)
    sweep(world.sandbox, world.stack, on=True)
    world.sandbox.run_for(300)
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F77")
@pytest.mark.parametrize("bad", [False, True])
def test_the_topic_stays_the_same_whoever_is_to_be_told(world: World, bad: bool) -> None:
    checkout = world.given_function(canary=BAD if bad else HEALTHY)
    execution = world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    when_changed(world, NotificationEmail="you@example.com", LogLevel="DEBUG")
    rollout = world.when_ended(execution)
    if bad:
        then_rolled_back(rollout, checkout, [50])
    else:
        then_promoted(rollout, checkout, [50, 100])
