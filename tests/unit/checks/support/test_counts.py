from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checks.support.counts import (
    Counts,
    Minutes,
    count,
    counts_question,
    enough,
    minutes_of,
    period,
)
from domain.model.member import Shifting, Tally, empty_tally
from domain.model.questions import Answers, CouldNotAsk, Metric, Query, Series
from domain.model.verdict import Outcome
from domain.rollout.evaluate import context_of, questions, read_counts
from tests.unit.builders import NOW, baking, group, rollout, shifters

TIMEOUT = 900  # seconds a call of the function may take


def test_a_tally_begins_with_the_minute_of_the_first_shift() -> None:
    assert empty_tally(NOW + 59) == Tally(until=NOW, calls=0, errors=0)


def test_nothing_is_folded_while_it_may_still_change() -> None:
    tally = Tally(until=NOW, calls=0, errors=0)
    minutes = [Minutes(NOW, calls=10, errors=1)]
    now = NOW + 3_600 + TIMEOUT + 119
    assert count(tally, minutes, now, TIMEOUT) == (tally, Counts(10, 1))


def test_whole_hours_are_folded_once_they_are_final() -> None:
    minutes = [
        Minutes(NOW, calls=10, errors=1),
        Minutes(NOW + 3_540, calls=20, errors=2),
        Minutes(NOW + 3_600, calls=40, errors=4),
    ]
    now = NOW + 3_600 + TIMEOUT + 120
    folded, total = count(Tally(until=NOW, calls=100, errors=10), minutes, now, TIMEOUT)
    assert folded == Tally(until=NOW + 3_600, calls=130, errors=13)
    assert total == Counts(170, 17)


def test_a_repeated_check_counts_the_same() -> None:
    tally = Tally(until=NOW, calls=0, errors=0)
    minutes = [Minutes(NOW + 60 * at, calls=at, errors=1) for at in range(200)]
    asked = [count(tally, minutes, NOW + 12_000, TIMEOUT) for _ in range(2)]
    assert asked[0] == asked[1]


def test_late_data_of_an_open_minute_heal_the_count() -> None:
    tally = empty_tally(NOW)
    tally, early = count(tally, [Minutes(NOW, 5, 0)], NOW + 60, TIMEOUT)
    _, healed = count(tally, [Minutes(NOW, 50, 3)], NOW + 180, TIMEOUT)
    assert (early, healed) == (Counts(5, 0), Counts(50, 3))


@dataclass(frozen=True)
class Datum:
    """Calls in minute number `minute` of a rollout that became visible `late` seconds after it."""

    minute: int
    calls: int
    errors: int
    late: int


data = st.lists(
    st.builds(
        Datum,
        minute=st.integers(0, 600),
        calls=st.integers(0, 50),
        errors=st.integers(0, 50),
        late=st.integers(0, TIMEOUT + 120),
    ),
    max_size=40,
)


SHIFTED = NOW + 17 * 60  # the first shift: no whole hour


def visible(some: list[Datum], since: int, now: int) -> list[Minutes]:
    """Return what CloudWatch shows at `now` of the minutes from `since` on."""
    starts = {one: SHIFTED + 60 * one.minute for one in some}
    return [
        Minutes(start, one.calls, one.errors)
        for one, start in starts.items()
        if start >= since and start + 60 + one.late <= now
    ]


@given(data=data, checks=st.lists(st.integers(1, 45_000), min_size=1, max_size=30, unique=True))
def test_folding_never_changes_the_total_in_whatever_order_data_arrive(
    data: list[Datum], checks: list[int]
) -> None:
    data = list(dict.fromkeys(data))
    tally = empty_tally(SHIFTED)
    for now in sorted(SHIFTED + after for after in checks):
        tally, total = count(tally, visible(data, tally["until"], now), now, TIMEOUT)
        seen = visible(data, SHIFTED, now)
        assert total == Counts(sum(one.calls for one in seen), sum(one.errors for one in seen))
    assert tally["until"] == SHIFTED or tally["until"] % 3_600 == 0


def test_the_finest_period_is_asked_that_cloudwatch_still_keeps() -> None:
    day = 86_400
    assert [period(NOW, NOW + days * day) for days in (0, 14, 15, 62, 63, 400)] == [
        60, 60, 300, 300, 3_600, 3_600,
    ]  # fmt: skip


def counts(*calls: int) -> dict[str, Counts]:
    return {f"f{at}:live": Counts(number, 0) for at, number in enumerate(calls)}


def test_enough_wants_the_calls_of_every_function() -> None:
    assert enough(counts(20, 21), 20).outcome is Outcome.PASS
    short = enough(counts(20, 19), 20)
    assert short.outcome is Outcome.INCONCLUSIVE
    assert short.reason == "19 of 20 canary calls of f1:live seen so far"


def test_no_calls_at_all_are_never_enough() -> None:
    assert enough(counts(0), 0).outcome is Outcome.INCONCLUSIVE
    assert enough(counts(1), 0).outcome is Outcome.PASS


def test_where_nothing_was_counted_it_is_never_enough() -> None:
    assert enough({}, 0).outcome is Outcome.INCONCLUSIVE


def test_the_first_shift_opens_the_tally() -> None:
    (member,) = shifters(baking(rollout(), at=NOW + 30.5))
    assert member["tally"] == Tally(until=NOW, calls=0, errors=0)


DAY = 86_400


def member(until: int = NOW) -> Shifting:
    (one,) = shifters(baking(rollout(), at=NOW))
    return {**one, "tally": Tally(until=until, calls=0, errors=0)}


@pytest.mark.proves("A63")
def test_the_canary_alone_is_asked_for_over_the_whole_rollout() -> None:
    dimensions = (
        ("FunctionName", "checkout"),
        ("Resource", "checkout:live"),
        ("ExecutedVersion", "2"),
    )
    calls, errors = (
        Query(name, Metric("AWS/Lambda", metric, dimensions, "Sum"))
        for name, metric in (("calls", "Invocations"), ("errors", "Errors"))
    )
    asked = counts_question(member(), NOW + 600)
    assert asked == Series((calls, errors), NOW, NOW + 3_600, 60)


@pytest.mark.parametrize(("age", "seconds"), [(14, 60), (15, 300), (63, 3_600)])
def test_counts_are_asked_up_to_where_a_period_ends_and_never_for_no_time(
    age: int, seconds: int
) -> None:
    now = NOW + age * DAY
    asked = counts_question(member(), now)
    assert (asked.end, asked.period) == (now + 3_600, seconds)
    assert counts_question(member(NOW), NOW).end == NOW + 3_600


def read(now: int = NOW + 600, since: int = NOW, **points: dict[int, float]) -> list[Minutes]:
    """Return the minutes of these calls and errors, by seconds after NOW."""
    one = member(since)
    found = {
        name: tuple((NOW + at, value) for at, value in points.get(name, {}).items())
        for name in ("calls", "errors")
    }
    return minutes_of(one, Answers({counts_question(one, now): found}), now)


def test_minutes_have_calls_and_errors_and_silent_ones_are_absent() -> None:
    assert read(calls={0: 20, 120: 30}, errors={0: 1, 120: 0}) == [
        Minutes(NOW, 20, 1),
        Minutes(NOW + 120, 30, 0),
    ]
    assert read() == []


def test_errors_that_arrive_before_their_calls_are_kept() -> None:
    assert read(errors={180: 2}) == [Minutes(NOW + 180, 0, 2)]


def test_sums_are_whole_numbers_whatever_their_floating_point_says() -> None:
    (minute,) = read(calls={0: 19.999999999}, errors={0: 1.0000001})
    assert minute == Minutes(NOW, 20, 1)
    assert isinstance(minute.calls, int)


def test_what_the_tally_holds_already_is_not_counted_again() -> None:
    calls: dict[int, float] = {3_540: 2, 3_600: 3}
    assert read(NOW + 7_200, NOW + 3_600, calls=calls) == [Minutes(NOW + 3_600, 3, 0)]


def test_the_period_of_old_data_in_which_the_first_shift_falls_counts_whole() -> None:
    """The shift is at three minutes past the hour; the period of five minutes began with it."""
    calls: dict[int, float] = {-300: 7, 0: 20, 300: 5}
    assert read(NOW + 16 * DAY, NOW + 180, calls=calls) == [
        Minutes(NOW, 20, 0),
        Minutes(NOW + 300, 5, 0),
    ]


def answered(*shown: dict[str, Any] | CouldNotAsk) -> Any:
    """Return the tallies and counts of a group of two, six hours later, where this is answered."""
    state, now = baking(group("cart", "stock"), at=NOW), NOW + 6 * 3_600
    asked = [counts_question(one, now) for one in shifters(state)]
    assert set(asked) <= set(questions(state, [], context_of(state, {}, now)))
    after, counts = read_counts(state, Answers(dict(zip(asked, shown, strict=True))), now)
    return [one["tally"] for one in shifters(after)], counts


CART = {"calls": ((NOW, 10.0),), "errors": ()}
STOCK = {"calls": ((NOW, 7.0), (NOW + 21_540, 1.0)), "errors": ((NOW, 7.0),)}


def test_each_function_of_a_group_has_its_own_counts_and_tally() -> None:
    tallies, counts = answered(CART, STOCK)
    assert counts == {"cart:live": Counts(10, 0), "stock:live": Counts(8, 7)}
    assert tallies == [
        Tally(until=NOW + 5 * 3_600, calls=10, errors=0),
        Tally(until=NOW + 5 * 3_600, calls=7, errors=7),
    ]


def test_where_one_function_got_no_answer_nothing_is_counted() -> None:
    tallies, counts = answered(CART, CouldNotAsk("throttled"))
    assert isinstance(counts, CouldNotAsk)
    assert str(counts) == "throttled"
    assert tallies == [Tally(until=NOW, calls=0, errors=0)] * 2
