"""The `judge` check, in whole rollouts under CloudWatch's delay: what docs/judge.md promises."""

import re
from typing import Any, Literal

import pytest

from domain.model.clock import epoch
from sandbox.services.cloudwatch.partial_answers import PartialAnswer
from sandbox.traffic import Outage, Version
from tests.long import long, parametrize
from tests.scenario.observed import Released
from tests.scenario.then import then_promoted, then_refused, then_rolled_back, then_whole
from tests.scenario.world import HOUR, World

BASE = Version(errors=0.01)
QUARTERS: dict[str, Any] = {"steps": 4, "interval": 240}
WEIGHTS = [25.0, 50.0, 75.0, 100.0]
OUTAGE = Outage(100, 400, errors=0.5)


def judge(**options: Any) -> list[dict[str, Any]]:
    return [{"type": "judge", **{key.replace("_", "-"): value for key, value in options.items()}}]


def evidence_of(output: dict[str, Any], check: str = "judge") -> list[dict[str, Any]]:
    (found,) = (one["evidence"] for one in output["checks"] if one["check"] == check)
    assert isinstance(found, list)
    return found


def test_a_healthy_release_under_a_base_rate_of_one_percent_is_promoted(world: World) -> None:
    checkout = world.given_function(versions=[BASE, BASE], calls_per_second=50)
    rollout = world.when_released(checkout, steps=10, interval=180)
    then_promoted(rollout, checkout, [10.0 * k for k in range(1, 11)])
    assert "unproven" not in rollout.output
    (found,) = evidence_of(rollout.output)
    assert (found["function-name"], found["alias-name"]) == (checkout.name, "live")
    assert found["evidence"] < 2
    assert found["canary"][0] > 20_000
    assert found["canary"][1] > 100


@pytest.mark.proves("A64")
def test_an_outage_of_what_both_versions_need_rolls_nothing_back(world: World) -> None:
    checkout = world.given_function(versions=[BASE, BASE], outages=[OUTAGE])
    rollout = world.when_released(checkout, **QUARTERS)
    then_promoted(rollout, checkout, WEIGHTS)
    (found,) = evidence_of(rollout.output)
    assert found["canary"][1] > 500
    assert found["evidence"] < 2


def test_an_alarm_as_codedeploy_has_it_rolls_back_in_the_same_outage(world: World) -> None:
    """The same traffic to the call; the alarm fires on any error, whatever version it is from."""
    checkout = world.given_function(versions=[BASE, BASE], outages=[OUTAGE])
    alarm = world.given_alarm(checkout)
    rollout = world.when_released(
        checkout,
        checks=[{"type": "alarm", "names": [alarm]}],
        **QUARTERS,
    )
    then_rolled_back(rollout, checkout, [25])
    assert f"alarm: {alarm}: firing" in rollout.cause


def test_a_late_regression_is_rolled_back_at_the_weight_at_which_it_comes(world: World) -> None:
    canary = Version(errors=[(0, 0.01), (270, 0.2)])
    checkout = world.given_function(versions=[BASE, canary])
    rollout = world.when_released(checkout, steps=4, interval=360)
    then_rolled_back(rollout, checkout, WEIGHTS[:2])
    assert "if the versions were equal, evidence this strong would come up in 1" in rollout.cause


@long
def test_a_bad_night_is_seen_by_a_check_two_days_later(world: World) -> None:
    """What is older than twelve hours is read by the hour."""
    night = Version(errors=[(0, 0.01), (5 * HOUR, 0.3), (9 * HOUR, 0.01)])
    checkout = world.given_function(versions=[BASE, night], calls_per_second=0.5)
    rollout = world.when_released(
        checkout, type="canary", interval=48 * HOUR, check_interval=48 * HOUR
    )
    then_rolled_back(rollout, checkout, [10])
    assert f"judge: {checkout.name}:live: canary " in rollout.cause


def test_twice_the_errors_at_high_traffic_are_rolled_back(world: World) -> None:
    checkout = world.given_function(versions=[BASE, Version(errors=0.02)], calls_per_second=500)
    rollout = world.when_released(checkout, steps=10, interval=300)
    assert rollout.error == "HealthCheckFailed"
    assert checkout.weights in ([10.0], [10.0, 20.0])
    assert f"judge: {checkout.name}:live: canary " in rollout.cause
    then_whole(checkout, "1")


def test_a_quiet_function_is_held_and_then_promoted_unproven(world: World) -> None:
    quiet = world.given_function(calls_per_second=0.02)
    rollout = world.when_released(quiet, type="canary", interval=120, max_hold=240)
    then_promoted(rollout, quiet, [10, 100])
    assert rollout.output["unproven"] is True
    assert rollout.output["seconds-held"] in (240, 241)
    (check, _) = rollout.output["checks"]
    assert check["outcome"] == "inconclusive"
    assert "20 canary calls beside some of the baseline are wanted" in check["reason"]


def test_a_quiet_function_is_rolled_back_where_the_input_says_so(world: World) -> None:
    quiet = world.given_function(calls_per_second=0.02)
    rollout = world.when_released(
        quiet,
        type="canary",
        interval=120,
        max_hold=240,
        min_invocations=1,
        on_insufficient_data="roll-back",
        checks=judge(min_calls=30),
    )
    then_rolled_back(rollout, quiet, [10], error="InsufficientData")
    assert "30 canary calls beside some of the baseline are wanted" in rollout.cause


def test_slow_calls_are_judged_like_failed_ones(world: World) -> None:
    """None fails, and the alias as a whole is hardly slower."""
    slow = [Version(latency_ms=100), Version(latency_ms=180)]
    checkout = world.given_function(versions=slow)
    rollout = world.when_released(checkout, checks=judge(slower_than=190), **QUARTERS)
    then_rolled_back(rollout, checkout, [25])
    assert "calls took longer than 190 ms" in rollout.cause


def test_what_slows_both_versions_down_alike_is_nobodys_fault(world: World) -> None:
    busy = Version(latency_ms=[(0, 100), (300, 180), (600, 100)])
    checkout = world.given_function(versions=[busy, busy])
    rollout = world.when_released(checkout, checks=[*judge(), *judge(slower_than=190)], **QUARTERS)
    then_promoted(rollout, checkout, WEIGHTS)
    assert evidence_of(rollout.output, "judge-2")[0]["canary"][1] > 100


@parametrize("when", ["before", "after"], short=1)
def test_every_minute_counts_once_also_where_checks_are_made_again(
    world: World, when: Literal["before", "after"]
) -> None:
    """Lambda throttles checks; with `after` they have run, and only their answers are lost."""
    checkout = world.given_function(versions=[BASE, BASE], timeout_seconds=120)
    world.faults.on_handler("CheckHealthFunction", "throttle", when=when, skip=3, times=3)
    rollout = world.when_released(checkout, **QUARTERS)
    then_promoted(rollout, checkout, WEIGHTS)
    (found,) = evidence_of(rollout.output)
    began, ended = (epoch(rollout.output["weights"][at]["at"]) for at in (0, -1))
    for version, counts in (("1", found["baseline"]), ("2", found["canary"])):
        assert counts == totals(world, checkout, version, began, ended)


def totals(
    world: World, released: Released, version: str, began: float, ended: float
) -> list[float]:
    """Count calls and errors in the minutes from that of `began` to that of `ended`."""
    dimensions = {
        "FunctionName": released.name,
        "Resource": f"{released.name}:{released.alias}",
        "ExecutedVersion": version,
    }
    found = []
    for metric in ("Invocations", "Errors"):
        points = world.cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=began // 60 * 60,
            EndTime=-(-ended // 60) * 60,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        found.append(sum(point["Sum"] for point in points))
    return found


def test_one_bad_function_rolls_its_group_back_with_its_part_of_alpha(world: World) -> None:
    cart = world.given_function("cart", versions=[BASE, BASE])
    stock = world.given_function("stock", versions=[BASE, Version(errors=0.06)])
    rollout = world.when_released(
        [cart, stock], checks=[*judge(), *judge(slower_than=800)], **QUARTERS
    )
    then_rolled_back(rollout, cart, cart.weights)
    then_rolled_back(rollout, stock, stock.weights)
    assert f"judge: {stock.name}:live: canary " in rollout.cause
    rare = re.search(r"would come up in 1 rollout of ([0-9,]+)", rollout.cause)
    assert rare
    assert int(rare[1].replace(",", "")) >= 100


def test_the_evidence_can_be_graphed(world: World) -> None:
    checkout = world.given_function(versions=[BASE, Version(errors=0.5)])
    rollout = world.when_released(checkout, **QUARTERS)
    then_rolled_back(rollout, checkout, [25])
    world.sandbox.run_for(180)
    dimensions = {
        "service": "lambda-canary",
        "function": checkout.name,
        "alias": "live",
        "check": "judge",
    }
    points = world.cloudwatch.get_metric_statistics(
        Namespace="LambdaCanary",
        MetricName="Evidence",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=world.sandbox.clock.now - 3_600,
        EndTime=world.sandbox.clock.now,
        Period=3_600,
        Statistics=["SampleCount", "Maximum"],
    )["Datapoints"]
    assert sum(point["SampleCount"] for point in points) == rollout.states.count("CheckHealth")
    assert max(point["Maximum"] for point in points) >= 2


def test_strict_lets_no_error_pass(world: World) -> None:
    """One call in a hundred fails, whichever version answers: the judge alone would promote."""
    checkout = world.given_function(versions=[BASE, BASE])
    rollout = world.when_released(checkout, checks=judge(strict=True), **QUARTERS)
    then_rolled_back(rollout, checkout, [25])
    assert "canary calls failed; none may (strict)" in rollout.cause


def test_all_at_once_goes_by_an_absolute_limit_instead(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=0.3))
    rollout = world.when_released(checkout, type="all-at-once", interval=300)
    then_rolled_back(rollout, checkout, [100])
    assert "at most 5 % may" in rollout.cause


@parametrize("status", ["PartialData", "InternalError", "Forbidden"], short=1)
def test_counts_in_part_are_an_error_and_not_zero(world: World, status: str) -> None:
    checkout = world.given_function(canary=Version(errors=0.0))
    world.sandbox.cloudwatch.partial_answers.append(PartialAnswer(status, metric="Errors"))
    rollout = world.when_released(checkout, **QUARTERS)
    world.sandbox.cloudwatch.partial_answers.clear()
    then_rolled_back(rollout, checkout, [25])
    assert "could not be made 3 times in a row" in rollout.cause


@parametrize(
    ("options", "problem"),
    [
        ({"alpha": 0}, "checks[0].alpha: 0 was given"),
        ({"alpha": 10**400}, "checks[0].alpha: "),
        ({"alpha": "1 %"}, 'checks[0].alpha: "1 %" was given'),
        ({"slower_than": 0}, "checks[0].slower-than: 0 was given"),
        ({"slower_than": 800.5}, "checks[0].slower-than: 800.5 was given"),
        ({"slower_than": 800, "strict": True}, "checks[0]: strict: goes with errors"),
        ({"strict": "no"}, 'checks[0].strict: "no" was given'),
        ({"min_calls": 0}, "checks[0].min-calls: 0 was given"),
        ({"settle": 60}, "checks[0].settle: 60 was given"),
        ({"when": "before"}, 'checks[0].when: "before" was given'),
        ({"max_count": 0}, "checks[0].max-count: unknown key"),
    ],
    short=1,
)
def test_wrong_options_are_refused_at_the_start(
    world: World, options: dict[str, Any], problem: str
) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, checks=judge(**options))
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause
