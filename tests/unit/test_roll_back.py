from dataclasses import dataclass

import pytest

from domain.model.alias import Alias, Routing
from domain.model.errors import AwsUnavailable, Failure
from domain.model.state import State
from roll_back import roll_back
from tests.unit import fakes
from tests.unit.builders import EXECUTION, NOW, alias, baking, group, rollout

CART, CHECKOUT = ("cart", "live"), ("checkout", "live")
SHIFTED = alias("1", {"2": 0.1}, revision="r1", description=EXECUTION)


def undo(state: State, aliases: fakes.Aliases) -> State:
    failure = Failure(Error="HealthCheckFailed", Cause="30 % failed")
    return roll_back({**state, "failure": failure}, aliases)


def test_a_weighted_alias_goes_back_to_its_baseline() -> None:
    aliases = fakes.Aliases({CHECKOUT: SHIFTED})
    state = undo(baking(rollout()), aliases)
    assert aliases.held[CHECKOUT].routing == Routing("1")
    assert state["failure"] == {
        "Error": "HealthCheckFailed",
        "Cause": "30 % failed, at 10 % (weight 1 of 10). "
        "Now: live of checkout routes 100 % to version 1.",
    }


def test_an_alias_that_was_never_shifted_is_not_written() -> None:
    aliases = fakes.Aliases({CHECKOUT: alias()})
    undo({**baking(rollout()), "next": "shift"}, aliases)
    assert aliases.written == []


def test_somebody_elses_routing_is_left_and_said() -> None:
    foreign = alias("7", revision="r2")
    aliases = fakes.Aliases({CHECKOUT: foreign})
    state = undo(baking(rollout()), aliases)
    assert aliases.held[CHECKOUT] == foreign
    assert state["failure"]["Cause"].endswith(
        "Now: live of checkout routes 100 % to version 7, as somebody else left it."
    )


def test_a_deleted_alias_is_said() -> None:
    cause = undo(baking(rollout()), fakes.Aliases())["failure"]["Cause"]
    assert cause.endswith("Now: live of checkout does not exist.")


@dataclass
class Raced(fakes.Aliases):
    """Somebody writes `then` just before our first write."""

    then: Alias = SHIFTED

    def write(self, function: str, alias: str, wanted: Routing, revision: str) -> str | None:
        if self.held[CHECKOUT] == SHIFTED:
            self.held[CHECKOUT] = self.then
            return None
        return super().write(function, alias, wanted, revision)


def test_a_change_of_the_routing_in_the_very_moment_is_left_and_said() -> None:
    aliases = Raced({CHECKOUT: SHIFTED}, then=alias("1", {"2": 0.9}, "r2", "theirs"))
    failure = undo(baking(rollout()), aliases)["failure"]
    assert failure["Error"] == "RollbackFailed"
    assert failure["Cause"].startswith(
        "the new version keeps calls; HealthCheckFailed: 30 % failed"
    )
    assert failure["Cause"].endswith(
        "10 % to version 1 and 90 % to version 2, as somebody else left it."
    )


def test_a_change_of_anything_else_in_the_very_moment_is_kept() -> None:
    aliases = Raced({CHECKOUT: SHIFTED}, then=alias("1", {"2": 0.1}, "r2", "theirs"))
    assert undo(baking(rollout()), aliases)["failure"]["Error"] == "HealthCheckFailed"
    assert aliases.held[CHECKOUT].routing == Routing("1", {}, "theirs")


def test_of_somebody_elses_weights_only_our_mark_is_taken_off() -> None:
    aliases = fakes.Aliases({CHECKOUT: alias("1", {"2": 0.9}, "r2", EXECUTION)})
    undo(baking(rollout()), aliases)
    assert aliases.held[CHECKOUT].routing == Routing("1", {"2": 0.9}, "")


def test_every_alias_is_tried_before_a_failure_is_raised() -> None:
    throttled = AwsUnavailable("throttled")
    aliases = fakes.Aliases({CART: SHIFTED, CHECKOUT: SHIFTED}, failing={CART: throttled})
    with pytest.raises(AwsUnavailable):
        undo(baking(group("cart", "checkout")), aliases)
    assert aliases.held[CHECKOUT].routing == Routing("1")


def test_rolling_back_again_changes_nothing_and_says_the_same() -> None:
    aliases = fakes.Aliases({CHECKOUT: SHIFTED})
    first = undo(baking(rollout()), aliases)
    assert undo(baking(rollout()), aliases) == first
    assert aliases.written == [CHECKOUT]


def test_one_function_promoted_and_one_not_both_go_back() -> None:
    promoted = Alias(Routing("2"), "r2")
    aliases = fakes.Aliases({CART: promoted, CHECKOUT: SHIFTED})
    undo({**baking(group("cart", "checkout"), at=NOW), "next": "finalize"}, aliases)
    assert [held.routing for held in aliases.held.values()] == [Routing("1"), Routing("1")]


def test_before_the_plan_nothing_is_touched() -> None:
    state: State = {"execution": baking(rollout())["execution"], "input": {}}
    cause = undo(state, fakes.Aliases())["failure"]["Cause"]
    assert cause == "30 % failed. Now: nothing has changed."
