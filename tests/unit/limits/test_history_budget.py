"""No wait for a person outgrows the histories that a rollout may fill, or its year."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.limits import history_budget
from domain.limits.history_budget import (
    FULL,
    HAND_OVER,
    HELD,
    MAX_CONTINUATIONS,
    TASKS_OF_ENDS,
    TASKS_OF_WEIGHT,
    events_planned,
    may_wait,
)
from domain.limits.state_size import PORTABLE
from domain.model.clock import YEAR
from domain.model.member import LATEST
from domain.model.state import State
from domain.planning.preflight import problems_of_length
from tests.unit.builders import NOW, baking, parsed, rollout

DAY = 86_400


def state_of(*, portable: bool = True, **keys: Any) -> State:
    """In the first bake; what is not portable is too large to be handed over."""
    state = baking(rollout(**keys), at=NOW)
    if not portable:
        state["members"][0]["description"] = "x" * PORTABLE
    return state


def with_progress(state: State, **changes: int) -> State:
    progress: Any = {**state["progress"], **changes}
    return {**state, "progress": progress}


def test_the_execution_that_was_started_holds_all_its_continuations() -> None:
    """At 10 events each, which the scenarios count; besides its own beginning, end and hooks."""
    assert HAND_OVER + 10 * MAX_CONTINUATIONS + history_budget.BEGINNING < FULL


def test_a_history_holds_its_checks_also_if_each_is_made_three_times() -> None:
    """A check has 9 events, and each time more that its task is asked 3."""
    assert HAND_OVER + HAND_OVER // 9 * 2 * 3 < 25_000


def test_a_check_a_minute_for_a_year_is_held() -> None:
    assert events_planned(parsed(rollout(steps=10, interval=YEAR // 10)).settings) < HELD


@pytest.mark.proves("A38")
def test_a_pause_may_last_while_the_rest_of_the_plan_still_fits_the_year() -> None:
    state = state_of(check_interval=DAY, interval=DAY, max_hold=DAY)
    tasks = TASKS_OF_ENDS + 9 * TASKS_OF_WEIGHT
    latest = NOW + YEAR - 9 * DAY - DAY - LATEST - tasks  # nine weights, the holding, a last look
    assert may_wait(state, latest - 1)
    assert not may_wait(state, latest)


def test_a_wait_ends_when_no_continuation_is_left_for_the_rest_of_the_plan() -> None:
    state = state_of()
    assert may_wait(with_progress(state, leg=MAX_CONTINUATIONS - 7), NOW + DAY)
    assert not may_wait(with_progress(state, leg=MAX_CONTINUATIONS), NOW + DAY)


def test_where_the_state_is_too_large_to_be_handed_over_one_history_bounds_the_wait() -> None:
    large = state_of(portable=False)
    rest = events_planned(large["settings"], step=1)
    assert may_wait(with_progress(large, events=FULL - rest - 9), NOW + DAY)
    assert not may_wait(with_progress(large, events=FULL - rest - 8), NOW + DAY)


@pytest.mark.parametrize("probe", [False, True])
def test_an_approval_is_planned_for_with_a_check_at_each_interval(probe: bool) -> None:
    checks: list[Any] = [{"type": "probe"}] if probe else []
    asked, silent = (
        events_planned(parsed(rollout(checks=checks, **people)).settings)
        for people in ({"approvals": [10, 20]}, {})
    )
    assert asked - silent == 2 * (7 + (12 if probe else 9) * (1 + DAY // 60))


@given(
    step=st.integers(0, 10),
    interval=st.integers(1, 5_000),
    every=st.integers(1, 5_000),
    timeout=st.integers(1, 5 * DAY),
)
def test_what_is_left_of_a_plan_never_grows(
    step: int, interval: int, every: int, timeout: int
) -> None:
    raw = rollout(
        interval=interval, check_interval=every, approvals=[10, 50], approval_timeout=timeout
    )
    settings = parsed(raw).settings
    assert events_planned(settings, step) <= events_planned(settings)
    assert events_planned(settings, step, held=300) <= events_planned(settings, step)


def test_approvals_and_hooks_count_towards_the_year() -> None:
    for keys in ({"approvals": [10]}, {"hooks": {"pre-traffic": {"function": "f", "timeout": 9}}}):
        raw = rollout(approval_timeout=YEAR, check_interval=DAY, interval=DAY, max_hold=0, **keys)
        assert bool(problems_of_length(parsed(raw).settings)) is ("approvals" in keys)
