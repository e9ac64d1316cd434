from typing import Any

import pytest

from domain.checks.alarm import ask, fold, judge
from domain.checks.registry import needs_of
from domain.checks.support.check import Needs
from domain.model.questions import AlarmState, Answers, CouldNotAsk
from domain.model.verdict import Outcome, Verdict
from tests.unit.builders import NOW, context


def judged(
    states: dict[str, str], names: tuple[str, ...] = ("a", "b"), ignored: str = ""
) -> Verdict:
    """`states` are of the alarms there are; every alarm named was asked about."""
    answers = Answers({AlarmState(name): states.get(name) for name in names})
    seen = context(ignored_alarms=frozenset(ignored.split()))
    return judge({"names": list(names)}, seen, answers)


def test_every_alarm_is_asked_about() -> None:
    assert ask({"names": ["a", "b"]}, context()) == [AlarmState("a"), AlarmState("b")]


def test_what_alarms_did_is_asked_since_the_last_check_or_the_first_shift() -> None:
    def since(**seen: Any) -> list[int | None]:
        return [question.since for question in ask({"names": ["a", "b"]}, context(**seen))]

    assert since() == [None, None]  # before the first shift
    assert since(shifted_at=NOW) == [NOW, NOW]
    assert since(shifted_at=NOW, carried=NOW + 60) == [NOW + 60, NOW + 60]
    asked = ask({"names": ["a", "b"]}, context(carried=NOW, ignored_alarms=frozenset("a")))
    assert [(one.since, one.left_out) for one in asked] == [(NOW, True), (NOW, False)]


def test_when_alarms_were_read_is_carried_on() -> None:
    read = Answers({AlarmState("a"): "OK"})
    assert fold({"names": ["a"]}, context(now=NOW), read) == NOW
    with pytest.raises(CouldNotAsk):
        fold({"names": ["a", "b"]}, context(now=NOW), read)


def test_an_alarm_that_fired_between_two_checks_fails() -> None:
    verdict = judged({"a": "OK", "b": "FIRED"})
    assert verdict == Verdict(Outcome.FAIL, "b: has fired since the last check, and recovered")


def test_all_alarms_ok_is_a_pass() -> None:
    assert judged({"a": "OK", "b": "OK"}) == Verdict(Outcome.PASS, "2 of 2 alarms OK")


def test_one_firing_alarm_fails_by_its_name() -> None:
    assert judged({"a": "OK", "b": "ALARM"}) == Verdict(Outcome.FAIL, "b: firing")


def test_a_firing_alarm_is_graver_than_one_that_is_gone() -> None:
    assert judged({"b": "ALARM"}).outcome is Outcome.FAIL


def test_an_alarm_that_is_gone_is_an_error_never_ok() -> None:
    assert judged({"a": "OK"}) == Verdict(Outcome.ERROR, "b: not there (deleted or renamed)")


def test_an_alarm_without_data_is_inconclusive() -> None:
    assert judged({"a": "OK", "b": "INSUFFICIENT_DATA"}) == (
        Verdict(Outcome.INCONCLUSIVE, "b: without enough data")
    )


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("EVALUATION_ERROR", Outcome.ERROR),
        ("EVALUATION_FAILURE", Outcome.INCONCLUSIVE),
        ("PARTIAL_DATA", Outcome.INCONCLUSIVE),
        ("SOMETHING_NEW", Outcome.INCONCLUSIVE),
    ],
)
def test_an_alarm_that_could_not_be_evaluated_is_never_ok(state: str, outcome: Outcome) -> None:
    assert judged({"a": "OK", "b": state}).outcome is outcome


def test_alarms_that_are_all_left_out_are_no_pass() -> None:
    assert judged({"a": "ALARM", "b": "ALARM"}, ignored="a b") == Verdict(
        Outcome.INCONCLUSIVE,
        "no alarm counts yet (a, b left out: firing since before the start)",
        aside=True,
    )


def test_an_ignored_alarm_is_left_out_and_named() -> None:
    assert judged({"a": "ALARM", "b": "OK"}, ignored="a") == Verdict(
        Outcome.PASS, "1 of 1 alarms OK (a left out: firing since before the start)"
    )
    assert judged({"a": "ALARM", "b": "ALARM"}, ignored="a").outcome is Outcome.FAIL


def test_an_ignored_alarm_that_was_ok_and_fires_again_fails() -> None:
    assert judged({"a": "AGAIN", "b": "ALARM"}, ignored="a b") == Verdict(
        Outcome.FAIL,
        "a: was OK since the last check, and fires again (b left out: firing since before the "
        "start)",
    )


def test_ignored_alarms_that_could_not_be_read_are_left_out_still() -> None:
    unread = Answers({AlarmState("a"): CouldNotAsk("reading alarms: throttled")})
    verdict = judge({"names": ["a"]}, context(ignored_alarms=frozenset({"a"})), unread)
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_alarms_that_could_not_be_read_are_no_verdict() -> None:
    unread = Answers({AlarmState("a"): CouldNotAsk("reading alarms: throttled")})
    with pytest.raises(CouldNotAsk, match="throttled"):
        judge({"names": ["a"]}, context(), unread)


def test_an_alarm_nobody_asked_about_is_no_verdict() -> None:
    with pytest.raises(CouldNotAsk):
        judge({"names": ["a"]}, context(), Answers({}))


def test_the_alarms_of_all_checks_must_be_in_the_account() -> None:
    checks: list[dict[str, Any]] = [
        {"type": "alarm", "names": ["a", "b"]},
        {"type": "errors", "max-count": 0},
        {"type": "alarm", "names": ["b"]},
    ]
    assert needs_of(checks) == Needs(alarms=["a", "b", "b"], functions=[])
