from domain.checks.alarm import judge
from domain.evidence import Evidence
from domain.verdict import Outcome, Verdict


def judged(
    states: dict[str, str], names: tuple[str, ...] = ("a", "b"), ignored: str = ""
) -> Verdict:
    evidence = Evidence(alarms=states, ignored_alarms=frozenset(ignored.split()))
    return judge({"names": list(names)}, evidence)


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


def test_an_ignored_alarm_is_left_out_and_named() -> None:
    assert judged({"a": "ALARM", "b": "OK"}, ignored="a") == Verdict(
        Outcome.PASS, "1 of 1 alarms OK (a left out: firing since before the start)"
    )
    assert judged({"a": "ALARM", "b": "ALARM"}, ignored="a").outcome is Outcome.FAIL


def test_alarms_that_could_not_be_read_are_an_error() -> None:
    evidence = Evidence(alarms_unavailable="throttled")
    assert judge({"names": ["a"]}, evidence) == (
        Verdict(Outcome.ERROR, "alarms could not be read: throttled")
    )
