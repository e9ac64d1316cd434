"""What the last minutes brought is seen before a weight is left, and before the promotion."""

from collections.abc import Iterator

import pytest

from sandbox.traffic import Version
from tests.scenario.then import then_promoted, then_rolled_back
from tests.scenario.world import World

LIMIT = [{"type": "errors", "max-percent": 5}]


@pytest.fixture
def late(world: World) -> Iterator[None]:
    """Let CloudWatch's data come up to three minutes after a call."""
    usual = world.sandbox.cloudwatch.metric_delay
    world.sandbox.cloudwatch.metric_delay = 120.0
    yield
    world.sandbox.cloudwatch.metric_delay = usual


@pytest.mark.proves("F70")
@pytest.mark.usefixtures("late")
def test_a_version_that_fails_in_the_last_minute_of_its_bakes_is_not_promoted(world: World) -> None:
    """Half of its calls fail from the fourth minute on, which is the last at 100 %."""
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (185, 0.5)]))
    rollout = world.when_released(
        checkout, type="custom", weights=[50, 100], interval=120, checks=LIMIT
    )
    then_rolled_back(rollout, checkout, [50, 100])


@pytest.mark.proves("F70")
@pytest.mark.usefixtures("late")
def test_the_judge_sees_the_last_minute_before_100_percent(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (240, 0.5)]))
    rollout = world.when_released(checkout, type="canary", interval=[300, 10])
    then_rolled_back(rollout, checkout, [10, 100])


@pytest.mark.proves("F70")
@pytest.mark.usefixtures("late")
def test_a_promotion_by_order_takes_the_last_look_too(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (410, 0.5)]))
    execution = world.when_started(
        {
            "function-name": checkout.name,
            "alias-name": checkout.alias,
            "new-version": "2",
            "weights": [50, 100],
            "interval": 3_600,
            "checks": LIMIT,
        }
    )
    world.sandbox.run_for(370)
    world.when_ordered("promote", checkout)
    then_rolled_back(world.when_ended(execution), checkout, [50, 100])


def test_a_healthy_version_is_promoted_three_minutes_after_the_last_bake(world: World) -> None:
    checkout = world.given_function()
    began = world.sandbox.clock.now
    rollout = world.when_released(checkout, type="AllAtOnce", checks=LIMIT)
    then_promoted(rollout, checkout, [100])
    assert 180 <= world.sandbox.clock.now - began < 200


@pytest.mark.usefixtures("late")
def test_each_weight_of_the_default_plan_is_judged_on_its_own_calls(world: World) -> None:
    """The version fails from 20 % on: it never gets to 30 %."""
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (240, 0.3)]))
    then_rolled_back(world.when_released(checkout), checkout, [10, 20])


@pytest.mark.usefixtures("late")
def test_a_shorter_step_is_judged_on_those_before_it(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (240, 0.3)]))
    rollout = world.when_released(checkout, interval=[240, *[60] * 9])
    then_rolled_back(rollout, checkout, checkout.weights)
    assert len(checkout.weights) > 3
