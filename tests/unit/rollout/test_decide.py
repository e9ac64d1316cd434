import pytest

from domain.model.progress import LastVerdict
from domain.model.state import Settings
from domain.model.verdict import Outcome, Verdict
from domain.rollout.decide import Decision, Moment, decide, remember
from tests.unit.builders import parsed, rollout

BEGAN, ENDS = 0, 1_000  # when the bake begins and ends, in each moment below


def settings(**keys: object) -> Settings:
    return parsed(rollout(**{"check_interval": 60, "max_hold": 600, **keys})).settings


def verdict(outcome: str, check: str = "errors") -> LastVerdict:
    return LastVerdict(check=check, outcome=outcome, reason="why", errors=0)


def decided(outcome: str, now: int, held: int = 0, **keys: object) -> Decision:
    moment = Moment(now=now, bake_began=BEGAN, bake_ends=ENDS, held=held)
    return decide([verdict(outcome)], settings(**keys), moment)


@pytest.mark.parametrize("now", [900, ENDS, 1_200])
@pytest.mark.parametrize("min_invocations", [0, 20])
@pytest.mark.parametrize("then", ["promote", "roll-back"])
@pytest.mark.parametrize("held", [0, 600])
def test_a_fail_rolls_back_whenever_it_comes(
    now: int, min_invocations: int, then: str, held: int
) -> None:
    assert decided(
        "fail", now, held, min_invocations=min_invocations, on_insufficient_data=then
    ) == Decision("roll-back", "errors: why", error="HealthCheckFailed")


@pytest.mark.parametrize("outcome", ["pass", "inconclusive"])
@pytest.mark.parametrize("min_invocations", [0, 20])
@pytest.mark.parametrize("then", ["promote", "roll-back"])
@pytest.mark.parametrize("held", [0, 600])
def test_a_bake_runs_to_its_end_unless_a_check_fails(
    outcome: str, min_invocations: int, then: str, held: int
) -> None:
    keys = {"min_invocations": min_invocations, "on_insufficient_data": then}
    assert decided(outcome, 900, held, **keys) == (
        Decision("wait", "errors: why", until=960, passed=outcome == "pass")
    )
    assert decided(outcome, 970, held, **keys).until == ENDS


def test_a_check_that_comes_late_delays_none_after_it() -> None:
    assert [decided("pass", now).until for now in (60, 61, 119, 120)] == [120, 120, 120, 180]
    assert decided("pass", 66, check_interval=5).until == 70


def test_an_error_inside_a_bake_is_asked_again_after_a_minute_at_most() -> None:
    assert decided("error", 100, check_interval=600).until == 160
    assert decided("error", 100, check_interval=5).until == 105
    assert decided("error", 950, check_interval=600).until == ENDS


def test_an_error_after_the_bake_is_asked_again() -> None:
    assert decided("error", ENDS, 600, check_interval=600, on_insufficient_data="roll-back") == (
        Decision("wait", "errors: why", until=1_060)
    )


@pytest.mark.parametrize("held", [0, 600])
def test_a_pass_at_the_bakes_end_advances(held: int) -> None:
    assert decided("pass", ENDS, held) == Decision("advance", "errors: why", passed=True)
    assert decided("pass", ENDS + 500, held).move == "advance"


def test_too_little_data_holds_while_max_hold_is_left() -> None:
    held = Decision("wait", "holding, errors: why", until=1_060, holding=True)
    assert decided("inconclusive", ENDS) == held
    assert decided("inconclusive", ENDS, check_interval=5).until == 1_060
    assert decided("inconclusive", 1_500, 500, check_interval=900).until == 1_560
    assert decided("inconclusive", 1_590, 590).until == 1_600


def test_when_max_hold_is_used_up_the_input_says_what_happens() -> None:
    promoted = decided("inconclusive", 1_600, 600, on_insufficient_data="promote")
    assert promoted == Decision("advance", "unproven, errors: why", unproven=True, holding=True)
    refused = decided("inconclusive", 1_600, 600, on_insufficient_data="roll-back")
    assert refused == Decision(
        "roll-back", "errors: why, after 600 s of holding", error="InsufficientData", holding=True
    )


@pytest.mark.parametrize("min_invocations", [0, 20])
@pytest.mark.parametrize("then", ["promote", "roll-back"])
def test_a_suspect_canary_is_never_promoted_for_want_of_data(
    min_invocations: int, then: str
) -> None:
    keys = {"min_invocations": min_invocations, "on_insufficient_data": then}
    suspect = LastVerdict(
        check="judge", outcome="inconclusive", reason="8 of 8", errors=0, suspect=True
    )
    verdicts = [verdict("inconclusive"), suspect]
    moment = Moment(now=1_600, bake_began=BEGAN, bake_ends=ENDS, held=600)
    assert decide(verdicts, settings(**keys), moment) == Decision(
        "roll-back", "judge: 8 of 8, after 600 s of holding", error="HealthCheckFailed"
    )


def test_a_suspect_canary_is_held_first() -> None:
    suspect = LastVerdict(
        check="judge", outcome="inconclusive", reason="8 of 8", errors=0, suspect=True
    )
    moment = Moment(now=ENDS, bake_began=BEGAN, bake_ends=ENDS, held=0)
    assert decide([suspect], settings(), moment).move == "wait"


def test_no_max_hold_never_holds() -> None:
    assert decided("inconclusive", ENDS, max_hold=0).move == "advance"
    strict = decided("inconclusive", ENDS, max_hold=0, on_insufficient_data="roll-back")
    assert strict.error == "InsufficientData"


@pytest.mark.parametrize("then", ["promote", "roll-back"])
def test_min_invocations_0_never_holds_but_says_unproven(then: str) -> None:
    found = decided("inconclusive", ENDS, min_invocations=0, on_insufficient_data=then)
    assert found == Decision("advance", "unproven, errors: why", unproven=True)


def test_the_worst_verdict_decides() -> None:
    moment = Moment(now=ENDS, bake_began=BEGAN, bake_ends=ENDS, held=0)
    rising = [verdict(outcome.value, outcome.value) for outcome in Outcome]
    assert [one["outcome"] for one in rising] == ["pass", "inconclusive", "error", "fail"]
    moves = [decide(rising[: 1 + at], settings(), moment) for at in range(4)]
    assert [found.move for found in moves] == ["advance", "wait", "wait", "roll-back"]
    assert decide(rising[::-1], settings(), moment).reason == "fail: why"


def test_without_checks_a_bake_is_only_time() -> None:
    early, late = (Moment(now=now, bake_began=BEGAN, bake_ends=ENDS, held=0) for now in (900, ENDS))
    assert decide([], settings(), early).move == "wait"
    assert decide([], settings(), late) == (
        Decision("advance", "none: nothing to check", passed=True)
    )


def test_the_third_error_in_a_row_is_a_fail() -> None:
    error = Verdict(Outcome.ERROR, "throttled")
    first = remember("errors", error, None)
    second = remember("errors", error, first)
    third = remember("errors", error, second)
    assert [one["outcome"] for one in (first, second, third)] == ["error", "error", "fail"]
    assert [one["errors"] for one in (first, second, third)] == [1, 2, 3]
    assert third["reason"] == "could not be made 3 times in a row; last: throttled"


@pytest.mark.parametrize("between", [Outcome.PASS, Outcome.INCONCLUSIVE])
def test_any_answer_between_errors_starts_the_count_anew(between: Outcome) -> None:
    error = Verdict(Outcome.ERROR, "throttled")
    last = remember("errors", error, remember("errors", error, None))
    last = remember("errors", Verdict(between, "asked"), last)
    assert last["errors"] == 0
    assert remember("errors", error, last)["outcome"] == "error"


def test_a_long_reason_is_cut_at_500_bytes_and_stays_text() -> None:
    kept = remember("alarm", Verdict(Outcome.FAIL, "x" * 500), None)
    assert kept["reason"] == "x" * 500
    cut = remember("alarm", Verdict(Outcome.FAIL, "x" + "\N{PILE OF POO}" * 500), None)
    assert cut["reason"] == "x" + "\N{PILE OF POO}" * 124 + "..."
