from typing import Any

import pytest

from domain.checks.probe import judge, prepare
from domain.limits.history_budget import checks_planned, events_planned
from domain.model.errors import InvalidInput
from domain.model.member import Shifting
from domain.model.questions import Answers, CouldNotAsk, Invoked
from domain.model.verdict import Outcome, Verdict
from domain.probing.counts import begun, counted
from domain.probing.counts import judged as judge_call
from tests.unit.builders import HOME, LIMIT, baking, context, group, parsed, rollout, shifters

LOST = CouldNotAsk("invoking checkout:live: throttled")


def options(**keys: Any) -> dict[str, Any]:
    return prepare({"when": "during", **keys}, HOME)


def answer(version: str, error: str | None = None, ms: float = 5) -> Invoked:
    return Invoked(200, error, '{"total": 1}', 12, ms, version)


def member() -> Shifting:
    [one] = shifters(baking(rollout()))
    return one


def after(*answers: Invoked | CouldNotAsk, of: Shifting | None = None, **keys: Any) -> Shifting:
    """Return the member after a probe with these answers."""
    probed, asked = begun(of or member()), options(**keys)
    for one in answers:
        probed = counted(probed, *judge_call(asked, one))
    return probed


def judged(*probed: Shifting, wanted: int = 0, unprobed: str = "", **keys: Any) -> Verdict:
    seen = context(members=probed, wanted=wanted, unprobed=unprobed)
    return judge(options(**keys), seen, Answers({}))


GREEDY = "|".join(["[@]", *["[@,@][]"] * 60])
GOOD, BAD, OLD = answer("2"), answer("2", error="Unhandled"), answer("1")


def test_the_canarys_failing_share_fails_only_above_its_limit() -> None:
    assert judged(after(*[GOOD] * 19, BAD)).outcome is Outcome.PASS
    assert judged(after(*[GOOD] * 18, BAD)).outcome is Outcome.FAIL


def test_the_reason_holds_the_numbers_of_both_versions_and_the_last_flaw() -> None:
    assert judged(after(GOOD, BAD, OLD, OLD, OLD)).reason == (
        "checkout:live: 1 of 2 probe calls of the canary failed, 0 of 3 of the baseline; at most "
        "5 % may. The last one: ended in a function error: Unhandled"
    )


@pytest.mark.proves("A15")
def test_conditions_that_take_too_much_are_no_answer_and_no_failure() -> None:
    greedy: dict[str, Any] = {"assert": [GREEDY]}
    probed = after(*[GOOD] * 20, **greedy)
    assert (probed["probed"]["latest"]["failed"], probed["probed"]["canary"]["calls"]) == (20, 0)
    verdict = judged(probed, **greedy)
    assert verdict.outcome is Outcome.ERROR
    assert "the conditions take too much to evaluate" in verdict.reason


def test_of_few_calls_one_failure_does_not_convict_while_the_rest_could_mend_it() -> None:
    assert judged(after(GOOD, BAD), wanted=20).outcome is Outcome.PASS
    assert judged(after(GOOD, BAD, BAD), wanted=20).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("keys", "flaw"),
    [
        ({"max-ms": 4}, "took 5 ms; at most 4 ms is allowed"),
        ({"assert": ["total == `2`"]}, "does not hold: total == `2` (is false)"),
    ],
)
def test_slow_and_wrong_answers_are_failures(keys: dict[str, Any], flaw: str) -> None:
    assert flaw in judged(after(*[GOOD] * 5, **keys)).reason


def test_failures_of_the_baseline_are_not_the_canarys() -> None:
    assert judged(after(GOOD, *[answer("1", error="Unhandled")] * 9)).outcome is Outcome.PASS


def test_a_version_that_somebody_else_let_in_counts_for_none() -> None:
    probed = after(answer("7", error="Unhandled"))["probed"]
    assert [probed[one]["calls"] for one in ("canary", "baseline", "latest")] == [0, 0, 1]


def test_a_canary_that_no_call_has_reached_is_not_passed() -> None:
    verdict = judged(after(OLD, OLD))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert judged(after()).outcome is Outcome.INCONCLUSIVE


def test_calls_that_nobody_answers_are_an_error_for_the_latest_probe_only() -> None:
    throttled = after(GOOD, LOST)
    verdict = judged(throttled)
    assert verdict.outcome is Outcome.ERROR
    assert verdict.reason == (
        "checkout:live: 1 of 2 calls of the latest probe got no answer: invoking checkout:live: "
        "throttled"
    )
    assert judged(after(GOOD, of=throttled)).outcome is Outcome.PASS


def test_counts_go_on_from_probe_to_probe() -> None:
    again = after(GOOD, OLD, of=after(GOOD, BAD, OLD))["probed"]
    assert again["canary"] == {"calls": 3, "failed": 1}
    assert again["baseline"] == {"calls": 2, "failed": 0}
    assert again["latest"] == {"calls": 2, "failed": 0}
    assert again["flaw"].startswith("ended in a function error")


def test_what_the_state_carries_of_a_flaw_is_short() -> None:
    long = Invoked(
        200, "Unhandled", '{"errorMessage": "' + "\N{PILE OF POO}" * 9_000 + '"}', 1, 1, "2"
    )
    assert len(after(long)["probed"]["flaw"].encode()) <= 150


def test_a_probe_that_did_not_report_is_an_error() -> None:
    with pytest.raises(CouldNotAsk, match=r"no probe since the last health check: Lambda\.Unknown"):
        judged(member(), unprobed="Lambda.Unknown")


def test_the_worst_verdict_of_a_group_stands_for_all() -> None:
    cart, checkout = shifters(baking(group("cart", "checkout")))
    verdict = judged(after(GOOD, of=cart), after(BAD, of=checkout))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.startswith("checkout:live: ")


def test_a_bare_probe_has_defaults() -> None:
    [check] = parsed(rollout(checks=[{"type": "probe"}])).settings["checks"]
    assert check == {
        "type": "probe",
        "when": "during",
        "rate": 1,
        "payload": {},
        "max-percent": 5,
    }


def test_health_is_checked_before_a_probes_time_is_over() -> None:
    raw = rollout(checks=[{"type": "probe"}], interval=7_200, check_interval=3_600)
    assert parsed(raw).settings["check_interval"] == 840


def test_a_probed_check_counts_for_more_of_the_workflows_history() -> None:
    plain = events_planned(parsed(rollout(checks=LIMIT)).settings)
    with_probe = events_planned(parsed(rollout(checks=[{"type": "probe"}])).settings)
    assert with_probe - plain == 3 * checks_planned(parsed(rollout()).settings)


def test_a_second_probe_is_refused_wherever_it_stands() -> None:
    checks = [{"type": "errors", "max-count": 0}, {"type": "probe"}, {"type": "probe"}]
    with pytest.raises(InvalidInput, match=r"checks: 2 of type probe; allowed: up to 1"):
        parsed(rollout(checks=checks))
