"""No wait for a person outgrows one execution's history or its year."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.history import MAX_EVENTS, YEAR, events_planned, pause_between_checks
from domain.preflight import problems_of_length
from domain.state import Progress, State
from tests.unit.builders import NOW, baking, parsed, rollout

DAY = 86_400


def waits(state: State, now: int, deadline: int | None = None) -> list[int]:
    """The pauses between the checks of a wait that begins at `now` and that nobody ends."""
    pauses: list[int] = []
    while deadline is None or now < deadline:
        pause = pause_between_checks(state, now, deadline)
        if pause is None:
            break
        pauses.append(pause)
        now += pause
        made = state["progress"]["checks_made"] + 1
        state = {**state, "progress": Progress({**state["progress"], "checks_made": made})}
    return pauses


def state_of(**keys: Any) -> State:
    return baking(rollout(**keys), at=NOW)


def test_a_days_approval_is_waited_for_with_a_check_a_minute() -> None:
    state = state_of(approvals=[10])
    assert set(waits(state, NOW + 60, NOW + 60 + DAY)) == {60}


def test_approvals_that_are_still_to_come_get_their_share() -> None:
    state = state_of(approvals=[10, 20, 50, 90])
    pauses = waits(state, NOW + 60, NOW + 60 + DAY)
    assert 120 < pauses[0] < 180
    assert sum(pauses) >= DAY


def test_a_pause_keeps_its_pace_for_most_of_a_day_and_then_slows_down_to_an_hour() -> None:
    pauses = waits(state_of(), NOW + 60)
    assert set(pauses[:1_000]) == {60}
    assert pauses == sorted(pauses)
    assert pauses[-1] == 3_600
    assert 10 * DAY < sum(pauses) < 20 * DAY


def test_a_slow_check_interval_is_not_hurried() -> None:
    assert set(waits(state_of(check_interval=7_200), NOW + 60)) == {7_200}


def test_a_pause_ends_while_the_rest_of_the_plan_still_fits_the_year() -> None:
    state = state_of(check_interval=DAY, interval=DAY, max_hold=DAY)
    assert sum(waits(state, NOW + DAY)) < YEAR - 11 * DAY


@given(
    steps=st.integers(1, 20),
    interval=st.integers(1, 5_000),
    every=st.integers(1, 5_000),
    hold=st.integers(0, 20_000),
    approvals=st.integers(0, 3),
    timeout=st.integers(1, 5 * DAY),
)
def test_whoever_waits_as_long_as_possible_stays_within_the_history(
    steps: int, interval: int, every: int, hold: int, approvals: int, timeout: int
) -> None:
    weights = [100.0 * step / steps for step in range(1, steps + 1)]
    keys: dict[str, Any] = {
        "type": "custom",
        "weights": [round(weight, 2) for weight in weights],
        "interval": interval,
        "check_interval": every,
        "max_hold": hold,
        "approval_timeout": timeout,
    }
    if approvals:
        keys["approvals"] = [round(weight, 2) for weight in weights][:approvals]
    settings = parsed(rollout(**keys)).settings
    if problems_of_length(settings):
        return
    made = len(waits(state_of(**keys), NOW + interval))
    checks_of_one_bake = max(1, -(-interval // every))
    left = events_planned(settings) - 9 * checks_of_one_bake
    assert 9 * made + left <= MAX_EVENTS + 9 * (approvals * (1 + timeout // max(3_600, every)) + 1)


@pytest.mark.parametrize(("approvals", "fits"), [(1, True), (50, True), (100, False)])
def test_a_plan_has_room_for_a_check_an_hour_while_approvals_are_awaited(
    approvals: int, fits: bool
) -> None:
    raw = rollout(steps=100, approvals=[float(one) for one in range(1, approvals + 1)])
    assert (problems_of_length(parsed(raw).settings) == []) is fits


def test_a_plan_that_is_too_long_for_its_approvals_says_so() -> None:
    raw = rollout(steps=100, approvals=[float(one) for one in range(1, 101)])
    [problem] = problems_of_length(parsed(raw).settings)
    assert ", 100 approvals of 86,400 s, about " in problem


def test_approvals_and_hooks_count_towards_the_year() -> None:
    for keys in ({"approvals": [10]}, {"hooks": {"pre-traffic": {"function": "f", "timeout": 9}}}):
        settings = parsed(rollout(approval_timeout=YEAR, max_hold=0, **keys)).settings
        assert bool(problems_of_length(settings)) is ("approvals" in keys)
