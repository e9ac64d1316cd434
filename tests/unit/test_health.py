from typing import Any

import pytest

from domain.evidence import Counts, Evidence
from domain.health import alarms_of, conclude, names_of
from domain.state import State
from tests.unit.builders import NOW, baking, rollout

ENDS = NOW + 300  # of the bake, in `state` below


def state(**keys: Any) -> State:
    firing = keys.pop("firing", None)
    return baking(rollout(**{"interval": 300, "steps": 2, **keys}), firing=firing)


def seen(calls: int = 100, errors: int = 0, wanted: int = 20, **more: Any) -> Evidence:
    counts = {"checkout:live": Counts(calls, errors)}
    return Evidence(**{"counts": counts, "min_invocations": wanted, **more})


UNREADABLE = Evidence(counts_unavailable="throttled", min_invocations=20)


def test_a_healthy_canary_bakes_on_until_the_bake_ends() -> None:
    after = conclude(state(), seen(), NOW + 60)
    assert after["next"] == "bake"
    assert after["progress"]["wait_until"] == "2026-01-05T09:02:00Z"


def test_a_healthy_canary_gets_its_next_weight_when_the_bake_has_ended() -> None:
    after = conclude(state(), seen(), ENDS)
    assert after["next"] == "shift"
    assert not after["progress"]["unproven"]


def test_a_weight_is_announced_first_where_every_weight_is_wanted() -> None:
    assert conclude(state(notify="all"), seen(), ENDS)["next"] == "announce"


@pytest.mark.parametrize("notify", ["all", "outcome"])
def test_after_the_last_weight_comes_the_promotion(notify: str) -> None:
    assert conclude(state(steps=1, notify=notify), seen(), ENDS)["next"] == "finalize"


def test_a_bad_canary_rolls_back_at_once_with_the_reason() -> None:
    after = conclude(state(), seen(1_000, 300), NOW + 60)
    assert after["next"] == "roll-back"
    assert after["failure"] == {
        "Error": "HealthCheckFailed",
        "Cause": "errors: checkout:live: 300 of 1,000 canary calls failed (30.00 %); "
        "at most 5 % may",
    }


def test_too_few_calls_hold_the_first_weight_and_then_promote_unproven() -> None:
    held = conclude(state(max_hold=60), seen(5), ENDS)
    assert (held["next"], held["progress"]["held"]) == ("bake", 0)
    assert held["progress"]["verdicts"][-1] == {
        "check": "min-invocations",
        "outcome": "inconclusive",
        "reason": "5 of 20 canary calls of checkout:live seen so far",
        "errors": 0,
    }
    after = conclude(held, seen(5), ENDS + 60)
    assert (after["next"], after["progress"]["held"]) == ("shift", 60)
    assert after["progress"]["unproven"]


def test_too_few_calls_roll_back_where_the_input_says_so() -> None:
    raw = {"max_hold": 60, "on_insufficient_data": "roll-back"}
    after = conclude(conclude(state(**raw), seen(5), ENDS), seen(5), ENDS + 60)
    assert after["failure"]["Error"] == "InsufficientData"


def test_calls_that_come_while_holding_end_it_proven() -> None:
    after = conclude(conclude(state(), seen(5), ENDS), seen(25), ENDS + 60)
    assert after["next"] == "shift"
    assert not after["progress"]["unproven"]


def test_min_invocations_0_is_no_check_of_its_own_but_no_calls_are_unproven() -> None:
    after = conclude(state(min_invocations=0), seen(0, wanted=0), ENDS)
    assert after["next"] == "shift"
    assert after["progress"]["unproven"]
    assert [last["check"] for last in after["progress"]["verdicts"]] == ["errors"]


def test_metrics_that_cannot_be_read_three_times_in_a_row_roll_back() -> None:
    after = state()
    for check in (1, 2):
        after = conclude(after, UNREADABLE, NOW + 60 * check)
        assert after["next"] == "bake"
    after = conclude(after, UNREADABLE, NOW + 180)
    assert after["failure"]["Error"] == "HealthCheckFailed"
    assert "could not be made 3 times in a row" in after["failure"]["Cause"]


def test_one_answer_between_starts_the_errors_anew() -> None:
    after = state()
    for check, evidence in enumerate([UNREADABLE, UNREADABLE, seen(), UNREADABLE, UNREADABLE]):
        after = conclude(after, evidence, NOW + 20 * check)
    assert after["next"] == "bake"
    assert after["progress"]["verdicts"][0]["errors"] == 2


def test_an_alarm_firing_from_the_start_is_ignored_until_it_was_ok_once() -> None:
    at_start = state(alarms=["old"], firing=["old"])
    burning = conclude(at_start, seen(alarms={"old": "ALARM"}, **ignored("old")), NOW + 60)
    assert burning["next"] == "bake"
    assert burning["progress"]["ignored_alarms"] == ["old"]
    healed = conclude(burning, seen(alarms={"old": "OK"}, **ignored("old")), NOW + 120)
    assert healed["progress"]["ignored_alarms"] == []
    again = conclude(healed, seen(alarms={"old": "ALARM"}), NOW + 180)
    assert again["failure"]["Cause"] == "alarm: old: firing"


def test_an_ignored_alarm_that_could_not_be_read_stays_ignored() -> None:
    at_start = state(alarms=["old"], firing=["old"])
    after = conclude(at_start, seen(alarms_unavailable="throttled", **ignored("old")), NOW + 60)
    assert after["progress"]["ignored_alarms"] == ["old"]


def ignored(name: str) -> dict[str, Any]:
    return {"ignored_alarms": frozenset({name})}


def test_a_repeated_check_gives_the_same_state_and_leaves_the_old_one_alone() -> None:
    before = state()
    again = repr(before)
    assert conclude(before, seen(5), ENDS) == conclude(before, seen(5), ENDS)
    assert repr(before) == again


def test_without_checks_the_bake_alone_decides() -> None:
    nothing = Evidence(min_invocations=20)
    assert conclude(state(health_check=False), nothing, NOW + 60)["next"] == "bake"
    assert conclude(state(health_check=False), nothing, ENDS)["next"] == "shift"


def test_checks_of_one_type_are_numbered() -> None:
    kinds = ["errors", "alarm", "errors", "errors"]
    assert names_of([{"type": kind} for kind in kinds]) == [
        "errors", "alarm", "errors-2", "errors-3",
    ]  # fmt: skip


def test_the_alarms_of_all_checks_are_read() -> None:
    checks = [
        {"type": "alarm", "names": ["a", "b"]},
        {"type": "errors", "max-count": 0},
        {"type": "alarm", "names": ["b"]},
    ]
    assert alarms_of(checks) == ["a", "b", "b"]


def test_an_alarm_that_never_had_data_leaves_a_promotion_unproven() -> None:
    before = state(alarms=["quiet"], max_hold=0)
    after = conclude(before, seen(alarms={"quiet": "INSUFFICIENT_DATA"}), ENDS)
    assert after["next"] == "shift"
    assert after["progress"]["unproven"]
