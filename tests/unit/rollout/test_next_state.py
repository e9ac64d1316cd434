"""What an operator, an approval or a pause makes of a decision; and the phases before and after."""

from typing import Any

import pytest

from domain.checks.support.counts import Counts
from domain.limits.history_budget import MAX_CONTINUATIONS
from domain.model.member import LATEST
from domain.model.questions import AlarmState, Question
from domain.model.state import State
from domain.rollout.evaluate import due
from domain.rollout.orders import obey
from domain.rollout.parameters import Order
from tests.unit.builders import LIMIT, NOW, baking, checked, planned, rollout

ENDS = NOW + 300  # of the bake
A = AlarmState("a")
OK: dict[Question[Any], Any] = {A: "OK"}
ENOUGH = {"checkout:live": Counts(100, 0)}
FEW = {"checkout:live": Counts(5, 0)}
BAD = {"checkout:live": Counts(100, 30)}


def state(*orders: str, at: float = NOW, **keys: Any) -> State:
    """In the bake after 10 %, set at NOW, with these orders written a second apart after `at`."""
    before = baking(rollout(**{"interval": 300, "checks": LIMIT, **keys}), at=NOW)
    return ordered(before, *orders, at=at)


def ordered(before: State, *orders: str, at: float = NOW) -> State:
    written = [Order(word, at + second) for second, word in enumerate(orders, start=1)]
    return obey(before, written)[0]


def names(state: State, now: int) -> list[str]:
    return [name for name, _ in due(state, now)]


CHECKS = [{"type": "alarm", "names": ["a"], "when": when} for when in ("before", "during", "after")]


def test_before_the_first_weight_only_the_checks_of_before_are_made() -> None:
    assert names(planned(rollout(checks=CHECKS)), NOW) == ["alarm"]


def test_in_a_bake_only_those_of_during() -> None:
    assert names(state(checks=CHECKS), ENDS) == ["alarm-2"]


def test_when_the_last_bake_is_over_those_of_after_too() -> None:
    last = state(checks=CHECKS, steps=1)
    assert names(last, ENDS + LATEST - 1) == ["alarm-2"]
    assert names(last, ENDS + LATEST) == ["alarm-2", "alarm-3"]


def test_promotion_by_order_asks_those_of_after_at_once() -> None:
    assert names(state("promote", checks=CHECKS, steps=1), NOW + 60) == ["alarm-2", "alarm-3"]


def test_checks_of_before_that_pass_lead_to_the_first_shift() -> None:
    after = checked(planned(rollout(checks=CHECKS)), NOW, {}, OK)
    assert after["next"] == "shift"
    assert [last["check"] for last in after["progress"]["verdicts"]] == ["alarm"]


def test_a_check_of_before_that_fails_shifts_nothing() -> None:
    after = checked(planned(rollout(checks=CHECKS)), NOW, {}, {A: "ALARM"})
    assert (after["next"], after["failure"]["Error"]) == ("roll-back", "HealthCheckFailed")


def test_a_check_of_before_that_knows_too_little_holds_as_any_other() -> None:
    held = planned(rollout(checks=CHECKS, max_hold=60))
    for now, seconds in ((NOW, 0), (NOW + 60, 60)):
        held = checked(held, now, {}, {A: "INSUFFICIENT_DATA"})
        assert held["progress"]["held"] == seconds
    assert held["next"] == "shift"


def test_a_check_of_after_that_fails_is_never_promoted() -> None:
    after = checked(state(checks=CHECKS[2:], steps=1), ENDS + LATEST, ENOUGH, {A: "ALARM"})
    assert after["next"] == "roll-back"


def test_roll_back_is_obeyed_whatever_the_checks_say() -> None:
    for counts in (ENOUGH, FEW):
        after = checked(state("roll-back"), NOW + 60, counts)
        assert after["failure"] == {
            "Error": "RolledBackByOperator",
            "Cause": "an operator ordered roll-back at 2026-01-05T09:00:01Z",
        }


def test_a_check_that_fails_is_the_reason_also_where_an_operator_ordered_it() -> None:
    after = checked(state("roll-back"), NOW + 60, BAD)
    assert after["failure"]["Error"] == "HealthCheckFailed"


def test_a_pause_lets_the_bake_run_and_then_holds_the_weight() -> None:
    baked = checked(state("pause"), NOW + 60, ENOUGH)
    assert baked["progress"]["wait_until"] == "2026-01-05T09:02:00Z"
    after = checked(baked, ENDS, ENOUGH)
    assert (after["next"], after["progress"]["wait_until"]) == ("bake", "2026-01-05T09:06:00Z")


def test_a_pause_is_no_holding() -> None:
    after = state("pause", max_hold=60, on_insufficient_data="roll-back")
    for minute in range(60):
        after = checked(after, ENDS + 60 * minute, FEW)
        assert (after["next"], after["progress"]["held"]) == ("bake", 0)
    resumed = checked(ordered(after, "resume", at=ENDS), ENDS + 3_600, FEW)
    assert (resumed["next"], resumed["progress"]["held"]) == ("bake", 0)
    assert checked(resumed, ENDS + 3_660, FEW)["failure"]["Error"] == "InsufficientData"


def test_a_pause_before_the_first_weight_holds_it_at_zero() -> None:
    paused = ordered(planned(rollout(checks=CHECKS)), "pause")
    after = checked(paused, NOW + 60, {}, OK)
    assert after["next"] == "bake"
    assert checked(ordered(after, "resume", at=NOW + 60), NOW + 120, {}, OK)["next"] == "shift"


def test_a_bad_version_is_rolled_back_also_in_a_pause() -> None:
    assert checked(state("pause"), ENDS, BAD)["next"] == "roll-back"


def test_promote_goes_to_the_last_weight_once_the_checks_pass() -> None:
    waiting = checked(state("promote"), NOW + 60, FEW)
    assert waiting["next"] == "bake"
    after = checked(waiting, NOW + 120, ENOUGH)
    assert (after["next"], after["progress"]["step"]) == ("shift", 9)


def test_promote_at_the_last_weight_ends_its_bake_but_not_the_last_look() -> None:
    """Ordered a second after the bake began; what comes until then is seen three minutes later."""
    waiting = checked(state("promote", steps=1, interval=900, approvals=[100]), NOW + 60, ENOUGH)
    assert waiting["next"] == "bake"
    assert waiting["progress"]["bake_ends"] == NOW + 1 + LATEST
    assert checked(waiting, NOW + LATEST, ENOUGH)["next"] == "bake"
    assert checked(waiting, NOW + 1 + LATEST, BAD)["next"] == "roll-back"
    assert checked(waiting, NOW + 1 + LATEST, ENOUGH)["next"] == "finalize"


def test_promote_in_the_last_look_makes_it_no_longer() -> None:
    late = checked(state("promote", steps=1, at=ENDS + 60), ENDS + 120, ENOUGH)
    assert late["progress"]["bake_ends"] == ENDS + LATEST


def test_promote_promotes_nothing_that_fails() -> None:
    assert checked(state("promote"), NOW + 60, BAD)["next"] == "roll-back"


def test_an_approval_is_asked_for_once_after_its_weight_has_passed() -> None:
    assert checked(state(approvals=[10]), NOW + 60, ENOUGH)["next"] == "bake"
    asked = checked(state(approvals=[10]), ENDS, ENOUGH)
    assert (asked["next"], asked["progress"]["asked_at"]) == ("ask-approval", ENDS)
    assert asked["progress"]["wait_until"] == "2026-01-05T09:06:00Z"
    again = checked(asked, ENDS + 60, ENOUGH)
    assert (again["next"], again["progress"]["asked_at"]) == ("bake", ENDS)


def test_other_weights_need_no_approval() -> None:
    assert checked(state(approvals=[20]), ENDS, ENOUGH)["next"] == "shift"


@pytest.mark.parametrize("at", [NOW, ENDS + 30], ids=["before it was asked", "after"])
def test_an_approval_passes_the_weight(at: int) -> None:
    asked = checked(state(approvals=[10]), ENDS, ENOUGH)
    approved = ordered(asked, "approve rollout-1", at=at)
    assert checked(approved, ENDS + 60, ENOUGH)["next"] == "shift"


def test_an_approval_from_before_the_weight_was_set_does_not() -> None:
    late = baking(rollout(interval=300, approvals=[10], checks=LIMIT), at=NOW + 600)
    early = ordered(late, "approve rollout-1", at=NOW)
    assert checked(early, NOW + 900, ENOUGH)["next"] == "ask-approval"


def test_an_approval_in_the_last_second_counts_and_one_later_does_not() -> None:
    asked = checked(state(approvals=[10], approval_timeout=90), ENDS, ENOUGH)
    waiting = checked(asked, ENDS + 60, ENOUGH)
    assert waiting["progress"]["wait_until"] == "2026-01-05T09:06:30Z"
    approved = ordered(waiting, "approve rollout-1", at=ENDS + 88)
    assert checked(approved, ENDS + 90, ENOUGH)["next"] == "shift"
    assert checked(waiting, ENDS + 90, ENOUGH)["failure"] == {
        "Error": "ApprovalTimedOut",
        "Cause": "nobody approved within 1 min 30 s",
    }


def test_too_little_data_while_approval_is_awaited_does_not_stop_the_clock() -> None:
    asked = checked(state(approvals=[10], approval_timeout=90), ENDS, ENOUGH)
    waiting = checked(asked, ENDS + 60, FEW)
    assert checked(waiting, ENDS + 90, FEW)["failure"]["Error"] == "ApprovalTimedOut"


def test_too_little_data_after_an_approval_holds_with_all_of_max_hold_left() -> None:
    asked = checked(state(approvals=[10]), ENDS, ENOUGH)
    approved = ordered(checked(asked, ENDS + 60, FEW), "approve rollout-1", at=ENDS + 60)
    after = checked(approved, ENDS + 120, FEW)
    assert (after["next"], after["progress"]["held"]) == ("bake", 0)


def test_after_a_pause_the_time_for_an_approval_begins_anew() -> None:
    asked = checked(state(approvals=[10], approval_timeout=90), ENDS, ENOUGH)
    paused = checked(ordered(asked, "pause", at=ENDS), ENDS + 60, ENOUGH)
    paused = checked(paused, ENDS + 600, ENOUGH)
    resumed = checked(ordered(paused, "resume", at=ENDS + 600), ENDS + 660, ENOUGH)
    assert resumed["next"] == "bake"
    assert checked(resumed, ENDS + 690, ENOUGH)["failure"]["Error"] == "ApprovalTimedOut"


def test_approve_does_not_end_a_pause() -> None:
    asked = checked(state(approvals=[10]), ENDS, ENOUGH)
    both = ordered(asked, "pause", "approve rollout-1", at=ENDS)
    held = checked(both, ENDS + 60, ENOUGH)
    assert held["next"] == "bake"
    assert checked(ordered(held, "resume", at=ENDS + 60), ENDS + 120, ENOUGH)["next"] == "shift"


def test_a_wait_that_the_workflow_cannot_hold_any_longer_rolls_back() -> None:
    full = state("pause")
    full["progress"]["leg"] = MAX_CONTINUATIONS
    after = checked(full, ENDS + 3_600, ENOUGH)
    assert after["failure"] == {
        "Error": "ApprovalTimedOut",
        "Cause": "no order came to go on, and the workflow cannot hold more health checks, "
        "1 h after the bake",
    }
