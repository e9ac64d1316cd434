"""How the judge behaves, minute by minute; test_judge_bound.py is about its false rollbacks."""

import json
from collections.abc import Iterable
from math import exp, log, log1p
from time import process_time

import pytest

from domain.judging import sequential
from domain.judging.sequential import Case, Minute
from domain.model.verdict import Outcome, Verdict

# 20 calls a second, of which a tenth goes to the canary.
HEALTHY = Minute(0.1, 120, 0, 1_080, 1)
FIVE_PERCENT = Minute(0.1, 120, 6, 1_080, 1)


def after(minutes: Iterable[Minute], case: Case | None = None) -> Case:
    case = case or sequential.begin()
    for minute in minutes:
        case = sequential.step(case, minute)
    return case


def verdict(minutes: Iterable[Minute]) -> Verdict:
    return sequential.verdict(after(minutes), alpha=0.01, min_calls=20)


def minutes_until_convicted(minute: Minute, case: Case) -> int:
    for count in range(1, 100):
        case = sequential.step(case, minute)
        if sequential.verdict(case, alpha=0.01).outcome is Outcome.FAIL:
            return count
    raise AssertionError("not convicted within 99 minutes")


def test_half_of_the_calls_failing_convicts_in_the_first_minute() -> None:
    assert verdict([Minute(0.1, 120, 60, 1_080, 1)]).outcome is Outcome.FAIL


def test_five_percent_of_failures_convict_in_two_minutes() -> None:
    assert minutes_until_convicted(FIVE_PERCENT, sequential.begin()) == 2


@pytest.mark.parametrize("errors", [1, 5, 41])
def test_one_minute_alone_does_not_convict(errors: int) -> None:
    assert verdict([Minute(0.1, 120, errors, 1_080, 0)]).outcome is Outcome.PASS


def test_a_base_rate_of_one_percent_is_nobodys_fault() -> None:
    assert verdict([Minute(0.1, 300, 3, 2_700, 27)] * 90).outcome is Outcome.PASS


def test_a_canary_that_fails_a_fifth_more_is_tolerated_at_500_calls_a_second() -> None:
    assert verdict([Minute(0.1, 3_000, 36, 27_000, 270)] * 90).outcome is Outcome.PASS


def test_a_canary_that_fails_twice_as_often_is_not() -> None:
    assert minutes_until_convicted(Minute(0.1, 3_000, 60, 27_000, 270), sequential.begin()) == 3


def test_an_outage_that_hits_both_versions_is_nobodys_fault() -> None:
    for part in (0.2, 0.5, 0.8, 1.0):
        outage = Minute(0.1, 120, 120 * part, 1_080, 1_080 * part)
        assert verdict([HEALTHY] * 3 + [outage] * 10 + [HEALTHY]).outcome is Outcome.PASS


def test_a_canary_that_adds_to_an_outage_is_convicted_by_its_missing_successes() -> None:
    assert minutes_until_convicted(Minute(0.1, 120, 120, 1_080, 864), sequential.begin()) == 1


def test_an_outage_while_the_weight_rises_is_nobodys_fault() -> None:
    # Added up, the canary failed 27 % of its calls and the baseline 12 %: Simpson's paradox.
    before, during = Minute(0.1, 120, 0, 1_080, 0), Minute(0.5, 600, 192, 600, 192)
    assert verdict([before] * 10 + [during] * 10).outcome is Outcome.PASS


@pytest.mark.parametrize("healthy", [45, 1_440, 10_080], ids=["45 min", "a day", "a week"])
def test_a_late_onset_is_caught_as_well_after_a_week_as_after_an_hour(healthy: int) -> None:
    case = after([HEALTHY] * healthy)
    assert minutes_until_convicted(FIVE_PERCENT, case) <= 9
    assert minutes_until_convicted(Minute(0.1, 120, 36, 1_080, 1), case) <= 7
    assert minutes_until_convicted(Minute(0.1, 120, 60, 1_080, 1), case) == 1


def test_a_better_canary_is_never_blamed() -> None:
    case = after([Minute(0.5, 600, 0, 600, 6)] * 60)
    assert sequential.evidence(case) < 0
    assert case["peak"] == 0


def test_evidence_falls_as_healthy_minutes_follow() -> None:
    suspect = after([FIVE_PERCENT])
    assert sequential.evidence(suspect) > 1
    assert sequential.evidence(after([HEALTHY] * 20, suspect)) < 0


def test_a_lost_case_stays_lost() -> None:
    case = after([FIVE_PERCENT] * 4 + [HEALTHY] * 100)
    assert sequential.evidence(case) < log(100)
    assert sequential.verdict(case, alpha=0.01).outcome is Outcome.FAIL


@pytest.mark.parametrize("weight", [0, 1])
def test_without_a_split_there_is_nothing_to_compare(weight: float) -> None:
    case = after([HEALTHY, FIVE_PERCENT])
    assert sequential.step(case, Minute(weight, 500, 500, 1, 0)) == case


def test_minutes_without_calls_say_nothing() -> None:
    case = after([Minute(0.1, 0, 0, 0, 0)] * 60)
    assert sequential.evidence(case) == pytest.approx(0, abs=1e-9)
    assert sequential.verdict(case, alpha=0.01).outcome is Outcome.INCONCLUSIVE


def test_too_few_canary_calls_are_inconclusive() -> None:
    found = verdict([Minute(0.1, 9, 0, 81, 0)] * 2)
    assert found == Verdict(
        Outcome.INCONCLUSIVE,
        "canary 0 of 18 calls failed, baseline 0 of 162 in the same minutes; "
        "20 canary calls beside some of the baseline are wanted",
    )
    assert verdict([Minute(0.1, 10, 0, 90, 0)] * 2).outcome is Outcome.PASS


def test_no_baseline_calls_are_inconclusive() -> None:
    assert verdict([Minute(0.9, 50, 0, 0, 0)]).outcome is Outcome.INCONCLUSIVE


def test_enough_evidence_convicts_before_there_are_enough_calls() -> None:
    assert verdict([Minute(0.1, 3, 3, 27, 0)] * 5).outcome is Outcome.FAIL


def test_the_reason_tells_counts_and_how_rare_they_are() -> None:
    case = after([Minute(0.1, 201, 18, 1_803, 6), Minute(0.1, 201, 19, 1_803, 6)])
    assert sequential.verdict(case, alpha=0.01) == Verdict(
        Outcome.FAIL,
        "canary 37 of 402 calls failed, baseline 12 of 3,606 in the same minutes; if the versions "
        "were equal, evidence this strong would come up in 1 rollout of 320",
    )
    assert sequential.verdict(after([HEALTHY]), alpha=0.01).reason == (
        "canary 0 of 120 calls failed, baseline 1 of 1,080 in the same minutes; "
        "no evidence that the canary is worse"
    )


def test_evidence_beyond_words_is_bounded() -> None:
    case = after([Minute(0.5, 30_000, 30_000, 30_000, 0)] * 10_000)
    assert sequential.verdict(case, alpha=0.01).reason.endswith(
        "1 rollout of more than 1,000,000,000"
    )


def test_slow_calls_are_judged_by_the_same_rule() -> None:
    # CloudWatch interpolates trimmed counts: not whole, and now and then a hair below zero.
    case = after([Minute(0.1, 120, 23.7, 1_080, -1e-9), Minute(0.1, 120, 120.000001, 1_080, 0.4)])
    found = sequential.verdict(case, alpha=0.01, verb="took longer than 800 ms")
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith("canary 144 of 240 calls took longer than 800 ms, baseline 0 of")


def test_alpha_is_shared_by_all_comparisons_of_a_rollout() -> None:
    case = after([FIVE_PERCENT] * 2)
    rarity = exp(case["peak"])
    assert sequential.verdict(case, alpha=0.01, comparisons=1).outcome is Outcome.FAIL
    assert sequential.verdict(case, alpha=0.01, comparisons=50).outcome is Outcome.PASS
    assert exp(sequential.log_rarity(case["peak"], 50)) == pytest.approx(rarity / 50)


def test_one_failed_canary_call_weighs_what_the_formula_says() -> None:
    # K = y = 1, p = 0.1; the power is 1 / (1 + 2 * 0.2^2 * 1 * 0.1 * 0.9), the first stakes 0.2.
    gains = [(log(psi) - log1p(0.1 * (psi - 1))) / 1.0072 for psi in (2, 5, 20, 200)]
    wealth = 0.2 + 0.2 * sum(exp(gain) for gain in gains)
    case = after([Minute(0.1, 100, 1, 900, 0)])
    assert sequential.evidence(case) == pytest.approx(log(wealth), abs=1e-9)


def test_errors_that_come_in_clusters_count_less_once_seen() -> None:
    # Ten at a time, on either version: after such a past, ten on the canary are no surprise.
    past = [Minute(0.5, 600, 10, 600, 0), Minute(0.5, 600, 0, 600, 10)] * 10
    cluster = [Minute(0.5, 600, 10, 600, 0)] * 2
    gain = sequential.evidence(after(cluster, after(past))) - sequential.evidence(after(past))
    assert gain < sequential.evidence(after(cluster)) / 2


def test_judging_a_minute_leaves_the_case_as_it_was() -> None:
    case = after([HEALTHY, FIVE_PERCENT])
    copy = json.loads(json.dumps(case))
    assert sequential.step(case, FIVE_PERCENT) == sequential.step(case, FIVE_PERCENT)
    assert case == copy


def test_a_step_takes_less_than_a_millisecond() -> None:
    started = process_time()
    after([FIVE_PERCENT] * 500)
    assert (process_time() - started) / 500 < 0.001
