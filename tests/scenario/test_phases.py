"""Checks before any traffic and at the very end, and what becomes of a canary nobody calls."""

from typing import Any

from sandbox.traffic import Version
from tests.scenario.then import then_promoted, then_rolled_back
from tests.scenario.world import HEALTHY, World

SETTINGS: dict[str, Any] = {"type": "custom", "weights": [50, 100], "interval": 120}


def on_alarm(name: str, when: str) -> dict[str, Any]:
    return {"type": "alarm", "names": [name], "when": when}


def test_a_check_of_before_is_made_before_the_canary_gets_any_traffic(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    alarm = world.given_alarm(checkout)
    rollout = world.when_released(checkout, checks=[on_alarm(alarm, "before")], **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])
    states = [name for name in rollout.states if name != "Decide"]
    assert states[:5] == ["Start", "Plan", "Publish", "CheckHealth", "ShiftWeight"]


def test_a_check_of_before_that_fails_shifts_nothing(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    code = "def handler(event, context):\n    return {'status': 'fail', 'reason': event['when']}"
    asked = world.given_code("asked", code)
    check = {"type": "function", "function": asked, "when": "before"}
    rollout = world.when_released(checkout, checks=[check], **SETTINGS)
    then_rolled_back(rollout, checkout, [])
    assert f"{asked} says: before" in rollout.cause
    assert rollout.messages[-1].subject == f"Not released: {checkout.name} live (HealthCheckFailed)"


def test_a_new_alias_is_not_made_of_a_version_that_fails_before(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    checkout.seen.clear()
    calls: list[dict[str, Any]] = [
        {"type": "invoke", "when": "before", "compare": {}, "status": 200},
        {"type": "invoke", "when": "before", "function-error": "required"},
    ]
    rollout = world.when_released(checkout, checks=calls, **SETTINGS)
    assert (rollout.error, checkout.seen) == ("HealthCheckFailed", [])
    assert world.when_released(checkout, checks=calls[:1], **SETTINGS).status == "SUCCEEDED"
    assert checkout.primaries == ["2"]


def test_a_check_of_after_is_made_at_100_percent_alone(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.05), (60, 0)]))
    check = {"type": "errors", "max-count": 0, "when": "after"}
    rollout = world.when_released(checkout, checks=[check], **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100])
    assert "at most 0 may, at 100 %" in rollout.cause


def test_too_few_calls_hold_the_weight_and_then_end_unproven(world: World) -> None:
    quiet = world.given_function(calls_per_second=0.05)
    began = world.sandbox.clock.now
    rollout = world.when_released(quiet, max_hold=300, min_invocations=1_000, **SETTINGS)
    then_promoted(rollout, quiet, [50, 100])
    assert world.sandbox.clock.now - began >= 240 + 300
    assert rollout.output["unproven"] is True
    assert rollout.output["seconds-held"] >= 300
    [held] = [one for one in rollout.output["checks"] if one["check"] == "min-invocations"]
    assert held["outcome"] == "inconclusive"
    assert f"of 1,000 canary calls of {quiet.name}:live seen so far" in held["reason"]
    assert rollout.messages[-1].subject == f"Promoted (unproven): {quiet.name} live"
    words = "Unproven: still inconclusive: judge, min-invocations."
    assert words in rollout.messages[-1].body("email")


def test_enough_calls_are_not_held(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    began = world.sandbox.clock.now
    rollout = world.when_released(checkout, max_hold=3_000, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])
    assert world.sandbox.clock.now - began < 240 + 180 + 180
    assert "unproven" not in rollout.output


def test_min_invocations_0_never_holds(world: World) -> None:
    silent = world.given_function(calls_per_second=0)
    began = world.sandbox.clock.now
    rollout = world.when_released(silent, min_invocations=0, **SETTINGS)
    then_promoted(rollout, silent, [50, 100])
    assert world.sandbox.clock.now - began < 240 + 180 + 10
    assert rollout.output["unproven"] is True
