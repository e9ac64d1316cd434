from typing import Any

import pytest

from domain.judging.comparison import Comparison
from domain.judging.sequential import Minute
from domain.judging.weight_history import Stretch
from domain.model.alias import shifting
from domain.model.questions import Answers, CouldNotAsk, Metric, Series
from tests.unit.builders import NOW, about, baking, rollout

HOUR, DAY = 3_600, 86_400
(MEMBER,) = shifting(baking(rollout())["members"])
TENTH = [Stretch(0, 10**10, 0.1, 0.1)]
RISING = [Stretch(0, NOW + 90, 0.1, 0.1), Stretch(NOW + 90, 10**10, 0.2, 0.2)]


def compared(length: int, since: int = NOW, **more: Any) -> Comparison:
    """Compare minutes that are complete, unless it is said from when on they are not."""
    return Comparison(MEMBER, since, since + length, **{"settled": since + length, **more})


def windows(length: int, since: int = NOW) -> list[tuple[int, int, int]]:
    return [(one.start, one.end, one.period) for one in compared(length, since=since).questions()]


def answers(comparison: Comparison, **points: dict[int, float]) -> Answers:
    """Values by name and second after NOW, for each question the part that is its own."""
    found: dict[Any, Any] = {}
    for question in comparison.questions():
        found[question] = {
            query.id: tuple(
                (NOW + at, value)
                for at, value in sorted(points.get(query.id, {}).items())
                if question.start <= NOW + at < question.end
            )
            for query in question.queries
        }
    return Answers(found)


def test_calls_and_errors_of_both_versions_are_asked_through_the_alias() -> None:
    (question,) = compared(60).questions()
    asked = []
    for query in question.queries:
        assert isinstance(query.source, Metric)
        dimensions = dict(query.source.dimensions)
        assert dimensions["FunctionName"] == "checkout"
        assert dimensions["Resource"] == "checkout:live"
        asked.append((query.source.name, query.source.stat, dimensions["ExecutedVersion"]))
    assert asked == [
        ("Invocations", "Sum", "2"), ("Errors", "Sum", "2"),
        ("Invocations", "Sum", "1"), ("Errors", "Sum", "1"),
    ]  # fmt: skip


def test_slow_calls_are_all_but_those_that_were_fast_enough() -> None:
    comparison = compared(60, slower=800)
    (question,) = comparison.questions()
    stats = {query.source.stat for query in question.queries if isinstance(query.source, Metric)}
    assert stats == {"SampleCount", "TC(:800)"}
    said = answers(
        comparison, canary={0: 10}, canary_told={0: 7.5}, baseline={0: 90}, baseline_told={0: 90}
    )
    assert list(comparison.minutes(said, TENTH)) == [(NOW, Minute(0.1, 10, 2.5, 90, 0))]


def test_nothing_is_asked_of_no_time() -> None:
    assert windows(0) == windows(-60) == []


def test_twelve_hours_are_read_by_minutes() -> None:
    assert windows(12 * HOUR) == [(NOW, NOW + 12 * HOUR, 60)]


def test_what_is_older_is_read_by_whole_hours() -> None:
    assert windows(20 * HOUR + 120, since=NOW + 60) == [
        (NOW + HOUR, NOW + 8 * HOUR, HOUR),
        (NOW + 8 * HOUR, NOW + 20 * HOUR + 180, 60),
    ]


def test_after_more_than_a_month_it_comes_by_days() -> None:
    older, recent = windows(365 * DAY)
    assert older[2] == DAY
    assert older[0] % DAY == older[1] % DAY == 0
    assert older[1] == recent[0]
    assert 12 * HOUR <= recent[1] - recent[0] < 12 * HOUR + DAY


@pytest.mark.parametrize("length", [60, 12 * HOUR, 13 * HOUR, 30 * DAY, 31 * DAY, 366 * DAY])
def test_no_check_reads_many_data_points(length: int) -> None:
    for question in compared(length).questions():
        assert (question.end - question.start) // question.period <= 36 * 60


def test_minutes_come_oldest_first_where_either_version_was_called() -> None:
    comparison = compared(240)
    said = answers(
        comparison,
        canary={180: 3, 0: 10},
        canary_told={0: 1},
        baseline={60: 90, 0: 80},
        baseline_told={60: 2},
    )
    assert list(comparison.minutes(said, TENTH)) == [
        (NOW, Minute(0.1, 10, 1, 80, 0)),
        (NOW + 60, Minute(0.1, 0, 0, 90, 2)),
        (NOW + 180, Minute(0.1, 3, 0, 0, 0)),
    ]


def test_a_minute_in_which_the_weight_rose_has_its_mean() -> None:
    comparison = compared(180)
    said = answers(comparison, canary={60: 10}, baseline={60: 90})
    assert list(comparison.minutes(said, RISING)) == [(NOW + 60, Minute(about(0.15), 10, 0, 90, 0))]


def test_slow_calls_while_the_weight_rises_are_cold_starts() -> None:
    comparison = compared(180, slower=100)
    said = answers(comparison, canary={60: 10, 120: 10}, canary_told={120: 10})
    assert [start for start, _ in comparison.minutes(said, RISING)] == [NOW + 120]


def test_slow_calls_of_a_canary_that_has_just_got_more_calls_are_left_out() -> None:
    """The weight rises at 90 s; the first whole minute that begins 120 s later is that at 240 s."""
    comparison = compared(420, slower=100, warm_up=120)
    every = dict.fromkeys(range(0, 420, 60), 10.0)
    said = answers(comparison, canary=every, baseline=every)
    minutes = [start - NOW for start, _ in comparison.minutes(said, RISING)]
    assert minutes == [0, 240, 300, 360]


COMPLETE: dict[str, dict[int, float]] = {
    "canary": {0: 10, 60: 10},
    "canary_told": {0: 5, 60: 5},
    "baseline": {0: 90, 60: 90},
    "baseline_told": {0: 45, 60: 45},
}


@pytest.mark.proves("F71")
@pytest.mark.parametrize("name", COMPLETE)
def test_a_young_minute_that_lacks_a_series_is_left_for_later(name: str) -> None:
    """In an outage that hits both versions it would look as if one of them alone had failed."""
    one_sided = {**COMPLETE, name: {0: COMPLETE[name][0]}}
    for settled, minutes in ((NOW, [NOW]), (NOW + 60, [NOW]), (NOW + 120, [NOW, NOW + 60])):
        comparison = compared(120, settled=settled)
        said = answers(comparison, **one_sided)
        assert [start for start, _ in comparison.minutes(said, TENTH)] == minutes


def test_an_hour_in_which_the_weight_rose_is_left_out() -> None:
    comparison = compared(20 * HOUR)
    said = answers(comparison, canary={0: 10, HOUR: 10}, baseline={0: 90, HOUR: 90})
    assert [start for start, _ in comparison.minutes(said, RISING)] == [NOW + HOUR]


def test_what_got_no_answer_is_no_zero() -> None:
    (question,) = compared(60).questions()
    assert isinstance(question, Series)
    unread = Answers({question: CouldNotAsk("throttled")})
    with pytest.raises(CouldNotAsk, match="throttled"):
        list(compared(60).minutes(unread, TENTH))
