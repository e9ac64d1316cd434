"""What a rollout in one call has left, by what it said beforehand and how its aliases stand."""

import json

import pytest

from domain.abandoned import left, noted
from domain.alias import Alias
from domain.rollback import left_by_us
from domain.state import State
from tests.unit.builders import EXECUTION, alias, facts, group, planned, rollout

CALL = "arn:aws:lambda:us-east-1:123456789012:function:SimpleDeploy:42"
GROUP = group("cart", "checkout", steps=4, interval=60)

UNTOUCHED = alias("1")
SHIFTED = alias("1", {"2": 0.5}, revision="r5", words=CALL)
PROMOTED = alias("2", revision="r9")
GONE_BACK = alias("1", revision="r9")


def note(raw: dict[str, object] = GROUP) -> State:
    """As it comes back out of the queue."""
    state = planned(raw)
    said: State = json.loads(
        json.dumps(noted({**state, "execution": {**state["execution"], "id": CALL}}))
    )
    return said


def to_give_back(*found: Alias | None) -> list[str]:
    """The functions whose aliases go back, in their order."""
    said = note()
    by_name = dict(zip(("cart", "checkout"), found, strict=True))
    return [
        member["function"]
        for state, member in left(said, found)
        if (now := by_name[member["function"]]) and left_by_us(state, member, now)
    ]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 1.0])
def test_any_planned_weight_under_the_calls_mark_goes_back(share: float) -> None:
    found = alias("1", {"2": share}, revision="r5", words=CALL)
    assert to_give_back(found, found) == ["cart", "checkout"]


@pytest.mark.parametrize(
    "found",
    [
        UNTOUCHED,
        PROMOTED,
        GONE_BACK,
        None,
        alias("1", {"2": 0.5}, revision="r5", words="another rollout's"),
        alias("1", {"2": 0.5}, revision="r5", words=EXECUTION),
        alias("1", {"2": 0.33}, revision="r5", words=CALL),
        alias("1", {"3": 0.5}, revision="r5", words=CALL),
        alias("3", {"2": 0.5}, revision="r5", words=CALL),
    ],
)
def test_nothing_else_proves_that_the_call_did_not_come_to_its_end(found: Alias | None) -> None:
    assert left(note(), [found, found]) == []


def test_a_promotion_half_done_goes_back_and_what_proves_it_comes_last() -> None:
    assert to_give_back(SHIFTED, PROMOTED) == ["checkout", "cart"]
    assert to_give_back(PROMOTED, SHIFTED) == ["cart", "checkout"]


@pytest.mark.parametrize("other", [alias("3", revision="theirs"), None])
def test_beside_a_weighted_alias_somebody_elses_stays(other: Alias | None) -> None:
    assert to_give_back(SHIFTED, other) == ["cart"]


def test_an_alias_that_was_not_reached_is_whole_as_it_is() -> None:
    assert to_give_back(SHIFTED, UNTOUCHED) == ["checkout", "cart"]


def test_an_alias_to_create_is_nobodys_business() -> None:
    """Beside a weighted one it is not there yet, or somebody else's."""
    said = note()
    said["members"][1] |= {"part": "create", "baseline": None, "revision": None}
    created = alias("2", revision="r1", words=CALL)
    assert [member["function"] for _, member in left(said, [SHIFTED, created])] == ["cart"]
    assert left(said, [PROMOTED, created]) == []


def test_nothing_that_may_be_secret_is_noted() -> None:
    checks = [
        {"type": "invoke", "payload": {"token": "s3cret"}},
        {"type": "http", "url": "https://shop.example", "headers": {"Authorization": "s3cret"}},
    ]
    state = planned(rollout(checks=checks), found=facts())
    assert "s3cret" in json.dumps(state)
    assert "s3cret" not in json.dumps(noted(state))
