import json
from functools import partial
from typing import Any

import pytest

from domain.checks.support.conditions import Effort
from domain.checks.support.counts import Counts
from domain.model.member import LATEST
from domain.model.questions import (
    AlarmState,
    CouldNotAsk,
    Fetch,
    Fetched,
    Invoke,
    Invoked,
    Question,
    Series,
)
from domain.model.state import State, named
from domain.rollout.evaluate import context_of, due, measured, questions
from tests.unit.builders import LIMIT, NOW, baking, checked, rollout

ENDS = NOW + 300  # of the bake, in `state` below


def state(**keys: Any) -> State:
    firing = keys.pop("firing", None)
    return baking(rollout(**{"interval": 300, "steps": 2, "checks": LIMIT, **keys}), firing=firing)


def seen(calls: int = 100, errors: int = 0) -> dict[str, Counts]:
    return {"checkout:live": Counts(calls, errors)}


UNREADABLE = CouldNotAsk("throttled")


def test_a_healthy_canary_bakes_on_until_the_bake_ends() -> None:
    after = checked(state(), NOW + 60, seen())
    assert after["next"] == "bake"
    assert after["progress"]["wait_until"] == "2026-01-05T09:02:00Z"


def test_a_healthy_canary_gets_its_next_weight_when_the_bake_has_ended() -> None:
    after = checked(state(), ENDS, seen())
    assert after["next"] == "shift"
    assert not after["progress"]["unproven"]


def test_a_weight_is_announced_first_where_every_weight_is_wanted() -> None:
    assert checked(state(notify="all"), ENDS, seen())["next"] == "announce"


@pytest.mark.parametrize("notify", ["all", "outcome"])
def test_after_the_last_weight_and_a_last_look_comes_the_promotion(notify: str) -> None:
    baked = checked(state(steps=1, notify=notify), ENDS, seen())
    assert (baked["next"], baked["progress"]["wait_until"]) == ("bake", "2026-01-05T09:06:00Z")
    assert checked(baked, ENDS + LATEST - 1, seen())["next"] == "bake"
    assert checked(baked, ENDS + LATEST, seen())["next"] == "finalize"


def test_where_nothing_is_looked_at_no_last_look_is_waited_for() -> None:
    assert checked(state(steps=1, checks=[]), ENDS, seen())["next"] == "finalize"


def test_a_bad_canary_rolls_back_at_once_with_the_reason() -> None:
    after = checked(state(), NOW + 60, seen(1_000, 300))
    assert after["next"] == "roll-back"
    assert after["failure"] == {
        "Error": "HealthCheckFailed",
        "Cause": "errors: checkout:live: 300 of 1,000 canary calls failed (30.00 %); "
        "at most 5 % may",
    }


ALARM = {"type": "alarm", "names": ["a"]}


def left_out(*checks: dict[str, Any]) -> State:
    """Make the check at the end of the bake, with an alarm that fires since before the start."""
    before = state(checks=[*checks, ALARM], firing=["a"], max_hold=60)
    return checked(before, ENDS, seen(), {AlarmState("a"): "ALARM"})


def test_an_alarm_that_is_left_out_holds_nothing_where_another_check_passes() -> None:
    after = left_out(*LIMIT)
    assert (after["next"], after["progress"]["unproven"]) == ("shift", False)
    outcomes = [last["outcome"] for last in after["progress"]["verdicts"]]
    assert outcomes == ["pass", "inconclusive", "pass"]


def test_an_alarm_that_is_left_out_is_no_pass_where_nothing_else_is_asked() -> None:
    held = left_out()
    assert held["next"] == "bake"
    after = checked(held, ENDS + 60, seen(), {AlarmState("a"): "ALARM"})
    assert (after["next"], after["progress"]["unproven"]) == ("shift", True)


def test_too_few_calls_hold_the_first_weight_and_then_promote_unproven() -> None:
    held = checked(state(max_hold=60), ENDS, seen(5))
    assert (held["next"], held["progress"]["held"]) == ("bake", 0)
    assert held["progress"]["verdicts"][-1] == {
        "check": "min-invocations",
        "outcome": "inconclusive",
        "reason": "5 of 20 canary calls of checkout:live seen so far",
        "errors": 0,
    }
    after = checked(held, ENDS + 60, seen(5))
    assert (after["next"], after["progress"]["held"]) == ("shift", 60)
    assert after["progress"]["unproven"]


def test_too_few_calls_roll_back_where_the_input_says_so() -> None:
    raw = {"max_hold": 60, "on_insufficient_data": "roll-back"}
    after = checked(checked(state(**raw), ENDS, seen(5)), ENDS + 60, seen(5))
    assert after["failure"]["Error"] == "InsufficientData"


def test_calls_that_come_while_holding_end_it_proven() -> None:
    after = checked(checked(state(), ENDS, seen(5)), ENDS + 60, seen(25))
    assert after["next"] == "shift"
    assert not after["progress"]["unproven"]


def test_min_invocations_0_is_no_check_of_its_own_but_no_calls_are_unproven() -> None:
    after = checked(state(min_invocations=0), ENDS, seen(0))
    assert after["next"] == "shift"
    assert after["progress"]["unproven"]
    assert [last["check"] for last in after["progress"]["verdicts"]] == ["errors"]


@pytest.mark.proves("F4")
def test_metrics_that_cannot_be_read_three_times_in_a_row_roll_back() -> None:
    after = state()
    for check in (1, 2):
        after = checked(after, NOW + 60 * check, UNREADABLE)
        assert after["next"] == "bake"
    after = checked(after, NOW + 180, UNREADABLE)
    assert after["failure"]["Error"] == "HealthCheckFailed"
    assert "could not be made 3 times in a row" in after["failure"]["Cause"]


def test_one_answer_between_starts_the_errors_anew() -> None:
    after = state()
    answers: list[Any] = [UNREADABLE, UNREADABLE, seen(), UNREADABLE, UNREADABLE]
    for check, found in enumerate(answers):
        after = checked(after, NOW + 20 * check, found)
    assert after["next"] == "bake"
    assert after["progress"]["verdicts"][0]["errors"] == 2


OLD = AlarmState("old")


def test_an_alarm_firing_from_the_start_is_ignored_until_it_was_ok_once() -> None:
    at_start = state(alarms=["old"], firing=["old"])
    burning = checked(at_start, NOW + 60, seen(), {OLD: "ALARM"})
    assert burning["next"] == "bake"
    assert burning["progress"]["ignored_alarms"] == ["old"]
    healed = checked(burning, NOW + 120, seen(), {OLD: "OK"})
    assert healed["progress"]["ignored_alarms"] == []
    again = checked(healed, NOW + 180, seen(), {OLD: "ALARM"})
    assert again["failure"]["Cause"] == "alarm: old: firing"


@pytest.mark.parametrize("unread", [CouldNotAsk("throttled"), None], ids=["unread", "gone"])
def test_an_ignored_alarm_that_could_not_be_read_stays_ignored(unread: CouldNotAsk | None) -> None:
    after = checked(state(alarms=["old"], firing=["old"]), NOW + 60, seen(), {OLD: unread})
    assert after["progress"]["ignored_alarms"] == ["old"]


def test_a_repeated_check_gives_the_same_state_and_leaves_the_old_one_alone() -> None:
    before = state()
    again = repr(before)
    assert checked(before, ENDS, seen(5)) == checked(before, ENDS, seen(5))
    assert repr(before) == again


JUDGES = [{"type": "judge"}, {"type": "judge", "slower-than": 800}]


def judged(before: State, now: int) -> State:
    """With ten canary calls in the first minute, of which none is bad, for the first judge only."""
    _counts, first, _second = questions(before, due(before, now), context_of(before, seen(), now))
    assert isinstance(first, Series)
    known = {query.id: ((NOW, 10.0 * (query.id == "canary")),) for query in first.queries}
    return checked(before, now, seen(), {first: known})


def test_each_judge_remembers_what_it_has_judged_and_no_more_than_it_was_told() -> None:
    """Final is the first minute after the timeout of 30 s and two minutes."""
    before = state(checks=JUDGES)
    after = judged(before, NOW + 210)
    assert before["progress"]["memories"] == {}
    assert list(after["progress"]["memories"]) == ["judge"]
    carried = after["progress"]["memories"]["judge"]
    assert (carried["until"], carried["cases"][0]["canary"]) == (NOW + 60, [10, 0])
    unread = checked(after, NOW + 240, seen())
    assert unread["progress"]["memories"] == after["progress"]["memories"]


def test_a_judges_evidence_is_kept_for_the_result_and_the_metric() -> None:
    after = judged(state(checks=JUDGES), NOW + 210)
    about = {"function": "checkout", "alias": "live", "check": "judge"}
    assert measured(after) == [
        ("Evidence", -0.3, "None", about),
        ("CanaryErrorRate", 0.0, "Percent", about),
    ]
    first, second, _ = after["progress"]["verdicts"]
    assert first["findings"] == [{"evidence": -0.3, "canary": [10, 0], "baseline": [0, 0]}]
    assert "findings" not in second
    assert measured(checked(after, NOW + 240, seen())) == []


def test_without_checks_the_bake_alone_decides() -> None:
    assert checked(state(checks=[]), NOW + 60, {})["next"] == "bake"
    assert checked(state(checks=[]), ENDS, {})["next"] == "shift"


def test_checks_of_one_type_are_numbered() -> None:
    kinds = ["errors", "alarm", "errors", "errors"]
    assert [name for name, _ in named({"type": kind} for kind in kinds)] == [
        "errors", "alarm", "errors-2", "errors-3",
    ]  # fmt: skip


def test_an_alarm_that_never_had_data_leaves_a_promotion_unproven() -> None:
    before = state(alarms=["quiet"], max_hold=0)
    after = checked(before, ENDS, seen(), {AlarmState("quiet"): "INSUFFICIENT_DATA"})
    assert after["next"] == "shift"
    assert after["progress"]["unproven"]


@pytest.mark.proves("A15")
def test_the_conditions_of_all_checks_share_what_they_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here it is a hundredth of it; each check's conditions alone take half of that and more."""
    monkeypatch.setattr("domain.rollout.evaluate.Effort", partial(Effort, 20_000))
    wanted = {"assert": ["[?price > `7`]"] * 2}
    checks = [
        {"type": "http", "url": "https://a.example/", **wanted},
        {"type": "invoke", **wanted},
        {"type": "http", "url": "https://b.example/", **wanted},
    ]
    body = json.dumps([{"price": 9}] * 1_000)
    answers: dict[Question[Any], Any] = {
        Fetch("GET", f"https://{host}.example/", (), "", 10.0): Fetched(200, body, False, 5)
        for host in "ab"
    }
    answers[Invoke("checkout", "2", "{}", 1)] = Invoked(200, None, body, len(body), 5, "2")
    after = checked(state(checks=checks), NOW + 60, seen(), answers)
    outcomes = [one["outcome"] for one in after["progress"]["verdicts"]]
    assert outcomes[:3] == ["pass", "error", "error"]
    assert "the conditions take too much to evaluate" in after["progress"]["verdicts"][2]["reason"]
    again = checked(state(checks=checks), NOW + 60, seen(), answers)
    assert again["progress"]["verdicts"] == after["progress"]["verdicts"]
