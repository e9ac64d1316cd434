import pytest

from domain.model.alias import (
    Routing,
    creation_mark,
    mark,
    marked_by,
    promoted,
    rolled_back,
    shifted,
)
from tests.unit.builders import EXECUTION, alias, facts, planned, rollout, shifters

[MEMBER] = shifters(planned(rollout(), facts(alias=alias(description="the live one"))))


def test_shifting_keeps_the_baseline_primary_also_at_100_percent() -> None:
    assert shifted(MEMBER, 10, EXECUTION) == Routing("1", {"2": 0.1}, EXECUTION)
    assert shifted(MEMBER, 100, EXECUTION) == Routing("1", {"2": 1.0}, EXECUTION)


@pytest.mark.parametrize(("weight", "share"), [(0.01, 0.0001), (33.33, 0.3333), (99.99, 0.9999)])
def test_a_weight_is_a_share_with_four_decimals(weight: float, share: float) -> None:
    assert shifted(MEMBER, weight, EXECUTION).weights == {"2": share}


def test_promoting_and_rolling_back_leave_one_version_and_the_old_description() -> None:
    assert promoted(MEMBER) == Routing("2", {}, "the live one")
    assert rolled_back(MEMBER) == Routing("1", {}, "the live one")


def test_the_mark_is_the_execution_as_far_as_a_description_holds_it() -> None:
    assert mark(EXECUTION) == EXECUTION
    assert len(mark("x" * 300)) == 256


def test_weights_that_travelled_through_json_are_the_same() -> None:
    assert Routing("1", {"2": 0.1}).same(Routing("1", {"2": 0.1 + 1e-12}))


@pytest.mark.parametrize(
    "other",
    [
        Routing("2", {"3": 0.1}, "ours"),
        Routing("1", {"3": 0.2}, "ours"),
        Routing("1", {"4": 0.1}, "ours"),
        Routing("1", {}, "ours"),
    ],
)
def test_any_difference_is_a_difference(other: Routing) -> None:
    assert not Routing("1", {"3": 0.1}, "ours").same(other)


def test_a_description_is_no_routing() -> None:
    assert Routing("1", {"3": 0.1}, "ours").same(Routing("1", {"3": 0.1}, "theirs"))


def test_what_says_who_created_an_alias_is_no_mark() -> None:
    assert marked_by(creation_mark(EXECUTION)) is None


def test_a_routing_reads_as_percents() -> None:
    assert Routing("1").text == "100 % to version 1"
    assert Routing("1", {"2": 0.1}).text == "90 % to version 1 and 10 % to version 2"
    assert Routing("1", {"2": 0.3333}).text == "66.67 % to version 1 and 33.33 % to version 2"
    assert Routing("1", {"2": 1.0}).text == "0 % to version 1 and 100 % to version 2"
