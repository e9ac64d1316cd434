"""The `latency` check, in whole rollouts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.services.cloudwatch.partial_answers import PartialAnswer
from sandbox.traffic import Version
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import World

EVENTS = Path(__file__).resolve().parents[2] / "events"
FAST, SLOW = Version(latency_ms=50), Version(latency_ms=150)
STEPS: dict[str, Any] = {"type": "custom", "weights": [10, 100], "interval": 300}


def latency(**options: Any) -> list[dict[str, Any]]:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    return [{"type": "latency", **given}]


@pytest.fixture
def partial_answers(world: World) -> Iterator[list[PartialAnswer]]:
    """Bad days of CloudWatch, for one scenario."""
    yield world.sandbox.cloudwatch.partial_answers
    world.sandbox.cloudwatch.partial_answers.clear()


@parametrize("limits", [{"max_ms": 200}, {"max_ratio": 1.5}], short=1)
def test_a_canary_as_fast_as_its_baseline_is_promoted(
    world: World, limits: dict[str, float]
) -> None:
    checkout = world.given_function(versions=[FAST, FAST])
    rollout = world.when_released(checkout, checks=latency(**limits), **STEPS)
    then_promoted(rollout, checkout, [10, 100])
    assert "unproven" not in rollout.output


def test_a_canary_above_the_limit_is_rolled_back(world: World) -> None:
    checkout = world.given_function(versions=[FAST, SLOW])
    rollout = world.when_released(checkout, checks=latency(max_ms=200), **STEPS)
    then_rolled_back(rollout, checkout, [10])
    assert f"latency: {checkout.name}:live: p99 is " in rollout.cause
    assert "canary calls; at most 200 ms is allowed" in rollout.cause


def test_a_canary_slower_than_its_baseline_is_rolled_back(world: World) -> None:
    checkout = world.given_function(versions=[FAST, SLOW])
    rollout = world.when_released(checkout, checks=latency(percentile=50, max_ratio=2), **STEPS)
    then_rolled_back(rollout, checkout, [10])
    assert "at most 2 times as long is allowed" in rollout.cause


def test_what_slows_both_versions_down_alike_is_not_the_canarys(world: World) -> None:
    checkout = world.given_function(versions=[SLOW, SLOW])
    rollout = world.when_released(checkout, checks=latency(max_ratio=1.5), **STEPS)
    then_promoted(rollout, checkout, [10, 100])


def test_at_100_percent_a_limit_in_ms_goes_on_and_the_ratio_stands_as_it_was(
    world: World,
) -> None:
    slower_later = Version(latency_ms=[(0, 50), (420, 500)])
    by_ratio = world.given_function("by-ratio", versions=[FAST, slower_later])
    rollout = world.when_released(by_ratio, checks=latency(max_ratio=1.5), **STEPS)
    then_promoted(rollout, by_ratio, [10, 100])
    assert "unproven" not in rollout.output

    by_limit = world.given_function("by-limit", versions=[FAST, slower_later])
    rollout = world.when_released(by_limit, checks=latency(max_ms=800), **STEPS)
    then_rolled_back(rollout, by_limit, [10, 100])


def test_all_at_once_has_no_baseline_to_compare_with(world: World) -> None:
    checkout = world.given_function(versions=[FAST, FAST])
    rollout = world.when_released(
        checkout, checks=latency(max_ratio=1.5), type="all-at-once", max_hold=120
    )
    then_promoted(rollout, checkout, [100])
    assert rollout.output["unproven"] is True


def test_too_few_calls_hold_the_weight_and_are_no_pass(world: World) -> None:
    checkout = world.given_function(versions=[FAST, FAST], calls_per_second=1)
    rollout = world.when_released(
        checkout, checks=latency(max_ms=200), on_insufficient_data="roll-back", **STEPS
    )
    then_rolled_back(rollout, checkout, [10], error="InsufficientData")
    assert "of 100 canary calls timed so far" in rollout.cause


def test_one_slow_function_rolls_its_whole_group_back(world: World) -> None:
    cart = world.given_function("cart", versions=[FAST, FAST])
    stock = world.given_function("stock", versions=[FAST, SLOW])
    rollout = world.when_released([cart, stock], checks=latency(max_ms=200), **STEPS)
    then_rolled_back(rollout, cart, [10])
    then_rolled_back(rollout, stock, [10])
    assert f"{stock.name}:live: p99 is" in rollout.cause


@parametrize("status", ["PartialData", "InternalError", "Forbidden"], short=1)
def test_durations_that_cannot_be_read_fail_the_third_time(
    world: World, partial_answers: list[PartialAnswer], status: str
) -> None:
    checkout = world.given_function(versions=[FAST, FAST])
    partial_answers.append(PartialAnswer(status, metric="Duration"))
    rollout = world.when_released(checkout, checks=latency(max_ms=200), **STEPS)
    then_rolled_back(rollout, checkout, [10])
    assert "could not be made 3 times in a row" in rollout.cause
    assert f"CloudWatch answered {status} for AWS/Lambda Duration" in rollout.cause


def test_durations_that_can_be_read_again_are_forgiven(
    world: World, partial_answers: list[PartialAnswer]
) -> None:
    checkout = world.given_function(versions=[FAST, FAST])
    partial_answers.append(PartialAnswer("InternalError", metric="Duration", times=4))
    rollout = world.when_released(checkout, checks=latency(max_ms=200), **STEPS)
    then_promoted(rollout, checkout, [10, 100])


@parametrize(
    ("options", "problem"),
    [
        ({}, "checks[0]: give max-ms or max-ratio, or both"),
        ({"max_ms": -5}, "checks[0].max-ms: -5 was given"),
        ({"max_ms": 10**400}, "checks[0].max-ms: "),
        ({"max_ms": 1, "percentile": [99]}, "checks[0].percentile: [99] was given"),
        ({"max_ms": 1, "when": "before"}, 'checks[0].when: "before" was given'),
        ({"max_ms": 1, "__class__": "x"}, "checks[0].--class--: unknown key"),
    ],
    short=1,
)
def test_wrong_options_are_refused_at_the_start(
    world: World, options: dict[str, Any], problem: str
) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, checks=latency(**options))
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause


def test_the_sample_input_promotes_a_fast_version(world: World) -> None:
    checkout = world.given_function(versions=[FAST, FAST], alias="MyAlias")
    given = (EVENTS / "latency.json").read_text().replace("MyFunction", checkout.name)
    rollout = world.when_ended(world.when_started(json.loads(given)))
    then_promoted(rollout, checkout, [10, 50, 100])


# Slow in the first three minutes after each of the increases of COLD_STEPS.
COLD = Version(latency_ms=[(0, 500), (185, 50), (480, 500), (670, 50), (960, 500), (1_155, 50)])
COLD_STEPS: dict[str, Any] = {"type": "custom", "weights": [10, 50, 100]}


@pytest.mark.proves("F72")
@pytest.mark.parametrize(
    "check",
    [
        {"type": "latency", "max-ms": 200},
        {"type": "latency", "max-ratio": 1.5},
        {"type": "judge", "slower-than": 200},
    ],
)
def test_a_healthy_version_that_begins_cold_is_promoted(
    world: World, check: dict[str, Any]
) -> None:
    checkout = world.given_function(versions=[FAST, COLD])
    rollout = world.when_released(checkout, checks=[check], **COLD_STEPS)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert "unproven" not in rollout.output


def test_a_version_that_stays_slow_is_not_taken_for_cold(world: World) -> None:
    checkout = world.given_function(versions=[FAST, SLOW])
    checks = [{"type": "judge", "slower-than": 180}, *latency(max_ms=200)]
    rollout = world.when_released(checkout, checks=checks, **COLD_STEPS)
    then_rolled_back(rollout, checkout, [10])


def test_a_version_that_becomes_slow_at_100_percent_is_rolled_back(world: World) -> None:
    """Also where the bake there is shorter than a canary is cold."""
    later = Version(latency_ms=[(0, 50), (485, 500)])
    checkout = world.given_function(versions=[FAST, later])
    rollout = world.when_released(
        checkout, checks=latency(max_ms=200), type="canary", interval=[480, 60]
    )
    then_rolled_back(rollout, checkout, [10, 100])
