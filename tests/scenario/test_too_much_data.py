"""A task answers more than Step Functions carries: caught, as AWS was seen to, or the end of it."""

from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_whole
from tests.scenario.world import HEALTHY, World, release_of

SETTINGS: dict[str, Any] = {"type": "custom", "weights": [50, 100], "interval": 120}
SWEEP = 300  # seconds from one look of the guard at all dead rollouts to the next
TASKS = ["CheckHealthFunction", "FinalizeFunction", "ShiftWeightFunction", "PlanFunction"]


@pytest.mark.proves("F84")
@parametrize("when", ["after", "before"], short=1)
@parametrize("function", TASKS, short=2)
def test_where_it_is_caught_the_rollout_rolls_back(world: World, function: str, when: Any) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler(function, "oversized", times=FOREVER, when=when)
    rollout = world.when_released(checkout, **SETTINGS)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert rollout.cause.startswith("States.DataLimitExceeded: ")
    then_whole(checkout, "1")


@pytest.mark.proves("F84")
def test_where_it_is_caught_and_was_only_once_the_rollout_goes_on(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler("CheckHealthFunction", "oversized")
    then_promoted(world.when_released(checkout, **SETTINGS), checkout, [50, 100])


@pytest.mark.proves("F84")
def test_where_the_rollback_answers_too_much_step_functions_rolls_back(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(50, checkout)
    world.faults.on_handler("RollBackFunction", "oversized", times=FOREVER)
    world.when_ordered("roll-back", checkout)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "RolledBackByOperator")
    then_whole(checkout, "1")


@pytest.mark.proves("F84")
@parametrize("when", ["after", "before"], short=1)
@parametrize("function", TASKS, short=2)
def test_where_it_ends_the_execution_the_guard_sees_that_the_alias_is_whole(
    world: World, function: str, when: Any
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.data_limit_is_terminal = True
    world.faults.on_handler(function, "oversized", times=FOREVER, when=when)
    rollout = world.when_released(checkout, **SETTINGS)
    assert (rollout.status, rollout.error) == ("FAILED", "States.DataLimitExceeded")
    world.sandbox.run_for(SWEEP)
    has_promoted = (function, when) == ("FinalizeFunction", "after")
    then_whole(checkout, "2" if has_promoted else "1")


@pytest.mark.proves("F84")
@pytest.mark.parametrize("terminal", [False, True])
def test_a_promotion_whose_message_answers_too_much_stays(world: World, terminal: bool) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.data_limit_is_terminal = terminal
    world.faults.on_handler("NotifyFunction", "oversized", times=FOREVER)
    rollout = world.when_released(checkout, **SETTINGS)
    assert rollout.status == ("FAILED" if terminal else "SUCCEEDED")
    world.sandbox.run_for(SWEEP)
    then_whole(checkout, "2")
