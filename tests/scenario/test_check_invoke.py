"""The `invoke` check in whole rollouts: before, during and after, and what it does to nobody."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.services.awslambda import Answer, behave
from sandbox.traffic import Version
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import HEALTHY, World

EVENTS = Path(__file__).resolve().parents[2] / "events"
QUICK: dict[str, Any] = {"weights": [50, 100], "type": "custom", "interval": 120}


class Prices:
    """Version 1 and version 2 of a function that prices carts, and what each was sent."""

    def __init__(self, first: dict[str, Any], second: dict[str, Any]) -> None:
        self._answers = {"1": first, "2": second}
        self.sent: list[tuple[str, Any]] = []

    def answer(self, version: str, event: bytes, now: float) -> Answer:
        self.sent.append((version, json.loads(event)))
        content = {**self._answers[version], "at": now}
        return Answer(json.dumps(content).encode(), error=False, milliseconds=20)


def invoke(**keys: Any) -> dict[str, Any]:
    """Write a check; `asserts` are the conditions, since `assert` is Python's word."""
    conditions = {"assert": keys.pop("asserts")} if "asserts" in keys else {}
    return {"type": "invoke", **conditions, **{k.replace("_", "-"): keys[k] for k in keys}}


@parametrize("when", ["before", "during", "after"], short=1)
def test_a_version_that_answers_as_asked_is_promoted(world: World, when: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    check = invoke(when=when, times=3, max_ms=1_000, asserts=["version == '2'"])
    rollout = world.when_released(checkout, checks=[check], **QUICK)
    then_promoted(rollout, checkout, [50, 100])
    [verdict] = [one for one in rollout.output["checks"] if one["check"] == "invoke"]
    assert verdict["outcome"] == "pass"
    assert verdict["reason"].startswith("3 of 3 calls answered as asked, the slowest in ")


@pytest.mark.proves("F1")
def test_a_version_that_still_wakes_is_asked_again_at_the_next_check(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_call(
        "lambda",
        "Invoke",
        error="SnapStartNotReadyException",
        times=2,
        caller="CheckHealthFunction",
    )
    check = invoke(when="before", asserts=["version == '2'"])
    rollout = world.when_released(checkout, checks=[check], **QUICK)
    then_promoted(rollout, checkout, [50, 100])


def test_a_version_that_answers_wrongly_never_gets_any_traffic(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    check = invoke(when="before", asserts=["version == '7'"])
    rollout = world.when_released(checkout, checks=[check], **QUICK)
    then_rolled_back(rollout, checkout, [])
    assert f"invoke: {checkout.name}:2: does not hold: version == '7' (is false)" in rollout.cause


def test_a_version_that_fails_is_rolled_back(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=1.0))
    rollout = world.when_released(checkout, checks=[invoke()], **QUICK)
    then_rolled_back(rollout, checkout, [50])
    assert "ended in a function error: SyntheticError: this call fails, as asked" in rollout.cause


def test_a_slow_version_is_rolled_back(world: World) -> None:
    checkout = world.given_function(canary=Version(latency_ms=1_000))
    rollout = world.when_released(checkout, checks=[invoke(max_ms=300)], **QUICK)
    then_rolled_back(rollout, checkout, [50])
    assert "ms; at most 300 ms is allowed" in rollout.cause


def test_a_wrong_answer_that_shows_at_the_end_is_never_promoted(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    check = invoke(when="after", asserts=["version == '7'"])
    rollout = world.when_released(checkout, checks=[check], **QUICK)
    then_rolled_back(rollout, checkout, [50, 100])


def test_versions_that_answer_the_same_payload_alike_are_promoted(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    prices = Prices({"total": 5}, {"total": 5.0})
    behave(checkout.name, prices)
    check = invoke(when="before", payload={"cart": [1]}, times=2, compare={"ignore": ["at"]})
    rollout = world.when_released(checkout, checks=[check], min_invocations=0, **QUICK)
    then_promoted(rollout, checkout, [50, 100])
    assert prices.sent == [("2", {"cart": [1]}), ("1", {"cart": [1]})] * 2


def test_a_version_that_answers_differently_is_rolled_back_by_the_difference(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    behave(checkout.name, Prices({"total": 5}, {"total": 6, "vat": 1}))
    check = invoke(when="before", compare={"ignore": ["at"]})
    rollout = world.when_released(checkout, checks=[check], **QUICK)
    then_rolled_back(rollout, checkout, [])
    differ = f"{checkout.name}:2: answers differ from version 1's: "
    assert f'{differ}"total" was a number and is another; "vat" is new' in rollout.cause


def test_the_alias_can_be_called_as_production_does(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    check = invoke(target="alias", asserts=["version"])
    rollout = world.when_released(checkout, checks=[check], **QUICK)
    then_promoted(rollout, checkout, [50, 100])


def test_one_function_of_a_group_can_be_called(world: World) -> None:
    cart = world.given_function("cart", canary=HEALTHY)
    checkout = world.given_function("checkout", canary=HEALTHY)
    check = invoke(function=cart.name, when="before", asserts=["version == '7'"])
    rollout = world.when_released([cart, checkout], checks=[check], **QUICK)
    then_rolled_back(rollout, cart, [])
    assert f"invoke: {cart.name}:2: does not hold" in rollout.cause
    assert f"{checkout.name}:2" not in rollout.cause


def test_calls_that_are_refused_three_times_in_a_row_roll_back(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler(checkout.name, "throttle", times=FOREVER)
    rollout = world.when_released(checkout, checks=[invoke()], type="all-at-once", interval=600)
    then_rolled_back(rollout, checkout, [100])
    assert "could not be made 3 times in a row" in rollout.cause
    assert "TooManyRequestsException" in rollout.cause


def test_a_call_whose_answer_is_lost_is_not_repeated_before_the_next_check(world: World) -> None:
    """Who knows what the function did: calling again is for the next check, which is planned."""
    checkout = world.given_function(canary=HEALTHY)
    prices = Prices({}, {})
    behave(checkout.name, prices)
    world.faults.on_call(
        "lambda", "Invoke", error="ReadTimeout", when="after", caller="CheckHealthFunction"
    )
    rollout = world.when_released(
        checkout, checks=[invoke()], type="all-at-once", interval=300, check_interval=300
    )
    then_promoted(rollout, checkout, [100])
    assert [version for version, _ in prices.sent] == ["2"] * 3  # after 300, 360 and 480 seconds


@pytest.mark.proves("A16")
def test_calls_that_do_not_fit_a_health_check_are_not_begun(world: World) -> None:
    checkout = world.given_function(
        canary=Version(latency_ms=14_000), timeout_seconds=60, calls_per_second=2
    )
    check = invoke(times=10)
    rollout = world.when_released(checkout, checks=[check], type="all-at-once", interval=900)
    then_rolled_back(rollout, checkout, [100])
    assert "last: " in rollout.cause
    assert f"{checkout.name}:2: no time left for it in this health check" in rollout.cause
    assert "TimedOut" not in str(rollout.history)


@parametrize(
    ("keys", "problem"),
    [
        ({"assert": ["a["]}, 'checks[0].assert[0]: "a[" is not JMESPath'),
        ({"assert": ["system('id')"]}, 'calls "system", which JMESPath does not know'),
        ({"function": "somebody-elses"}, 'checks[0].function: "somebody-elses" is not released'),
        ({"target": "$LATEST"}, 'checks[0].target: "$LATEST" was given; allowed: version or'),
        ({"times": 1_000}, "checks[0].times: 1000 was given; allowed: a whole number from 1 to 10"),
        ({"compare": {"only": ["a"]}}, "checks[0].compare.only"),
        ({"payload": None}, "checks[0].payload: null was given"),
        ({"function-nam": "x"}, "checks[0].function-nam: unknown key"),
    ],
    short=1,
)
def test_bad_options_are_refused_at_the_start(
    world: World, keys: dict[str, Any], problem: str
) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, checks=[{"type": "invoke", **keys}])
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause


def test_the_sample_input_runs(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY, alias="MyAlias")
    given = (EVENTS / "invoke.json").read_text().replace("MyFunction", checkout.name)
    rollout = world.when_ended(world.when_started(json.loads(given)))
    then_promoted(rollout, checkout, [10, 50, 100])
