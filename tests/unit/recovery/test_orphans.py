"""What a rollout in one call has left, by what it said beforehand and how its aliases stand."""

import json

import pytest

from domain.ending.ownership import is_ours
from domain.model.alias import Alias, Routing
from domain.model.member import Member, Released, member_of
from domain.model.state import State
from domain.recovery.orphans import left, noted, unpromoted
from domain.rollout.shift import after_shift
from restore import restore
from tests.unit import fakes
from tests.unit.builders import EXECUTION, NOW, alias, facts, group, planned, rollout

CALL = "arn:aws:lambda:us-east-1:123456789012:function:SimpleDeploy:42"
GROUP = group("cart", "checkout", steps=4, interval=60)

UNTOUCHED = alias("1")
SHIFTED = alias("1", {"2": 0.5}, revision="r5", description=CALL)
AT_LAST = alias("1", {"2": 1.0}, revision="r5", description=CALL)
PROMOTED = alias("2", revision="r9")
GONE_BACK = alias("1", revision="r9")


def to_create(member: Member) -> Member:
    """Return the same member, but its alias was not there before."""
    released: Released = member
    return member_of({**released, "revision": None}, None)


def note(raw: dict[str, object] = GROUP) -> State:
    """As it comes back out of the queue."""
    state = planned(raw)
    said: State = json.loads(
        json.dumps(noted({**state, "execution": {**state["execution"], "id": CALL}}))
    )
    return said


def to_give_back(*found: Alias | None) -> list[str]:
    """Return the functions whose aliases go back, in their order."""
    said = note()
    by_name = dict(zip(("cart", "checkout"), found, strict=True))
    return [
        member["function"]
        for state, member in left(said, found)
        if (now := by_name[member["function"]]) and is_ours(state, member, now)
    ]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 1.0])
def test_any_planned_weight_under_the_calls_mark_goes_back(share: float) -> None:
    found = alias("1", {"2": share}, revision="r5", description=CALL)
    assert to_give_back(found, found) == ["cart", "checkout"]


@pytest.mark.proves("A42")
@pytest.mark.parametrize(
    "found",
    [
        UNTOUCHED,
        PROMOTED,
        GONE_BACK,
        None,
        alias("1", {"2": 0.5}, revision="r5", description=EXECUTION),
    ],
)
def test_nothing_else_proves_that_the_call_did_not_come_to_its_end(found: Alias | None) -> None:
    assert left(note(), [found, found]) == []


@pytest.mark.proves("A42")
@pytest.mark.parametrize(
    ("version", "weights"), [("1", {"2": 0.33}), ("1", {"3": 0.5}), ("3", {"2": 0.5}), ("1", {})]
)
def test_from_what_somebody_has_routed_under_the_calls_mark_only_the_mark_goes(
    version: str, weights: dict[str, float]
) -> None:
    found = alias(version, weights, revision="r5", description=CALL)
    aliases = fakes.Aliases({("cart", "live"): found})
    for state, member in left(note(), [found, None]):
        assert not restore(state, member, aliases, doubtful="cry").changed
    assert aliases.held["cart", "live"].routing == Routing(version, weights, "")


def test_a_planned_weight_without_the_mark_is_looked_at_and_not_taken_for_ours() -> None:
    doubtful = alias("1", {"2": 0.5}, revision="r5", description="put back")
    assert to_give_back(doubtful, PROMOTED) == ["cart"]
    aliases = fakes.Aliases({("cart", "live"): doubtful})
    ((state, member),) = left(note(), [doubtful, PROMOTED])
    status = restore(state, member, aliases, doubtful="cry")
    assert (status.stranded, status.changed, aliases.written) == (True, False, [])


def test_a_promotion_half_done_goes_back_and_what_proves_it_comes_last() -> None:
    assert to_give_back(AT_LAST, PROMOTED) == ["checkout", "cart"]
    assert to_give_back(PROMOTED, AT_LAST) == ["cart", "checkout"]


def test_before_the_last_weight_nothing_is_promoted_but_by_somebody_else() -> None:
    assert to_give_back(SHIFTED, PROMOTED) == ["cart"]


@pytest.mark.parametrize("other", [alias("3", revision="theirs"), None])
def test_beside_a_weighted_alias_somebody_elses_stays(other: Alias | None) -> None:
    assert to_give_back(SHIFTED, other) == ["cart"]


def test_an_alias_that_was_not_reached_is_whole_as_it_is() -> None:
    assert to_give_back(SHIFTED, UNTOUCHED) == ["cart"]


def test_an_alias_that_the_call_has_created_goes_back_beside_one_at_the_last_weight() -> None:
    said = note()
    said["members"][1] = to_create(said["members"][1])
    created = alias("2", description=f"Created by {CALL}")
    theirs = alias("2", description="somebody's")

    def goes_back(other: Alias, found: Alias) -> bool:
        ((state, member), _) = left(said, [other, found])
        assert member["function"] == "checkout"
        return is_ours(state, member, found)

    assert goes_back(AT_LAST, created)
    assert not goes_back(AT_LAST, theirs)
    assert not goes_back(SHIFTED, created)
    assert left(said, [PROMOTED, created]) == []


def finalizing() -> State:
    """With both aliases at the last weight, as far as the execution knows."""
    state: State = {**after_shift(planned(GROUP), 100.0, NOW), "next": "finalize"}
    for member in state["members"]:
        member["revision"] = "at last"
    return state


IN_HAND = alias("1", {"2": 1.0}, revision="at last", description=EXECUTION)


def test_a_promotion_goes_back_beside_an_alias_that_proves_it_undone() -> None:
    for found, order in (
        ([IN_HAND, PROMOTED], ["checkout", "cart"]),
        ([PROMOTED, IN_HAND], ["cart", "checkout"]),
    ):
        assert [
            member["function"] for member in unpromoted(finalizing(), found, proven=True)
        ] == order


def test_a_promotion_without_such_a_proof_may_be_a_later_rollouts() -> None:
    other_mark = EXECUTION.replace("rollout-1", "rollout-2")
    later = alias("1", {"2": 1.0}, revision="r9", description=other_mark)
    for other in (PROMOTED, GONE_BACK, later, None):
        assert unpromoted(finalizing(), [PROMOTED, other], proven=False) == []


def test_a_weight_like_ours_alone_proves_it_only_soon_after_the_end() -> None:
    theirs = alias("1", {"2": 1.0}, revision="r9", description="put back")
    assert len(unpromoted(finalizing(), [PROMOTED, theirs], proven=False)) == 2
    assert unpromoted(finalizing(), [PROMOTED, theirs], proven=True) == []


def test_an_alias_that_the_promotion_has_created_proves_it_too() -> None:
    state = finalizing()
    state["members"][1] = to_create(state["members"][1])
    created = alias("2", revision="r1", description=f"Created by {EXECUTION}")
    found = unpromoted(state, [PROMOTED, created], proven=True)
    assert [member["function"] for member in found] == ["cart", "checkout"]


@pytest.mark.proves("A43")
def test_nothing_that_may_be_secret_is_noted() -> None:
    checks = [
        {"type": "invoke", "payload": {"token": "s3cret"}},
        {"type": "http", "url": "https://shop.example", "headers": {"Authorization": "s3cret"}},
    ]
    state = planned(rollout(checks=checks), found=facts())
    assert "s3cret" in json.dumps(state)
    assert "s3cret" not in json.dumps(noted(state))
