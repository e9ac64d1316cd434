from typing import Any

import pytest

from domain.checks.latency import ask, judge, prepare
from domain.checks.support.context import CheckContext
from domain.model.clock import iso
from domain.model.errors import InvalidInput
from domain.model.progress import Shift
from domain.model.questions import Answers, CouldNotAsk, Metric, Question, Series
from domain.model.verdict import Outcome, Verdict
from tests.unit.builders import HOME, NOW, baking, context, group, parsed, rollout

DAY = 86_400


def options(**keys: Any) -> dict[str, Any]:
    """Write options of a check that leaves nothing out, unless it is said."""
    named = {name.replace("_", "-"): value for name, value in keys.items()}
    return prepare({"warm-up": 0, **named}, HOME)


def version(question: Series) -> str:
    """Which version's durations it asks for."""
    metric = question.queries[0].source
    assert isinstance(metric, Metric)
    return dict(metric.dimensions)["ExecutedVersion"]


def judged(
    asked: dict[str, Any], seen: CheckContext, calls: dict[str, float], ms: dict[str, float]
) -> Verdict:
    """Return the verdict where each version made so many calls with such a percentile."""
    found: dict[Any, Any] = {}
    for question in ask(asked, seen):
        of = version(question)
        points = ((question.start, calls[of]),) if of in calls else ()
        slow = ((question.start, ms[of]),) if of in calls else ()
        found[question] = {"calls": points, "percentile": slow}
    return judge(asked, seen, Answers(found))


def at_canary(ms: float, calls: float = 1_000, **limits: Any) -> Verdict:
    return judged(options(**limits), context(), {"2": calls}, {"2": ms})


def beside(canary: float, baseline: float, **limits: Any) -> Verdict:
    calls = {"1": 9_000.0, "2": 1_000.0}
    return judged(options(**limits), context(), calls, {"1": baseline, "2": canary})


def test_a_percentile_fails_only_above_its_limit() -> None:
    assert at_canary(800, max_ms=800).outcome is Outcome.PASS
    assert at_canary(800.1, max_ms=800).outcome is Outcome.FAIL


def test_the_reason_holds_the_numbers() -> None:
    assert at_canary(1_234.56, max_ms=800).reason == (
        "checkout:live: p99 is 1,234.6 ms of 1,000 canary calls; at most 800 ms is allowed"
    )
    assert beside(300, 100, percentile=99.9, max_ratio=1.5, min_samples=1).reason == (
        "checkout:live: p99.9 is 300 ms of 1,000 canary calls, 100 ms of 9,000 baseline calls; "
        "at most 1.5 times as long is allowed"
    )


def test_a_ratio_fails_only_above_that_of_the_baseline() -> None:
    assert beside(150, 100, max_ratio=1.5).outcome is Outcome.PASS
    assert beside(151, 100, max_ratio=1.5).outcome is Outcome.FAIL


@pytest.mark.parametrize(("max_ms", "max_ratio"), [(100, 10), (1_000, 1.1)])
def test_of_two_limits_either_one_fails(max_ms: float, max_ratio: float) -> None:
    assert beside(200, 100, max_ms=max_ms, max_ratio=max_ratio).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("percentile", "calls", "outcome"),
    [
        (50, 19, Outcome.INCONCLUSIVE),
        (50, 20, Outcome.FAIL),
        (99, 99, Outcome.INCONCLUSIVE),
        (99, 100, Outcome.FAIL),
        (99.9, 999, Outcome.INCONCLUSIVE),
        (99.9, 1_000, Outcome.FAIL),
    ],
)
def test_a_percentile_wants_the_calls_of_which_one_is_above_it(
    percentile: float, calls: float, outcome: Outcome
) -> None:
    asked = options(percentile=percentile, max_ms=1)
    assert judged(asked, context(wanted=20), {"2": calls}, {"2": 5}).outcome is outcome


def test_min_samples_is_what_the_input_says() -> None:
    assert at_canary(900, calls=3, max_ms=800, min_samples=3).outcome is Outcome.FAIL
    assert at_canary(900, calls=2, max_ms=800, min_samples=3) == Verdict(
        Outcome.INCONCLUSIVE, "checkout:live: 2 of 3 canary calls timed so far"
    )


def test_missing_data_of_either_version_are_no_pass() -> None:
    asked = options(max_ratio=2)
    assert judged(asked, context(), {"1": 9_000}, {"1": 5}).outcome is Outcome.INCONCLUSIVE
    assert judged(asked, context(), {"2": 1_000}, {"2": 5}) == Verdict(
        Outcome.INCONCLUSIVE, "checkout:live: 0 of 100 baseline calls timed so far"
    )


def test_calls_counted_without_a_percentile_are_no_evidence() -> None:
    asked, seen = options(max_ms=800), context()
    found: dict[Question[Any], Any] = {
        question: {"calls": ((NOW, 500.0),), "percentile": ()} for question in ask(asked, seen)
    }
    assert judge(asked, seen, Answers(found)).outcome is Outcome.INCONCLUSIVE


def test_what_could_not_be_asked_is_raised() -> None:
    with pytest.raises(CouldNotAsk):
        judge(options(max_ms=800), context(), Answers({}))


def test_both_versions_are_asked_for_in_the_same_minutes_as_one_period() -> None:
    canary, baseline = ask(options(max_ratio=2), context(now=NOW + 345))
    assert (version(canary), version(baseline)) == ("2", "1")
    assert {(one.start, one.end, one.period) for one in (canary, baseline)} == {
        (NOW, NOW + 300, 300)
    }
    dimensions = (
        ("FunctionName", "checkout"), ("Resource", "checkout:live"), ("ExecutedVersion", "2"),
    )  # fmt: skip
    assert [query.source for query in canary.queries] == [
        Metric("AWS/Lambda", "Duration", dimensions, "SampleCount"),
        Metric("AWS/Lambda", "Duration", dimensions, "p99"),
    ]


def test_both_limits_ask_for_the_canary_once() -> None:
    assert len(set(ask(options(max_ms=1, max_ratio=2), context()))) == 2


def window(seen: CheckContext, **limits: Any) -> tuple[int, int]:
    """Return the window of the canary's question, in seconds after the first shift."""
    question = ask(options(**limits), seen)[0]
    return question.start - NOW, question.end - NOW


def test_the_window_is_the_last_ten_minutes_since_the_first_shift() -> None:
    assert window(context(now=NOW + 300), max_ms=1) == (0, 300)
    assert window(context(now=NOW + 3_600), max_ms=1) == (3_000, 3_600)


def test_the_window_reaches_back_to_the_last_check_or_as_the_input_says() -> None:
    assert window(context(now=NOW + 7_200, every=1_830), max_ms=1) == (5_340, 7_200)
    assert window(context(now=NOW + 7_200), max_ms=1, window=3_600) == (3_600, 7_200)
    assert window(context(now=NOW + 9 * DAY, every=5 * DAY), max_ms=1) == (8 * DAY, 9 * DAY)


def test_before_a_minute_is_over_nothing_is_asked_and_nothing_passes() -> None:
    asked, seen = options(max_ms=800, max_ratio=2), context(now=NOW + 59)
    assert ask(asked, seen) == []
    assert judge(asked, seen, Answers({})).outcome is Outcome.INCONCLUSIVE


def test_at_100_percent_the_ratio_is_that_of_the_last_window_before() -> None:
    at_full = context(weight=100.0, shifted_at=NOW + 1_210, now=NOW + 2_000)
    assert window(at_full, max_ratio=2) == (600, 1_200)
    assert window(at_full, max_ms=1) == (1_380, 1_980)


def shifts(**at: int) -> list[Shift]:
    """Make shifts, such as `_10=0`, by the seconds after NOW."""
    return [Shift(weight=float(name[1:]), at=iso(NOW + second)) for name, second in at.items()]


def windows(seen: CheckContext, **limits: Any) -> list[tuple[int, int]]:
    asked = ask(options(warm_up=240, **limits), seen)
    return [(one.start - NOW, one.end - NOW) for one in asked if version(one) == "2"]


def test_no_window_holds_a_canarys_first_minutes_after_an_increase() -> None:
    first = shifts(_10=10)
    assert windows(context(now=NOW + 299, shifts=first, shifted_at=NOW + 10), max_ms=1) == []
    seen = context(now=NOW + 420, shifts=first, shifted_at=NOW + 10)
    assert windows(seen, max_ms=1) == [(300, 420)]
    hours = context(now=NOW + 7_200, shifts=first, shifted_at=NOW + 10)
    assert windows(hours, max_ms=1) == [(6_600, 7_200)]


def test_until_a_new_weight_can_be_seen_the_window_before_counts_too() -> None:
    both = shifts(_10=0, _50=600)
    early = context(now=NOW + 900, shifts=both, shifted_at=NOW + 600, weight=50.0)
    assert windows(early, max_ms=1) == [(840, 900), (240, 600)]
    later = context(now=NOW + 1_080, shifts=both, shifted_at=NOW + 600, weight=50.0)
    assert windows(later, max_ms=1) == [(840, 1_080)]


def test_short_steps_are_judged_by_the_last_weight_that_stood_long_enough() -> None:
    short = shifts(_10=0, _20=600, _30=660, _40=720)
    seen = context(now=NOW + 780, shifts=short, shifted_at=NOW + 720, weight=40.0)
    assert windows(seen, max_ms=1) == [(240, 600)]


def test_at_100_percent_milliseconds_are_of_100_percent_and_the_ratio_of_before() -> None:
    both = shifts(_10=0, _100=600)
    full = context(now=NOW + 780, shifts=both, shifted_at=NOW + 600, weight=100.0)
    assert windows(full, max_ms=1) == []
    assert windows(full, max_ratio=2) == [(240, 600)]
    warm = context(now=NOW + 1_200, shifts=both, shifted_at=NOW + 600, weight=100.0)
    assert windows(warm, max_ms=1) == [(840, 1_200)]
    assert windows(warm, max_ratio=2) == [(240, 600)]


def test_the_newest_window_with_calls_enough_is_judged() -> None:
    seen = context(now=NOW + 900, shifts=shifts(_10=0, _50=600), shifted_at=NOW + 600, weight=50.0)
    asked = options(warm_up=240, max_ms=800)
    new, old = ask(asked, seen)

    def verdict(calls_of_new: int, calls_of_old: int) -> Outcome:
        found: dict[Any, Any] = {
            question: {"calls": ((NOW, calls),), "percentile": ((NOW, ms),)}
            for question, calls, ms in ((new, calls_of_new, 900.0), (old, calls_of_old, 20.0))
        }
        return judge(asked, seen, Answers(found)).outcome

    assert verdict(99, 500) is Outcome.PASS
    assert verdict(100, 500) is Outcome.FAIL
    assert verdict(99, 99) is Outcome.INCONCLUSIVE


def test_all_at_once_has_no_minutes_to_compare() -> None:
    asked = options(max_ratio=2)
    at_full = context(weight=100.0, shifted_at=NOW + 10, now=NOW + 600)
    assert ask(asked, at_full) == []
    assert judge(asked, at_full, Answers({})).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(("days", "step"), [(15, 300), (63, 3_600)])
def test_minutes_that_cloudwatch_has_forgotten_are_asked_for_in_coarser_ones(
    days: int, step: int
) -> None:
    late = context(
        since=NOW + 60, weight=100.0, shifted_at=NOW + 1_230, now=NOW + days * DAY + 7_200
    )
    start, end = window(late, max_ratio=2)
    assert start <= 600
    assert end >= 1_200
    assert (start % step, end % step) == (0, 0)


def test_the_worst_function_of_a_group_stands_for_all() -> None:
    members = tuple(baking(group("cart", "stock"))["members"])
    asked, seen = options(max_ms=800), context(members=members)
    cart, stock = ask(asked, seen)
    fast = {"calls": ((NOW, 500.0),), "percentile": ((NOW, 20.0),)}
    slow = {"calls": ((NOW, 500.0),), "percentile": ((NOW, 900.0),)}
    found = judge(asked, seen, Answers({cart: fast, stock: slow}))
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith("stock:live: p99 is 900 ms")


def test_the_input_may_leave_the_percentile_out() -> None:
    checks = parsed(rollout(checks=[{"type": "latency", "max-ms": 800}])).settings["checks"]
    assert checks == [
        {"type": "latency", "when": "during", "percentile": 99, "warm-up": 240, "max-ms": 800}
    ]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "checks[0]: give max-ms or max-ratio, or both"),
        ({"percentile": 100, "max-ms": 1}, "checks[0].percentile: 100 was given"),
        ({"percentile": 0, "max-ms": 1}, "checks[0].percentile: 0 was given"),
        ({"percentile": "p99", "max-ms": 1}, 'checks[0].percentile: "p99" was given'),
        ({"percentile": 99.999, "max-ms": 1}, "percentile: 99.999 has more than two decimals"),
        ({"max-ms": 0}, "checks[0].max-ms: 0 was given; allowed: milliseconds above 0"),
        ({"max-ms": float("inf")}, "checks[0].max-ms: Infinity was given"),
        ({"max-ratio": -1}, "checks[0].max-ratio: -1 was given"),
        ({"max-ratio": True}, "checks[0].max-ratio: true was given"),
        ({"max-ms": None}, "checks[0].max-ms: null was given"),
        ({"max-ms": 1, "min-samples": 0}, "checks[0].min-samples: 0 was given"),
        ({"max-ms": 1, "window": 90}, "checks[0].window: 90 was given"),
        ({"max-ms": 1, "window": 90_000}, "checks[0].window: 90000 was given"),
        ({"max_ms": 1}, "checks[0].max_ms: unknown key; did you mean max-ms?"),
        ({"max-ms": 1, "when": "before"}, 'checks[0].when: "before" was given'),
    ],
)
def test_a_bad_option_is_refused_with_its_key(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(rollout(checks=[{"type": "latency", **given}]))
    assert problem in str(caught.value)
