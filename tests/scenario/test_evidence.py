"""How much must be known of the canary before the weight rises, and what is known of it alone."""

import pytest

from sandbox.services.cloudwatch.partial_answers import PartialAnswer
from sandbox.traffic import Outage, Version
from tests.long import long, parametrize
from tests.scenario.then import then_promoted, then_rolled_back, then_whole
from tests.scenario.world import HEALTHY, World, release_of

DAY = 86_400
LIMIT = [{"type": "errors", "max-percent": 5}]


def test_the_first_weight_is_held_until_enough_calls_were_seen(world: World) -> None:
    """Six calls a minute reach the canary: it takes more than five minutes to see thirty."""
    checkout = world.given_function(calls_per_second=1)
    rollout = world.when_released(
        checkout, type="canary", first_weight=10, interval=60, min_invocations=30
    )
    then_promoted(rollout, checkout, [10, 100])
    assert 200 <= rollout.output["seconds-held"] < 600
    assert "unproven" not in rollout.output


def test_a_quiet_function_is_promoted_unproven(world: World) -> None:
    silent = world.given_function(calls_per_second=0)
    rollout = world.when_released(silent, steps=2, interval=60, max_hold=120)
    then_promoted(rollout, silent, [50, 100])
    assert rollout.output["unproven"] is True
    assert rollout.output["seconds-held"] in (120, 121)
    assert rollout.messages[-1].subject == f"Promoted (unproven): {silent.name} live"
    words = "Unproven: still inconclusive: judge, min-invocations."
    assert words in rollout.messages[-1].body("email")


def test_a_quiet_function_whose_few_calls_all_fail_is_not_promoted(world: World) -> None:
    quiet = world.given_function(canary=Version(errors=1.0), calls_per_second=0.06)
    rollout = world.when_released(quiet, steps=2, interval=60, max_hold=300)
    then_rolled_back(rollout, quiet, [50])
    assert "so plain a failure is not promoted unproven, after 30" in rollout.cause


def test_a_quiet_function_in_an_outage_of_both_versions_is_not_rolled_back(world: World) -> None:
    quiet = world.given_function(calls_per_second=0.06, outages=[Outage(0, 7_200, errors=1.0)])
    rollout = world.when_released(quiet, steps=2, interval=60, max_hold=300)
    then_promoted(rollout, quiet, [50, 100])
    assert rollout.output["unproven"] is True


def test_a_quiet_function_is_rolled_back_where_the_input_says_so(world: World) -> None:
    silent = world.given_function(calls_per_second=0.01)
    rollout = world.when_released(
        silent, steps=2, interval=60, max_hold=120, on_insufficient_data="roll-back"
    )
    then_rolled_back(rollout, silent, [50], error="InsufficientData")


def test_no_invocations_wanted_never_holds(world: World) -> None:
    silent = world.given_function(calls_per_second=0)
    rollout = world.when_released(silent, steps=2, interval=60, min_invocations=0)
    then_promoted(rollout, silent, [50, 100])
    assert rollout.output["seconds-held"] == 0
    assert rollout.output["unproven"] is True


@pytest.mark.proves("A11")
def test_without_health_check_nothing_is_asked(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=1.0))
    rollout = world.when_released(checkout, steps=2, interval=60, health_check=False)
    then_promoted(rollout, checkout, [50, 100])
    assert "GetMetricData" not in {call.operation for call in world.calls}


def test_one_failed_call_in_twenty_passes_and_two_do_not(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=0.08))
    rollout = world.when_released(checkout, steps=2, interval=240, checks=LIMIT)
    then_rolled_back(rollout, checkout, [50])


def test_the_limit_is_the_inputs_own(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=0.08))
    rollout = world.when_released(
        checkout, steps=2, interval=120, checks=[{"type": "errors", "max-percent": 12}]
    )
    then_promoted(rollout, checkout, [50, 100])


def test_calls_that_time_out_are_seen_although_they_are_reported_late(world: World) -> None:
    """A call of this function may hang for five minutes before it counts as an error.

    So what hangs in the first two minutes is reported from the sixth on, several weights later,
    under the minutes in which it began: the errors belong to the rollout all the same.
    """
    hanging = Version(timeouts=[(0, 0.3), (120, 0.0)])
    checkout = world.given_function(canary=hanging, timeout_seconds=300)
    rollout = world.when_released(
        checkout, steps=10, interval=60, checks=[{"type": "errors", "max-count": 0}]
    )
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    assert 4 <= len(checkout.weights) < 10
    then_whole(checkout, "1")


@long
def test_an_error_in_the_first_minute_is_seen_sixteen_days_later(world: World) -> None:
    """CloudWatch keeps minutes for 15 days; then five of them make a period, from 09:05 say.

    The shift, at three minutes past the hour, is inside one.
    """
    world.sandbox.run_for(180)
    checkout = world.given_function(
        canary=Version(errors=[(0, 0.5), (60, 0.0)]), calls_per_second=[(0, 5), (600, 0.01)]
    )
    rollout = world.when_released(
        checkout,
        type="all-at-once",
        interval=16 * DAY,
        check_interval=16 * DAY,
        checks=[{"type": "errors", "max-count": 0}],
    )
    then_rolled_back(rollout, checkout, [100])


@long
def test_all_calls_of_a_rollout_of_hours_are_counted_once(world: World) -> None:
    """Whatever hour they came in, and although each check folds those that are final."""
    checkout = world.given_function(
        canary=Version(errors=0.02), calls_per_second=[(0, 5), (10_000, 0)]
    )
    rollout = world.when_released(
        checkout, steps=3, interval=3_600, check_interval=600, checks=LIMIT
    )
    then_promoted(rollout, checkout, [33.33, 66.67, 100])
    errors, calls = (
        world.total(checkout, "2", metric, seconds=4 * 3_600)
        for metric in ("Errors", "Invocations")
    )
    (verdict, _) = rollout.output["checks"]
    assert f": {errors:,} of {calls:,} canary calls failed" in verdict["reason"]
    assert calls > 30_000


def test_a_failing_baseline_does_not_convict_the_canary(world: World) -> None:
    checkout = world.given_function(versions=[Version(errors=0.5), HEALTHY])
    rollout = world.when_released(
        checkout, steps=3, interval=120, checks=[{"type": "errors", "max-count": 0}]
    )
    then_promoted(rollout, checkout, [33.33, 66.67, 100])


@pytest.mark.proves("A63")
def test_calls_through_another_alias_do_not_count(world: World) -> None:
    """Version 2 fails, but only callers of the other alias have noticed."""
    checkout = world.given_function(canary=Version(errors=1.0), calls_per_second=0)
    world.functions.create_alias(
        FunctionName=checkout.name,
        Name="beta",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}},
    )
    execution = world.when_started(release_of(checkout, steps=2, interval=120, max_hold=60))
    world.when_at(50, checkout)
    answers = [world.functions.invoke(FunctionName=f"{checkout.name}:beta") for _ in range(20)]
    assert [answer["FunctionError"] for answer in answers] == ["Unhandled"] * 20
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [50, 100])
    assert rollout.output["unproven"] is True


@parametrize("status", ["PartialData", "InternalError", "Forbidden"], short=1)
def test_an_incomplete_answer_is_asked_for_again(world: World, status: str) -> None:
    checkout = world.given_function()
    world.sandbox.cloudwatch.partial_answers.append(PartialAnswer(status, times=2))
    rollout = world.when_released(checkout, steps=2, interval=120)
    then_promoted(rollout, checkout, [50, 100])


def test_a_shared_outage_convicts_by_the_absolute_limit(world: World) -> None:
    """The errors check looks at the canary alone, so an outage that hits both rolls back."""
    checkout = world.given_function(outages=[Outage(60, 600, errors=0.4)])
    rollout = world.when_released(checkout, steps=2, interval=180, checks=LIMIT)
    then_rolled_back(rollout, checkout, [50])
