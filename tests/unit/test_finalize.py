import pytest

from domain.model.alias import Alias, Routing
from domain.model.errors import AliasChanged
from domain.model.state import State
from domain.planning.preflight import Facts
from finalize import finalize
from tests.unit import fakes
from tests.unit.builders import (
    EXECUTION,
    alias,
    baking,
    facts,
    group,
    planned,
    rollout,
    take,
    version,
)

LIVE = ("checkout", "live")


def promote(state: State, aliases: fakes.Aliases) -> State:
    return finalize(state, aliases)


def test_the_new_version_becomes_the_only_one_and_the_description_comes_back() -> None:
    aliases = fakes.Aliases({LIVE: alias("1", {"2": 1.0}, description="marked")})
    state = promote(
        baking(rollout(), found=facts(alias=alias(description="the live one"))), aliases
    )
    assert aliases.held[LIVE].routing == Routing("2", {}, "the live one")
    assert state["next"] == "succeed"
    assert state["result"]["status"] == "SUCCEEDED"


def test_a_foreign_change_is_not_overwritten() -> None:
    aliases = fakes.Aliases({LIVE: alias("7", revision="r2")})
    with pytest.raises(AliasChanged):
        promote(baking(rollout()), aliases)
    assert aliases.held[LIVE].routing == Routing("7")


def test_an_alias_is_created_at_the_new_version() -> None:
    aliases = fakes.Aliases()
    state = promote(planned(rollout(), Facts(exists=True, canary=version())), aliases)
    assert aliases.held[LIVE].routing == Routing("2", {}, f"Created by {EXECUTION}")
    assert state["result"]["summary"] == "live of checkout created at 2"


def test_aliases_to_create_come_before_the_last_promotion_which_proves_that_it_is_not_done() -> (
    None
):
    names = ["basket", "cart", "checkout", "stock"]
    aliases = fakes.Aliases({(name, "live"): alias() for name in names if name != "cart"})
    state = baking(group(*names))
    take(state, 1, "create")
    take(state, 3, "none")
    after = promote(state, aliases)
    assert [name for name, _ in aliases.written] == ["basket", "cart", "checkout"]
    assert [member["function"] for member in after["members"]] == names


def test_an_alias_that_is_there_already_is_not_written() -> None:
    there = Alias(Routing("2"), "r1")
    aliases = fakes.Aliases({LIVE: there})
    promote(planned(rollout(), facts(alias=there)), aliases)
    assert aliases.written == []
