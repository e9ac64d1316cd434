"""Every schedule, to each of its ends: promoted, rolled back by a check, failed, refused."""

from typing import Any

from sandbox.kernel.faults import FOREVER
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import BAD, HEALTHY, World

SCHEDULES: dict[str, tuple[dict[str, Any], list[float]]] = {
    "linear": ({"type": "linear", "steps": 4}, [25, 50, 75, 100]),
    "all-at-once": ({"type": "all-at-once"}, [100]),
    "custom": (
        {"type": "custom", "weights": [1.5, 33.33, 100], "interval": [120, 60, 30]},
        [1.5, 33.33, 100],
    ),
    "exponential": ({"type": "exponential", "steps": 3}, [14.29, 42.86, 100]),
    "geometric": ({"type": "geometric", "steps": 3, "first_weight": 4}, [4, 20, 100]),
    "canary": ({"type": "canary", "first_weight": 5}, [5, 100]),
    "CodeDeploy's canary": ({"type": "CodeDeployDefault.LambdaCanary10Percent5Minutes"}, [10, 100]),
    "CodeDeploy's linear": ({"type": "Linear40PercentEvery2Minutes"}, [40, 80, 100]),
    "CodeDeploy's all at once": ({"type": "CodeDeployDefault.LambdaAllAtOnce"}, [100]),
}

SETTINGS = [settings for settings, _ in SCHEDULES.values()]

every_schedule = parametrize(
    ("settings", "weights"), SCHEDULES.values(), short=3, ids=SCHEDULES.keys()
)


@every_schedule
def test_a_healthy_version_is_promoted(
    world: World, settings: dict[str, Any], weights: list[float]
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    rollout = world.when_released(checkout, **settings)
    then_promoted(rollout, checkout, weights)
    assert rollout.output["summary"] == f"live of {checkout.name} promoted from 1 to 2"
    assert "unproven" not in rollout.output


@every_schedule
def test_a_bad_version_is_rolled_back_from_the_first_weight_at_which_it_is_seen(
    world: World, settings: dict[str, Any], weights: list[float]
) -> None:
    checkout = world.given_function(canary=BAD)
    rollout = world.when_released(checkout, **settings)
    then_rolled_back(rollout, checkout, weights[:1])
    check = "judge" if weights[0] < 100 else "errors"  # at once there is nothing to compare with
    assert rollout.cause.startswith(f"{check}: {checkout.name}:live: ")
    assert f"at {weights[0]:g} % (weight 1 of {len(weights)})" in rollout.cause


@every_schedule
def test_a_health_check_that_crashes_rolls_back(
    world: World, settings: dict[str, Any], weights: list[float]
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler("CheckHealthFunction", "crash", times=FOREVER)
    rollout = world.when_released(checkout, **settings)
    then_rolled_back(rollout, checkout, weights[:1], error="InternalError")
    assert "Runtime.ExitError" in rollout.cause


@parametrize("settings", SETTINGS, short=1, ids=SCHEDULES.keys())
def test_a_version_that_does_not_exist_is_refused(world: World, settings: dict[str, Any]) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, new_version="99", **settings)
    then_refused(rollout, checkout, error="PreflightFailed")
    assert f"version 99 of {checkout.name} does not exist" in rollout.cause
