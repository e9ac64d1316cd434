"""The `metric` check, in whole rollouts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.traffic import Version
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import World

EVENTS = Path(__file__).resolve().parents[2] / "events"
FINE, BROKEN = Version(), Version(errors=0.5)
STEPS: dict[str, Any] = {"type": "custom", "weights": [10, 100], "interval": 300}
MINUTE = 60

BACKLOG = {"namespace": "Shop", "metric": "Backlog", "stat": "Maximum"}
ERRORS_OF_CANARY: dict[str, Any] = {
    "namespace": "AWS/Lambda",
    "metric": "Errors",
    "dimensions": {
        "FunctionName": "${function}",
        "Resource": "${function}:${alias}",
        "ExecutedVersion": "${canary}",
    },
    "stat": "Sum",
}


def metric(**options: Any) -> list[dict[str, Any]]:
    return [{"type": "metric", **options}]


def given_backlog(world: World, values: Sequence[float], first_minute: int, queue: str) -> None:
    """One value a minute; minutes count from now, where the rollout is about to start."""
    now = world.sandbox.clock.now // MINUTE * MINUTE
    for at, value in enumerate(values, start=first_minute):
        datum = {
            "MetricName": "Backlog",
            "Dimensions": [{"Name": "Queue", "Value": queue}],
            "Timestamp": datetime.fromtimestamp(now + MINUTE * at, UTC),
            "Value": value,
        }
        world.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum])


def backlog(queue: str, **options: Any) -> list[dict[str, Any]]:
    return metric(**BACKLOG, dimensions={"Queue": queue}, **options)


def test_a_metric_within_its_limits_promotes(world: World) -> None:
    checkout = world.given_function()
    given_backlog(world, [50] * 60, 0, "steady")
    rollout = world.when_released(checkout, checks=backlog("steady", min=1, max=50), **STEPS)
    then_promoted(rollout, checkout, [10, 100])
    assert "unproven" not in rollout.output
    assert "Shop Backlog Maximum: 50 to 50 in " in json.dumps(rollout.output)


@parametrize(("limit", "value"), [({"max": 50}, 51), ({"min": 50}, 49)], short=1)
def test_a_metric_out_of_its_limits_rolls_back(
    world: World, limit: dict[str, float], value: float
) -> None:
    checkout = world.given_function()
    given_backlog(world, [50, 50, value, 50, 50, 50, 50, 50], 0, checkout.name)
    rollout = world.when_released(checkout, checks=backlog("${function}", **limit), **STEPS)
    then_rolled_back(rollout, checkout, [10])
    assert f"metric: {checkout.name}:live: Shop Backlog Maximum: {value} at " in rollout.cause


def test_what_was_before_the_first_shift_does_not_count(world: World) -> None:
    checkout = world.given_function()
    given_backlog(world, [999, 999, 999, *[50] * 60], -2, "drained")
    rollout = world.when_released(checkout, checks=backlog("drained", max=50), **STEPS)
    then_promoted(rollout, checkout, [10, 100])


@parametrize(("value", "shifted"), [(10, [10, 100]), (999, [])], short=1)
def test_before_the_first_shift_it_is_what_decides(
    world: World, value: float, shifted: list[float]
) -> None:
    checkout = world.given_function()
    given_backlog(world, [value] * 10, -12, f"with {value}")
    world.sandbox.run_for(120)
    checks = backlog(f"with {value}", max=50, when="before")
    rollout = world.when_released(checkout, checks=checks, **STEPS)
    if shifted:
        then_promoted(rollout, checkout, shifted)
    else:
        then_rolled_back(rollout, checkout, shifted)
        assert "Shop Backlog Maximum: 999 at " in rollout.cause


def test_a_metric_without_data_is_no_pass(world: World) -> None:
    checkout = world.given_function()
    checks = backlog("nobody knows it", max=1)
    rollout = world.when_released(
        checkout, checks=checks, on_insufficient_data="roll-back", max_hold=120, **STEPS
    )
    then_rolled_back(rollout, checkout, [10], error="InsufficientData")
    assert "Shop Backlog Maximum: no data since 2026-" in rollout.cause


@parametrize("name", ["cart", "stock"], short=1)
def test_placeholders_find_the_canary_of_each_function_of_a_group(world: World, name: str) -> None:
    group = {
        one: world.given_function(one, BROKEN if one == name else FINE) for one in ("cart", "stock")
    }
    checks = metric(**ERRORS_OF_CANARY, max=10)
    rollout = world.when_released(list(group.values()), checks=checks, **STEPS)
    for released in group.values():
        then_rolled_back(rollout, released, [10])
    assert f"metric: {group[name].name}:live: AWS/Lambda Errors Sum: " in rollout.cause


def share_of_errors(version: str) -> dict[str, Any]:
    """Return the percent of a version's calls that fail, by metric math."""
    dimensions = {**ERRORS_OF_CANARY["dimensions"], "ExecutedVersion": version}
    errors = {"id": "bad", **ERRORS_OF_CANARY, "dimensions": dimensions}
    calls = {**errors, "id": "all", "metric": "Invocations"}
    return {"queries": [errors, calls], "expression": "100 * bad / all"}


def test_metric_math_judges_the_canary_and_not_its_baseline(world: World) -> None:
    checkout = world.given_function(versions=[FINE, BROKEN])
    checks = [*metric(**share_of_errors("${baseline}"), max=5)]
    rollout = world.when_released(checkout, checks=checks, **(STEPS | {"weights": [10, 50, 100]}))
    then_promoted(rollout, checkout, [10, 50, 100])

    other = world.given_function("other", versions=[FINE, BROKEN])
    checks += metric(**share_of_errors("${canary}"), max=5)
    rollout = world.when_released(other, checks=checks, **STEPS)
    then_rolled_back(rollout, other, [10])
    assert f"metric-2: {other.name}:live: 100 * bad / all: " in rollout.cause


def test_a_percentile_in_longer_periods_may_be_judged(world: World) -> None:
    checkout = world.given_function(versions=[FINE, Version(latency_ms=400)])
    checks = metric(**ERRORS_OF_CANARY | {"metric": "Duration", "stat": "p90"}, max=300, period=300)
    rollout = world.when_released(
        checkout, checks=checks, **STEPS | {"interval": 1_200, "check-interval": 300}
    )
    then_rolled_back(rollout, checkout, [10])
    assert "AWS/Lambda Duration p90: " in rollout.cause


def test_an_expression_that_cloudwatch_refuses_fails_the_third_time_and_spoils_no_other(
    world: World,
) -> None:
    checkout = world.given_function()
    bad = share_of_errors("${canary}") | {"expression": "100 * bad /"}
    checks = [*metric(**ERRORS_OF_CANARY, max=0), *metric(**bad, max=5)]
    rollout = world.when_released(checkout, checks=checks, **STEPS | {"interval": 600})
    then_rolled_back(rollout, checkout, [10])
    assert "metric-2: could not be made 3 times in a row" in rollout.cause
    assert "ValidationError" in rollout.cause
    assert "metric: could not" not in rollout.cause


@parametrize(
    ("options", "problem"),
    [
        ({"max": 1}, "checks[0]: namespace: missing; metric: missing; stat: missing"),
        ({**BACKLOG}, "checks[0]: give min or max, or both"),
        ({**BACKLOG, "max": 1, "period": 7}, "checks[0].period: 7 was given"),
        ({**BACKLOG, "max": 1, "metric": "${canary.secret}"}, "${canary.secret} is no placeholder"),
        (
            {**share_of_errors("2"), "expression": "bad + other", "max": 1},
            'expression: "other" is no id before it; known: bad, all',
        ),
        (
            {**share_of_errors("2"), "expression": "SEARCH('{AWS/Lambda}', 'Sum')", "max": 1},
            "expression: SEARCH is not supported",
        ),
        ({"queries": [{"id": []}], "expression": "1", "max": 1}, "queries[0].id: [] was given"),
        ({"queries": [[[]]], "expression": "1", "max": 1}, "checks[0].queries[0]: [[]] was given"),
    ],
    short=1,
)
def test_wrong_options_are_refused_at_the_start(
    world: World, options: dict[str, Any], problem: str
) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, checks=metric(**options))
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause


def test_the_sample_input_promotes_a_healthy_version(world: World) -> None:
    checkout = world.given_function(alias="MyAlias")
    given = (EVENTS / "metric.json").read_text().replace("MyFunction", checkout.name)
    rollout = world.when_ended(world.when_started(json.loads(given)))
    then_promoted(rollout, checkout, [10, 50, 100])
    assert "unproven" not in rollout.output
