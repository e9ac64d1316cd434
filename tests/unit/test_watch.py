"""At each health check the aliases are looked at: who has changed what of them meanwhile."""

import time
from dataclasses import dataclass, field

import pytest

from domain.model.alias import Alias
from domain.model.errors import AwsUnavailable, Failure
from domain.model.state import State
from tests.unit import fakes
from tests.unit.builders import EXECUTION, alias, baking, group, rollout, take
from watch import watching

CHECKOUT = ("checkout", "live")
OURS = alias("1", {"2": 0.1}, "r1", EXECUTION)
FAILED = Failure(Error="HealthCheckFailed", Cause="30 % failed")


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def passing(state: State) -> State:
    return {**state, "next": "shift"}


def failing(state: State) -> State:
    return {**state, "next": "roll-back", "failure": FAILED}


def test_what_others_changed_of_an_alias_is_taken_over(slept: list[float]) -> None:
    aliases = fakes.Aliases({CHECKOUT: alias("1", {"2": 0.1}, "r2", "theirs")})
    after = watching(baking(rollout()), aliases, passing)
    [member] = after["members"]
    assert (after["next"], member["revision"], member["description"]) == ("shift", "r2", "theirs")
    assert slept == []


@pytest.mark.parametrize(
    "found", [alias("1", {"2": 0.9}, "r2", EXECUTION), alias("1"), alias("2"), None]
)
def test_another_routing_ends_the_rollout(found: Alias | None) -> None:
    held = {CHECKOUT: found} if found else {}
    after = watching(baking(rollout()), fakes.Aliases(held), passing)
    assert after["next"] == "roll-back"
    assert after["failure"]["Error"] == "AliasChanged"
    assert "live of checkout was" in after["failure"]["Cause"]


def test_a_large_group_is_looked_at_again_as_one(slept: list[float]) -> None:
    """A health check's function has 120 seconds for all that it reads."""
    names = [f"f{number}" for number in range(25)]
    after = watching(baking(group(*names)), fakes.Aliases(), passing)
    assert after["failure"]["Cause"].count("was deleted by somebody else") == 25
    assert slept == [2, 2]


def test_a_check_that_fails_says_so_first() -> None:
    after = watching(baking(rollout()), fakes.Aliases(), failing)
    assert after["failure"] == FAILED


@dataclass
class Stale(fakes.Aliases):
    """Shows what was before for so many reads."""

    shown: list[Alias] = field(default_factory=list)

    def read(self, function: str, alias: str) -> Alias | None:
        return self.shown.pop() if self.shown else super().read(function, alias)


def test_what_lambda_shows_for_some_seconds_after_a_write_is_nobodys_change(
    slept: list[float],
) -> None:
    before = alias("1", revision="r0")
    after = watching(baking(rollout()), Stale({CHECKOUT: OURS}, shown=[before, before]), passing)
    assert after["next"] == "shift"
    assert len(slept) == 2


def test_an_alias_that_cannot_be_read_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(function: str, alias: str) -> Alias | None:
        raise AwsUnavailable(f"{alias} of {function}")

    aliases, state = fakes.Aliases(), baking(group("cart", "checkout"))
    monkeypatch.setattr(aliases, "read", unavailable)
    after = watching(state, aliases, passing)
    assert (after["next"], after["members"]) == ("shift", state["members"])


def test_one_that_is_at_the_new_version_is_to_stay_there() -> None:
    state = baking(group("cart", "checkout"))
    take(state, 1, "none")
    held = {("cart", "live"): OURS, CHECKOUT: alias(state["members"][1]["baseline"] or "")}
    assert watching(state, fakes.Aliases(held), passing)["next"] == "shift"
    held[CHECKOUT] = alias("7")
    assert watching(state, fakes.Aliases(held), passing)["next"] == "roll-back"


def test_one_that_is_to_be_created_is_not_to_be_there_yet() -> None:
    state = baking(group("cart", "checkout"))
    take(state, 1, "create")
    held = {("cart", "live"): OURS}
    assert watching(state, fakes.Aliases(held), passing)["next"] == "shift"
    held[CHECKOUT] = alias("2")
    assert watching(state, fakes.Aliases(held), passing)["next"] == "roll-back"
