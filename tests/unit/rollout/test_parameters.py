import pytest

from domain.model.progress import Progress
from domain.model.state import State
from domain.rollout.parameters import Order, changed, parameters, taken_in
from tests.unit.builders import NOW, group, planned

CART, CHECKOUT = "/lambda-canary/cart/live", "/lambda-canary/checkout/live"


def begun() -> State:
    return planned(group("cart", "checkout"))


def order(text: str, at: float, version: int, parameter: str = CART) -> Order:
    return Order(text, at, version, parameter)


def looked(
    state: State, *newest: Order, history: tuple[Order, ...] = ()
) -> tuple[State, list[str]]:
    """Look once; return the state and the new orders' texts."""
    found = {one.parameter: one for one in newest}
    histories = {one.parameter: history for one in changed(state, found) if history}
    steering, fresh = taken_in(state, found, histories)
    progress = Progress({**state["progress"], "steering": steering})
    return {**state, "progress": progress}, [one.text for one in fresh]


def test_each_member_has_a_parameter() -> None:
    assert parameters(begun()) == [CART, CHECKOUT]


@pytest.mark.proves("A34")
def test_orders_as_old_as_the_rollout_or_older_are_not_new() -> None:
    for age in (0, 0.001, 86_400):
        old = order("roll-back", NOW - age, 7)
        assert changed(begun(), {CART: old}) == []
        assert looked(begun(), old)[1] == []


@pytest.mark.proves("A34")
def test_the_first_look_takes_all_since_the_start() -> None:
    history = (order("old", NOW - 9, 1), order("pause", NOW + 1, 2), order("resume", NOW + 2, 3))
    state, texts = looked(begun(), history[-1], history=history)
    assert texts == ["pause", "resume"]
    assert looked(state, history[-1], history=history)[1] == []


def test_every_order_since_the_last_look_is_new_in_its_order() -> None:
    history = tuple(order(str(version), NOW - 4 + version, version) for version in range(1, 8))
    state, _ = looked(begun(), history[3])
    assert looked(state, history[-1], history=history)[1] == ["5", "6", "7"]


def test_two_orders_of_the_same_millisecond_are_two() -> None:
    state, _ = looked(begun(), order("pause", NOW + 1, 1))
    twins = (order("pause", NOW + 1, 1), order("roll-back", NOW + 1, 2))
    assert looked(state, twins[1], history=twins)[1] == ["roll-back"]


def test_a_parameter_that_was_deleted_and_made_again_is_read_on() -> None:
    state, _ = looked(begun(), order("pause", NOW + 1, 9))
    state, texts = looked(state)
    assert texts == []
    assert looked(state, order("resume", NOW + 2, 1))[1] == ["resume"]


def test_an_answer_from_before_the_last_look_brings_nothing_again() -> None:
    state, _ = looked(begun(), order("resume", NOW + 2, 2))
    assert looked(state, order("pause", NOW + 1, 1))[1] == []


def test_orders_of_all_members_come_in_the_order_in_which_they_were_written() -> None:
    first, second = order("pause", NOW + 2, 1, CART), order("promote", NOW + 1, 1, CHECKOUT)
    state, texts = looked(begun(), first, second)
    assert texts == ["promote", "pause"]
    assert looked(state, first, order("resume", NOW + 1.5, 2, CHECKOUT))[1] == ["resume"]


def test_an_order_that_came_while_the_history_was_read_is_taken_in_once() -> None:
    history = (
        order("pause", NOW + 1, 1),
        order("resume", NOW + 2, 2),
        order("promote", NOW + 3, 3),
    )
    state, texts = looked(begun(), history[1], history=history)
    assert texts == ["pause", "resume", "promote"]
    assert looked(state, history[2], history=history)[1] == []
