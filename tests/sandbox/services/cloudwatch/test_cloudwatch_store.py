"""The metric store by itself: visibility, aggregation, retention."""

import time
from typing import Any

import pytest

from sandbox.services.cloudwatch.statistics import statistic
from sandbox.services.cloudwatch.store import DAY, Metric, MetricStore
from sandbox.services.cloudwatch.summary import Summary
from tests.long import long

CALLS = Metric.of("AWS/Lambda", "Invocations", {"FunctionName": "checkout"})
HOUR = 3_600


def counts(store: MetricStore, *, period: int = 60, start: int = 0, end: int, now: float) -> Any:
    found = store.read(CALLS, start=start, end=end, period=period, now=now)
    return {at: summary.count for at, summary in found.items()}


@pytest.mark.proves("S35")
def test_a_datum_is_not_seen_before_its_time() -> None:
    store = MetricStore()
    store.add(CALLS, Summary.of({1.0: 5.0}), at=30, visible_at=120)
    assert counts(store, end=60, now=119.9) == {}
    assert counts(store, end=60, now=120) == {0: 5}


@pytest.mark.proves("S35")
def test_late_data_heal_a_minute_that_was_read_before() -> None:
    store = MetricStore()
    store.add(CALLS, Summary.of({1.0: 5.0}), at=0, visible_at=120)
    store.add(CALLS, Summary.of({1.0: 2.0}), at=59, visible_at=180)
    assert counts(store, end=60, now=120) == {0: 5}
    assert counts(store, end=60, now=180) == {0: 7}
    assert counts(store, end=60, now=999) == {0: 7}


def test_periods_follow_each_other_from_the_start_of_the_question() -> None:
    store = MetricStore()
    for minute in range(10):
        store.add(CALLS, Summary.of({1.0: 1.0}), at=minute * 60, visible_at=0)
    assert counts(store, start=60, end=480, period=180, now=600) == {60: 3, 240: 3, 420: 3}


def test_each_set_of_dimensions_is_a_metric_of_its_own() -> None:
    store = MetricStore()
    store.add(CALLS, Summary.of({1.0: 1.0}), at=0, visible_at=0)
    other = Metric.of("AWS/Lambda", "Invocations", {"FunctionName": "checkout", "Resource": "x"})
    assert store.read(other, start=0, end=60, period=60, now=60) == {}


def test_the_order_of_dimensions_does_not_matter() -> None:
    assert Metric.of("n", "m", {"a": "1", "b": "2"}) == Metric.of("n", "m", {"b": "2", "a": "1"})


def test_a_unit_is_asked_for_exactly_or_not_at_all() -> None:
    store = MetricStore()
    store.add(CALLS, Summary.of({1.0: 1.0}), at=0, visible_at=0, unit="Count")
    for unit, found in (("Count", 1), (None, 1), ("Percent", 0)):
        read = store.read(CALLS, start=0, end=60, period=60, now=60, unit=unit)
        assert len(read) == found, unit


@pytest.mark.proves("S38")
@pytest.mark.parametrize(
    ("period", "age", "kept"),
    [
        (60, 15 * DAY - HOUR, True),
        (60, 15 * DAY + HOUR, False),
        (300, 15 * DAY + HOUR, True),
        (300, 63 * DAY + HOUR, False),
        (3600, 63 * DAY + HOUR, True),
        (3600, 455 * DAY + HOUR, False),
    ],
)
def test_fine_data_give_way_to_coarser_ones_with_age(period: int, age: int, kept: bool) -> None:
    store = MetricStore()
    for minute in range(60):
        store.add(CALLS, Summary.of({1.0: 1.0}), at=minute * 60, visible_at=0)
    found = counts(store, period=period, end=HOUR, now=age)
    assert sum(found.values()) == (60 if kept else 0)


@long
def test_only_fifteen_days_of_minutes_are_kept_and_reading_them_stays_cheap() -> None:
    store = MetricStore()
    began = time.process_time()
    for minute in range(0, 40 * DAY, 60):
        store.add(CALLS, Summary.of({1.0: 1.0}), at=minute, visible_at=minute)
        counts(store, start=max(minute - 300, 0), end=minute + 60, now=minute)
    assert time.process_time() - began < 10
    assert len(store._series[CALLS]["None"]._minutes) < 15 * 1440 + 10


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SampleCount", 100),
        ("Sum", 5050),
        ("Average", 50.5),
        ("Minimum", 1),
        ("Maximum", 100),
        ("p50", 50),
        ("p99", 99),
        ("p99.9", 100),
        ("p7", 7),
        ("TC(:90)", 90),
        ("TC(90:)", 10),
        ("PR(10:30)", 20),
        ("TS(98:)", 199),
        ("TM(:3)", 2),
    ],
)
def test_statistics_of_the_numbers_from_1_to_100(name: str, value: float) -> None:
    summary = Summary.of({float(number): 1.0 for number in range(1, 101)})
    assert statistic(name)(summary) == pytest.approx(value)


def test_percentiles_of_aggregates_do_not_exist() -> None:
    assert statistic("p99")(Summary(10, 100, 1, 50, None)) is None
