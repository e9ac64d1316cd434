from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.probing.pacing import SPACING, Turns
from tests.unit.builders import NOW

MINUTE = 60.0


def played(
    turns: Turns, now: float, lasting: float = 0.0, delays: list[float] | None = None
) -> list[tuple[float, int]]:
    """Every call's beginning and alias, where each takes so long and some begin late."""
    calls = []
    late = iter(delays or [])
    while turn := turns.next(now):
        began = turn.begins + next(late, 0.0)
        calls.append((began, turn.whose))
        turns.taken(turn.whose, began)
        now = began + lasting
    return calls


def beginnings(calls: list[tuple[float, int]], whose: int = 0) -> list[float]:
    return [began for began, alias in calls if alias == whose]


@pytest.mark.parametrize(("rate", "calls"), [(1, 59), (10, 599), (0.1, 5), (0.01, 0), (3, 179)])
def test_an_alias_is_called_once_in_each_slot_that_begins(rate: float, calls: int) -> None:
    turns = Turns([0], rate, NOW + 100, NOW + 160)
    assert len(played(turns, NOW + 100, lasting=0.05)) == calls


def test_slow_answers_are_not_caught_up_on() -> None:
    slow_then_fast = Turns([0], 1, NOW + 0.5, NOW + MINUTE)
    first = slow_then_fast.next(NOW + 0.5)
    assert first is not None
    assert first.begins == NOW + 1
    slow_then_fast.taken(0, NOW + 1)
    after = beginnings(played(slow_then_fast, NOW + 11.25))
    assert after[:2] == [NOW + 11.25, NOW + 13]
    assert len(after) == 48


def test_a_late_last_call_leaves_the_next_slot_to_the_next_probe() -> None:
    """Which may begin before this one would have to end."""
    turns = Turns([0], 1, NOW + 8.5, NOW + 11.6)
    turns.taken(0, NOW + 9)
    assert beginnings(played(turns, NOW + 10.5)) == [NOW + 11]


def test_aliases_take_turns_evenly() -> None:
    calls = played(Turns([3, 5], 1, NOW + 0.2, NOW + 3), NOW + 0.2)
    assert calls == [
        (NOW + 0.5, 5),
        (NOW + 1, 3),
        (NOW + 1.5, 5),
        (NOW + 2, 3),
        (NOW + 2.5, 5),
    ]


def test_none_starves_where_answers_take_longer_than_the_rate_allows() -> None:
    calls = played(Turns(range(3), 1, NOW, NOW + MINUTE), NOW, lasting=1.9)
    numbers = [len(beginnings(calls, whose)) for whose in range(3)]
    assert max(numbers) - min(numbers) <= 2


def test_no_call_begins_when_the_time_is_over() -> None:
    assert Turns([0], 1, NOW, NOW).next(NOW) is None
    assert Turns([0], 1, NOW, NOW - 60).next(NOW) is None
    assert played(Turns([0], 10, NOW, NOW + 1), NOW)[-1] == (NOW + 0.9, 0)


@given(
    rate=st.floats(0.01, 10),
    aliases=st.integers(1, 25),
    lasting=st.floats(0, 5),
    length=st.floats(0, 90),
    check=st.floats(0.001, 3),
    delays=st.lists(st.floats(0, 0.5), max_size=20),
)
def test_the_rate_is_kept_within_a_probe_and_from_one_to_the_next(
    rate: float, aliases: int, lasting: float, length: float, check: float, delays: list[float]
) -> None:
    """Whatever calls take, and however short the health check between the two probes is."""
    calls: list[tuple[float, int]] = []
    now = NOW + 0.123
    for _ in range(2):
        ends = now + length
        made = played(Turns(range(aliases), rate, now, ends), now, lasting, delays)
        calls += made
        # It ends with its last call, which may be before it has to.
        now = max([now, *(began + lasting for began, _ in made[-1:])]) + check
    allowed = SPACING / rate - max([0.0, *delays]) - 1e-5
    for whose in range(aliases):
        gaps = [later - earlier for earlier, later in pairwise(beginnings(calls, whose))]
        assert min(gaps, default=allowed) >= allowed
