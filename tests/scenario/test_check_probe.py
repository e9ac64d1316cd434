"""The `probe` check, in whole rollouts of functions that hardly anybody calls."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import floor
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.kernel.signals import Invocation
from sandbox.traffic import Version
from tests.long import long, parametrize
from tests.scenario.observed import Released, Rollout
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import BAD, HEALTHY, World, release_of

EVENTS = Path(__file__).resolve().parents[2] / "events"
STEPS: dict[str, Any] = {"type": "custom", "weights": [50, 100], "interval": 120}


def probe(*more: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    return [{"type": "probe", **given}, *more]


@pytest.fixture
def invoked(world: World) -> Iterator[list[Invocation]]:
    """Every invocation that has ended, the probe's own and those that it made."""
    seen: list[Invocation] = []
    world.sandbox.signals.invoked.append(seen.append)
    yield seen
    world.sandbox.signals.invoked.remove(seen.append)


def quiet(world: World, canary: Version = HEALTHY, name: str = "checkout") -> Released:
    return world.given_function(name, canary, calls_per_second=0)


def starts(invoked: list[Invocation], released: Released) -> list[float]:
    return [one.started for one in invoked if one.function == released.name]


def waits(rollout: Rollout) -> list[str]:
    return [name for name in rollout.states if name in ("Bake", "Probe")]


def test_a_function_that_nobody_calls_is_exercised_and_proven(world: World) -> None:
    checkout = quiet(world)
    rollout = world.when_released(
        checkout, checks=probe({"type": "errors", "max-count": 0}), **STEPS
    )
    then_promoted(rollout, checkout, [50, 100])
    assert "unproven" not in rollout.output


def test_a_bad_version_is_found_by_the_probe_alone(world: World) -> None:
    checkout = quiet(world, BAD)
    rollout = world.when_released(checkout, checks=probe(), **STEPS)
    then_rolled_back(rollout, checkout, [50])
    assert f"probe: {checkout.name}:live: " in rollout.cause
    assert "probe calls of the canary failed, 0 of " in rollout.cause
    assert "SyntheticError: this call fails, as asked" in rollout.cause


@parametrize(
    ("options", "flaw"),
    [({"max_ms": 20}, "ms; at most 20 ms is allowed"), ({"assert": ["total"]}, "total (is null)")],
    short=1,
)
def test_answers_that_are_not_as_asked_roll_back(
    world: World, options: dict[str, Any], flaw: str
) -> None:
    checkout = quiet(world)
    rollout = world.when_released(checkout, checks=probe(**options), **STEPS)
    then_rolled_back(rollout, checkout, [50])
    assert flaw in rollout.cause


@pytest.mark.proves("A17")
@parametrize(("rate", "latency_ms"), [(1, 50), (0.2, 50), (4, 50), (2, 1_300)], short=1)
def test_the_rate_is_never_exceeded_and_slow_answers_are_not_caught_up_on(
    world: World, invoked: list[Invocation], rate: float, latency_ms: float
) -> None:
    checkout = quiet(world, Version(latency_ms=[(0, latency_ms), (90, 50)]))
    world.when_released(checkout, checks=probe(rate=rate), **STEPS)
    called = starts(invoked, checkout)
    assert max(Counter(floor(at * rate) for at in called).values()) == 1
    assert min(later - at for at, later in pairwise(called)) >= 0.9 / rate
    # Four times a minute a health check takes its time.
    assert len(called) >= (420 * rate - 14) * (0.5 if latency_ms > 1_000 else 1)


@long
def test_each_function_of_a_group_gets_the_rate(world: World, invoked: list[Invocation]) -> None:
    group = [quiet(world, name=name) for name in ("cart", "checkout", "search")]
    world.when_released(group, checks=probe(), **STEPS)
    for released in group:
        called = starts(invoked, released)
        assert 405 <= len(called) <= 425
        assert max(Counter(map(floor, called)).values()) <= 2
        assert min(later - at for at, later in pairwise(called)) >= 0.9


@long
def test_a_probe_ends_with_its_bake(world: World, invoked: list[Invocation]) -> None:
    checkout = quiet(world)
    rollout = world.when_released(checkout, checks=probe(), **STEPS)
    called = starts(invoked, checkout)
    promoted_at = checkout.now
    world.sandbox.run_for(1_200)
    assert starts(invoked, checkout) == called
    assert checkout.now == promoted_at
    prober = world.stack.physical_id("ProbeFunction")
    for one in (one for one in invoked if one.function == prober):
        assert one.ended - one.started <= 61
    assert waits(rollout) == ["Probe"] * 7  # three of them in the last look


def test_a_probe_costs_no_state_transitions(world: World) -> None:
    settings = {"steps": 3, "interval": 120, "check_interval": 120}
    plain = world.when_released(world.given_function("plain"), **settings)
    probed = world.when_released(world.given_function("probed"), checks=probe(), **settings)
    assert plain.status == probed.status == "SUCCEEDED"
    assert len(probed.states) == len(plain.states)
    more = len(probed.history) - len(plain.history)
    # A Task's events instead of a Wait's, for each of three weights, and twice in the last look.
    assert more == 3 * 5


def test_a_stopped_rollouts_probe_ends_where_the_next_check_would_have_been(
    world: World, invoked: list[Invocation]
) -> None:
    checkout = quiet(world)
    execution = world.when_started(release_of(checkout, checks=probe(), **STEPS))
    world.when_at(50, checkout)
    stopped = world.sandbox.clock.now
    world.sandbox.client("stepfunctions").stop_execution(executionArn=execution)
    world.sandbox.run_for(600)
    assert max(starts(invoked, checkout)) <= stopped + 61


@long
def test_a_probe_longer_than_its_function_may_run_is_cut_by_a_health_check(
    world: World, invoked: list[Invocation]
) -> None:
    checkout = quiet(world)
    rollout = world.when_released(
        checkout, checks=probe(rate=0.1), type="all-at-once", interval=2_000, check_interval=2_000
    )
    then_promoted(rollout, checkout, [100])
    assert waits(rollout) == ["Probe"] * 3
    assert len(starts(invoked, checkout)) == 218


@parametrize("kind", ["crash", "timeout", "exception", "unknown"], short=1)
def test_a_probe_that_fails_is_waited_out_and_does_not_roll_a_healthy_canary_back(
    world: World, kind: Any
) -> None:
    checkout = quiet(world)
    world.faults.on_handler("ProbeFunction", kind, times=2)
    rollout = world.when_released(checkout, checks=probe(), **STEPS)
    then_promoted(rollout, checkout, [50, 100])
    assert waits(rollout)[:4] == ["Probe", "Bake", "Probe", "Bake"]


def test_a_probe_that_fails_three_times_in_a_row_rolls_back(world: World) -> None:
    checkout = quiet(world)
    world.faults.on_handler("ProbeFunction", "crash", times=FOREVER)
    rollout = world.when_released(checkout, checks=probe(), **STEPS)
    then_rolled_back(rollout, checkout, [50])
    assert (
        "probe: could not be made 3 times in a row; last: no probe since the last" in rollout.cause
    )
    assert "Runtime.ExitError" in rollout.cause


@long
def test_no_second_probe_runs_beside_one_whose_answer_got_lost(
    world: World, invoked: list[Invocation]
) -> None:
    checkout = quiet(world)
    execution = world.when_started(release_of(checkout, checks=probe(), **STEPS))
    world.when_at(50, checkout)
    world.faults.on_call("lambda", "Invoke", caller=execution, when="after")
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [50, 100])
    assert waits(rollout)[:3] == ["Probe", "Bake", "Probe"]
    assert max(Counter(map(floor, starts(invoked, checkout))).values()) == 1


def test_a_probe_that_lambda_had_no_room_for_is_tried_again(world: World) -> None:
    checkout = quiet(world)
    world.faults.on_handler("ProbeFunction", "throttle", times=2)
    rollout = world.when_released(checkout, checks=probe(), **STEPS)
    then_promoted(rollout, checkout, [50, 100])
    assert set(waits(rollout)) == {"Probe"}


@long
def test_calls_that_nobody_answers_are_no_pass(world: World) -> None:
    checkout = quiet(world)
    world.faults.on_handler(checkout.name, "throttle", times=FOREVER)
    rollout = world.when_released(checkout, checks=probe(), **STEPS)
    then_rolled_back(rollout, checkout, [50])
    assert "calls of the latest probe got no answer" in rollout.cause
    assert "TooManyRequestsException" in rollout.cause


@long
def test_an_all_at_once_rollout_without_a_bake_is_held_until_it_was_probed(world: World) -> None:
    checkout = quiet(world)
    rollout = world.when_released(checkout, checks=probe(), type="AllAtOnce")
    then_promoted(rollout, checkout, [100])
    assert "unproven" not in rollout.output


@parametrize("fails", [False, True], short=1)
def test_announcing_each_weight_keeps_probing(world: World, fails: bool) -> None:
    checkout = quiet(world)
    if fails:
        world.faults.on_handler("NotifyFunction", "exception")
    rollout = world.when_released(checkout, checks=probe(), notify="all", **STEPS)
    then_promoted(rollout, checkout, [50, 100])
    assert rollout.states.count("Probe") >= 3


def test_metrics_tell_success_and_latency_as_the_caller_sees_it_by_version(world: World) -> None:
    checkout = quiet(world, Version(errors=0.5, latency_ms=100))
    rollout = world.when_released(checkout, checks=probe(max_percent=100, rate=4), **STEPS)
    then_promoted(rollout, checkout, [50, 100])
    world.sandbox.run_for(300)

    def statistics(metric: str, version: str, *names: str) -> list[float]:
        found = world.cloudwatch.get_metric_statistics(
            Namespace="LambdaCanary",
            MetricName=metric,
            Dimensions=[
                {"Name": "function", "Value": checkout.name},
                {"Name": "alias", "Value": "live"},
                {"Name": "version", "Value": version},
            ],
            StartTime=world.sandbox.clock.now - 3_600,
            EndTime=world.sandbox.clock.now,
            Period=3_600,
            Statistics=list(names),
        )["Datapoints"]
        return [sum(point[name] for point in found) for name in names]

    calls, errors = (statistics(name, "2", "Sum")[0] for name in ("ProbeCalls", "ProbeErrors"))
    assert 1_200 < calls < 1_680
    assert statistics("ProbeDuration", "2", "SampleCount") == [calls]
    assert 0.4 < errors / calls < 0.6
    assert statistics("ProbeErrors", "1", "Sum") == [0]
    assert statistics("ProbeCalls", "1", "Sum")[0] + calls >= 1_670


@parametrize(
    ("options", "problem"),
    [
        ({"rate": 11}, "checks[0].rate: 11 was given"),
        ({"rate": 0}, "checks[0].rate: 0 was given"),
        ({"rate": "fast"}, 'checks[0].rate: "fast" was given'),
        ({"payload": None}, "checks[0].payload: null was given"),
        ({"assert": ["a..b"]}, "checks[0].assert[0]: "),
        ({"max_ms": 60_000}, "checks[0].max-ms: 60000 was given"),
        ({"max_percent": 101}, "checks[0].max-percent: 101 was given"),
        ({"when": "before"}, 'checks[0].when: "before" was given; allowed: during'),
        ({"rates": 1}, "checks[0].rates: unknown key; did you mean rate?"),
    ],
    short=1,
)
def test_wrong_options_are_refused_at_the_start(
    world: World, options: dict[str, Any], problem: str
) -> None:
    checkout = quiet(world)
    rollout = world.when_released(checkout, checks=probe(**options))
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause


@pytest.mark.proves("A17")
def test_a_second_probe_is_refused(world: World) -> None:
    checkout = quiet(world)
    rollout = world.when_released(checkout, checks=probe({"type": "alarm"}, {"type": "probe"}))
    then_refused(rollout, checkout, error="InvalidInput")
    assert "checks: 2 of type probe; allowed: up to 1" in rollout.cause


@long
def test_a_short_rollout_in_one_call_is_probed_too(world: World, invoked: list[Invocation]) -> None:
    checkout = quiet(world)
    answer = world.functions.invoke(
        FunctionName=world.stack.outputs["SimpleDeployFunctionName"],
        Payload=json.dumps(release_of(checkout, checks=probe(), **STEPS)),
    )
    assert json.loads(answer["Payload"].read())["status"] == "SUCCEEDED"
    called = starts(invoked, checkout)
    assert len(called) >= 230
    assert max(Counter(map(floor, called)).values()) == 1


def test_the_sample_input_promotes_a_healthy_version(world: World) -> None:
    checkout = world.given_function(alias="MyAlias", calls_per_second=0)
    given = (EVENTS / "probe.json").read_text().replace("MyFunction", checkout.name)
    rollout = world.when_ended(world.when_started(json.loads(given)))
    then_promoted(rollout, checkout, [50, 100])
    assert "unproven" not in rollout.output
