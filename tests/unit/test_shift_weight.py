import pytest

from domain.model.alias import Routing
from domain.model.errors import AliasChanged
from domain.model.state import State
from shift_weight import shift_weight
from tests.unit import fakes
from tests.unit.builders import EXECUTION, alias, group, planned, take

CART, CHECKOUT = ("cart", "live"), ("checkout", "live")


def shift(state: State, aliases: fakes.Aliases) -> State:
    return shift_weight(state, aliases)


def two() -> fakes.Aliases:
    return fakes.Aliases({CART: alias(), CHECKOUT: alias()})


def test_every_alias_of_the_group_gets_the_weight_and_the_rollouts_mark() -> None:
    aliases = two()
    state = shift(planned(group("cart", "checkout", steps=4)), aliases)
    wanted = Routing("1", {"2": 0.25}, EXECUTION)
    assert [held.routing for held in aliases.held.values()] == [wanted, wanted]
    assert [member["revision"] for member in state["members"]] == [
        "cart written 1",
        "checkout written 2",
    ]
    assert state["progress"]["step"] == 1


def test_the_next_shift_goes_on_from_the_revisions_of_the_last() -> None:
    aliases = two()
    state = shift(shift(planned(group("cart", "checkout", steps=4)), aliases), aliases)
    assert aliases.held[CART].routing.weights == {"2": 0.5}
    assert [one["weight"] for one in state["progress"]["shifts"]] == [25, 50]


def test_a_foreign_change_stops_the_shift() -> None:
    aliases = two()
    aliases.held[CHECKOUT] = alias("1", {"2": 0.5}, revision="r2")
    with pytest.raises(AliasChanged, match="checkout"):
        shift(planned(group("cart", "checkout")), aliases)


def test_a_change_of_all_but_the_routing_is_kept_and_gone_on_from() -> None:
    aliases = two()
    aliases.held[CHECKOUT] = alias(revision="r2", description="theirs")
    state = shift(planned(group("cart", "checkout", steps=4)), aliases)
    assert state["members"][1]["description"] == "theirs"
    aliases.held[CHECKOUT] = alias("1", {"2": 0.25}, revision="r3", description="theirs again")
    state = shift(state, aliases)
    assert aliases.held[CHECKOUT].routing == Routing("1", {"2": 0.5}, EXECUTION)
    assert state["members"][1]["description"] == "theirs again"


def test_a_weight_whose_answer_was_lost_is_not_written_again() -> None:
    aliases = two()
    aliases.held[CHECKOUT] = alias("1", {"2": 0.25}, revision="r2", description="theirs")
    state = shift({**planned(group("cart", "checkout", steps=4)), "next": "shift"}, aliases)
    assert aliases.written == [CART]
    assert state["members"][1]["revision"] == "r2"
    assert state["members"][1]["description"] == "theirs"


def test_the_same_weight_of_another_rollout_stops_the_shift() -> None:
    aliases, other = two(), EXECUTION.replace("rollout-1", "rollout-2")
    aliases.held[CHECKOUT] = alias("1", {"2": 0.25}, revision="r2", description=other)
    with pytest.raises(AliasChanged, match="checkout"):
        shift({**planned(group("cart", "checkout", steps=4)), "next": "shift"}, aliases)


def test_what_takes_no_part_is_not_touched() -> None:
    aliases = two()
    state = planned(group("cart", "checkout"))
    take(state, 0, "none")
    shift(state, aliases)
    assert aliases.written == [CHECKOUT]
