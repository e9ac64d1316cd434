"""How a person ends a hold for want of calls, and when people hear of one."""

from typing import Any

from domain.checks.support.counts import Counts
from domain.model.questions import AlarmState, CouldNotAsk, Question
from domain.model.state import State
from domain.rollout.holding import to_be_told
from domain.rollout.orders import obey
from domain.rollout.parameters import Order
from domain.rollout.shift import after_shift
from tests.unit.builders import LIMIT, NOW, baking, checked, planned, rollout

ENDS = NOW + 300  # of the bake
FEW = {"checkout:live": Counts(5, 0)}
BAD = {"checkout:live": Counts(100, 30)}
APPROVE = "approve rollout-1"


def holding(**keys: object) -> State:
    """In the hold that began at the end of the bake at 10 %, one minute old."""
    settings = {"interval": 300, "checks": LIMIT, "on_insufficient_data": "roll-back", **keys}
    state = checked(baking(rollout(**settings), at=NOW), ENDS, FEW)
    return checked(state, ENDS + 60, FEW)


def ordered(state: State, text: str, at: float) -> State:
    after, refused = obey(state, [Order(text, at)])
    assert refused == []
    return after


def test_an_approval_in_a_hold_goes_on_unproven() -> None:
    after = checked(ordered(holding(), APPROVE, ENDS + 90), ENDS + 120, FEW)
    assert (after["next"], after["progress"]["step"]) == ("shift", 1)
    assert after["progress"]["unproven"]


def test_an_approval_in_the_last_minute_of_max_hold_counts() -> None:
    after = checked(ordered(holding(max_hold=120), APPROVE, ENDS + 90), ENDS + 120, FEW)
    assert after["next"] == "shift"


def test_an_approval_from_before_the_hold_does_not_end_it() -> None:
    early = baking(rollout(interval=300, checks=LIMIT, approvals=[10]), at=NOW)
    early = ordered(early, APPROVE, NOW + 200)
    for now in (ENDS, ENDS + 60):
        early = checked(early, now, FEW)
        assert early["next"] == "bake"


def test_an_approval_whose_check_could_not_be_made_ends_the_hold_at_the_next() -> None:
    state = ordered(holding(), APPROVE, ENDS + 90)
    state = checked(state, ENDS + 120, CouldNotAsk("throttled"))
    assert state["next"] == "bake"
    assert checked(state, ENDS + 180, FEW)["next"] == "shift"


def test_a_person_ends_no_hold_of_what_fails() -> None:
    for text in (APPROVE, "promote"):
        after = checked(ordered(holding(), text, ENDS + 90), ENDS + 120, BAD)
        assert after["failure"]["Error"] == "HealthCheckFailed"


def test_roll_back_ends_a_hold_too() -> None:
    after = checked(ordered(holding(), "roll-back", ENDS + 90), ENDS + 120, FEW)
    assert after["failure"]["Error"] == "RolledBackByOperator"


def test_a_promotion_in_a_hold_looks_for_three_minutes_at_100_percent_and_ends_unproven() -> None:
    state = checked(ordered(holding(max_hold=120), "promote", ENDS + 90), ENDS + 120, FEW)
    assert (state["next"], state["progress"]["step"]) == ("shift", 9)
    shifted = ENDS + 121
    state = after_shift(state, 100.0, shifted)
    for seconds in (60, 120):
        state = checked(state, shifted + seconds, FEW)
        assert state["next"] == "bake"
    assert checked(state, shifted + 180, BAD)["next"] == "roll-back"
    state = checked(state, shifted + 180, FEW)
    assert state["next"] == "finalize"
    assert state["progress"]["unproven"]


def test_a_promotion_from_before_the_hold_does_not_end_it() -> None:
    early = baking(rollout(interval=300, checks=LIMIT), at=NOW)
    early = ordered(early, "promote", NOW + 100)
    for now in (NOW + 120, ENDS, ENDS + 60, ENDS + 120):
        early = checked(early, now, FEW)
        assert early["next"] == "bake"


def test_a_pause_in_a_hold_outlasts_max_hold() -> None:
    paused = ordered(holding(max_hold=90), "pause", ENDS + 80)
    for seconds in (120, 180, 900):
        paused = checked(paused, ENDS + seconds, FEW)
        assert paused["next"] == "bake"


def test_a_hold_is_told_once_when_it_has_lasted_for_two_minutes() -> None:
    state, told = holding(max_hold=3_600), []
    for seconds in range(120, 600, 60):
        after = checked(state, ENDS + seconds, FEW)
        told.append(to_be_told(state["progress"], after["progress"]))
        state = after
    assert told == [True] + [False] * 7


def test_what_passes_holds_no_more() -> None:
    state = holding(approvals=[10])
    passed = checked(state, ENDS + 120, {"checkout:live": Counts(100, 0)})
    assert passed["next"] == "ask-approval"
    assert passed["progress"]["hold_began"] == 0


def test_a_hold_before_the_first_weight_is_ended_so_too() -> None:
    checks = [{"type": "alarm", "names": ["a"], "when": "before"}]
    unknown: dict[Question[Any], Any] = {AlarmState("a"): "INSUFFICIENT_DATA"}
    state = planned(rollout(checks=checks))
    state = checked(state, NOW + 10, {}, unknown)
    approved = ordered(state, APPROVE, NOW + 30)
    assert checked(approved, NOW + 70, {}, unknown)["next"] == "shift"
    promoted = checked(ordered(state, "promote", NOW + 30), NOW + 70, {}, unknown)
    assert promoted["next"] == "shift"
    assert promoted["progress"]["steering"]["insists"]
