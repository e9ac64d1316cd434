from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checks.errors import judge
from domain.checks.registry import DEFAULT_AT_ONCE
from domain.checks.support.counts import Counts
from domain.model.questions import Answers, CouldNotAsk
from domain.model.verdict import Outcome, Verdict
from tests.unit.builders import context

NOTHING = Answers({})  # the counts come with the context


def judged(options: dict[str, Any], calls: int, errors: int, wanted: int = 0) -> Verdict:
    seen = context(counts={"checkout:live": Counts(calls, errors)}, wanted=wanted)
    return judge(options, seen, NOTHING)


def percent(limit: float, calls: int, errors: int, wanted: int = 0) -> Outcome:
    return judged({"max-percent": limit}, calls, errors, wanted).outcome


def test_max_count_fails_only_above_its_limit() -> None:
    assert judged({"max-count": 0}, 100, 0).outcome is Outcome.PASS
    assert judged({"max-count": 0}, 100, 1).outcome is Outcome.FAIL
    assert judged({"max-count": 3}, 5, 3).outcome is Outcome.PASS
    assert judged({"max-count": 3}, 5, 4).outcome is Outcome.FAIL


def test_max_percent_fails_only_above_its_limit() -> None:
    assert percent(5, 1_000, 50) is Outcome.PASS
    assert percent(5, 1_000, 51) is Outcome.FAIL
    assert percent(0, 1_000, 1) is Outcome.FAIL
    assert percent(100, 10, 10) is Outcome.PASS


@pytest.mark.parametrize(("limit", "calls", "errors"), [(29, 100, 29), (0.57, 10_000, 57)])
def test_max_percent_is_exact_where_floating_point_is_not(
    limit: float, calls: int, errors: int
) -> None:
    assert percent(limit, calls, errors) is Outcome.PASS
    assert percent(limit, calls, errors + 1) is Outcome.FAIL


@given(cents=st.integers(0, 10_000), calls=st.integers(1, 10**7), errors=st.integers(0, 10**7))
def test_max_percent_agrees_with_whole_numbers(cents: int, calls: int, errors: int) -> None:
    above = 10_000 * errors > cents * calls
    assert percent(cents / 100, calls, errors) is (Outcome.FAIL if above else Outcome.PASS)


def test_with_fewer_calls_than_wanted_only_what_they_could_not_mend_fails() -> None:
    assert percent(5, calls=1, errors=1, wanted=20) is Outcome.PASS
    assert percent(5, calls=2, errors=2, wanted=20) is Outcome.FAIL
    assert percent(5, calls=1, errors=1, wanted=0) is Outcome.FAIL


def test_the_default_lets_one_failed_call_of_the_first_twenty_pass() -> None:
    assert judged(DEFAULT_AT_ONCE, 20, 1, wanted=20).outcome is Outcome.PASS
    assert judged(DEFAULT_AT_ONCE, 20, 2, wanted=20).outcome is Outcome.FAIL


def test_no_calls_are_never_a_pass() -> None:
    assert judged({"max-count": 0}, 0, 0).outcome is Outcome.INCONCLUSIVE
    assert judged({"max-percent": 5}, 0, 0, wanted=20).outcome is Outcome.INCONCLUSIVE


def test_the_reason_holds_the_numbers() -> None:
    assert judged({"max-percent": 5}, 2_000, 600).reason == (
        "checkout:live: 600 of 2,000 canary calls failed (30.00 %); at most 5 % may"
    )
    assert judged({"max-count": 0}, 10, 1).reason == (
        "checkout:live: 1 of 10 canary calls failed; at most 0 may"
    )


def test_the_worst_function_of_a_group_stands_for_all() -> None:
    counts = {
        "cart:live": Counts(50, 0),
        "checkout:live": Counts(50, 20),
        "stock:live": Counts(0, 0),
    }
    found = judge({"max-percent": 5}, context(counts=counts), NOTHING)
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith("checkout:live: 20 of 50")


def test_counts_that_could_not_be_read_are_no_verdict() -> None:
    with pytest.raises(CouldNotAsk, match="throttled"):
        judge({"max-count": 0}, context(counts=CouldNotAsk("throttled")), NOTHING)
