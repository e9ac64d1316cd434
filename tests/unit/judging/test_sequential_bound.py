"""Why a canary that is no worse is rolled back with a probability of at most alpha.

The steps of the proof, each checked exactly on small minutes, and the whole by simulation.
"""

import json
from math import comb, exp, log

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.judging import sequential
from domain.judging.sequential import Case, Minute
from domain.model.verdict import Outcome
from tests.long import long


@st.composite
def minutes(draw: st.DrawFn, most_calls: int = 1_000) -> Minute:
    canary, baseline = draw(st.integers(0, most_calls)), draw(st.integers(0, most_calls))
    return Minute(
        weight=draw(st.floats(0.0001, 0.9999)),
        canary_calls=canary,
        canary_errors=draw(st.integers(0, canary)),
        baseline_calls=baseline,
        baseline_errors=draw(st.integers(0, baseline)),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    case = sequential.begin()
    for minute in draw(st.lists(minutes(), max_size=8)):
        case = sequential.step(case, minute)
    return case


def growth(case: Case, minute: Minute) -> float:
    """By what this minute multiplies the wealth, which may itself be beyond a float."""
    return exp(sequential.evidence(sequential.step(case, minute)) - sequential.evidence(case))


def binomial(n: int, p: float, k: int) -> float:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


@given(cases(), st.integers(10, 40), st.integers(1, 40), st.data())
def test_given_the_calls_and_the_errors_wealth_does_not_grow_on_average(
    case: Case, canary: int, baseline: int, data: st.DataObject
) -> None:
    """Each way to deal K errors to the calls is equally likely: hypergeometric, exactly."""
    calls = canary + baseline
    weight = data.draw(st.floats(10 / calls, 0.9999))
    errors = data.draw(st.integers(0, calls))
    mean = 0.0
    for hit in range(max(0, errors - baseline), min(errors, canary) + 1):
        chance = comb(canary, hit) * comb(baseline, errors - hit) / comb(calls, errors)
        minute = Minute(weight, canary, hit, baseline, errors - hit)
        mean += chance * growth(case, minute)
    assert mean <= 1 + 1e-9


@given(cases(), st.integers(0, 25), st.data())
def test_with_few_calls_wealth_does_not_grow_on_average_over_the_routing(
    case: Case, calls: int, data: st.DataObject
) -> None:
    """Each call is routed to the canary with the weight as its chance: binomial, exactly."""
    weight = data.draw(st.floats(0.0001, min(0.9999, 9.99 / max(calls, 1))))
    errors = data.draw(st.integers(0, calls))
    mean = 0.0
    for hit in range(errors + 1):
        for spared in range(calls - errors + 1):
            chance = binomial(errors, weight, hit) * binomial(calls - errors, weight, spared)
            minute = Minute(weight, hit + spared, hit, calls - hit - spared, errors - hit)
            mean += chance * growth(case, minute)
    assert mean <= 1 + 1e-9


@given(cases(), minutes())
def test_no_minute_multiplies_wealth_by_more_than_20_unless_the_canary_is_broken(
    case: Case, minute: Minute
) -> None:
    broken = minute.canary_calls >= 30 and minute.canary_errors >= 0.35 * minute.canary_calls
    assert broken or growth(case, minute) <= 20.1


@given(cases(), minutes(most_calls=10**9))
def test_a_case_survives_json_and_stays_small(case: Case, minute: Minute) -> None:
    case = sequential.step(case, minute)
    text = json.dumps(case)
    assert len(text) <= 500
    assert sequential.step(json.loads(text), minute) == sequential.step(case, minute)


def test_the_longest_numbers_fit_into_500_bytes() -> None:
    longest = -1.23456789012e-100
    case = Case(
        minutes=525_600,
        canary=[123456789012.0] * 2,
        baseline=[123456789012.0] * 2,
        wealth=[longest] * 4,
        peak=longest,
        expected=longest,
        squares=longest,
        variance=longest,
    )
    assert len(json.dumps(case)) <= 500


@long
def test_looking_every_minute_at_equal_versions_convicts_fewer_than_alpha() -> None:
    """Alpha is 10 % here, so that 400 rollouts can tell; a burst hits both versions at times."""
    rng = np.random.default_rng(20260105)
    convicted = 0
    for _ in range(400):
        case = sequential.begin()
        for minute in range(60):
            weight = (0.02, 0.1, 0.5)[minute // 20]
            rate = 0.3 if rng.random() < 0.05 else 0.01
            calls = rng.poisson(300)
            canary = rng.binomial(calls, weight)
            hits = rng.binomial([canary, calls - canary], rate)
            case = sequential.step(
                case, Minute(weight, int(canary), int(hits[0]), int(calls - canary), int(hits[1]))
            )
        convicted += case["peak"] >= log(1 / 0.1)
    assert 0 < convicted <= 40


def test_more_calls_of_the_same_kind_are_more_evidence() -> None:
    small = sequential.step(sequential.begin(), Minute(0.1, 20, 2, 180, 1))
    large = sequential.step(sequential.begin(), Minute(0.1, 40, 4, 360, 2))
    assert sequential.evidence(large) > sequential.evidence(small)
    assert sequential.verdict(large, alpha=0.01).outcome is Outcome.PASS
