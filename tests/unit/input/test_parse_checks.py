import pytest

from domain.checks.registry import DEFAULT, DEFAULT_AT_ONCE
from domain.model.errors import InvalidInput
from domain.model.text import show
from tests.unit.builders import parsed, rollout

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:checkout errors"


def checks_of(**keys: object) -> list[dict[str, object]]:
    return parsed(rollout(**keys)).settings["checks"]


def refusal(**keys: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        parsed(rollout(**keys))
    return str(caught.value)


def test_checks_given_take_the_place_of_the_default() -> None:
    assert checks_of(checks=[{"type": "errors", "max-count": 0}]) == [
        {"type": "errors", "when": "during", "max-count": 0}
    ]
    assert checks_of(checks=[]) == []


def test_alarms_are_checked_besides_the_default_or_the_checks_given() -> None:
    alarm = {"type": "alarm", "when": "during", "names": ["a"]}
    default = {**DEFAULT, "when": "during", "alpha": 0.01}
    assert checks_of(alarms=["a"]) == [default, alarm]
    assert checks_of(alarms=["a"], health_check=False) == [alarm]
    assert checks_of(alarms=["a"], checks=[]) == [alarm]


def test_no_health_check_skips_the_default() -> None:
    assert checks_of(health_check=False) == []


def test_an_alarm_is_named_by_name_or_arn() -> None:
    assert checks_of(alarms=[ARN], checks=[])[0]["names"] == ["checkout errors"]


def test_the_same_alarm_by_name_and_arn_is_read_once() -> None:
    assert checks_of(alarms=[ARN, "checkout errors"], checks=[])[0]["names"] == ["checkout errors"]


def test_an_alarm_of_another_account_is_named_and_refused() -> None:
    foreign = ARN.replace("123456789012", "999999999999")
    assert refusal(alarms=[foreign]) == (
        "1 problem in the input: alarms: 'checkout errors' is in us-east-1 of account "
        "999999999999; this stack releases only in us-east-1 of account 123456789012"
    )


def test_what_starts_like_an_arn_must_be_an_alarms() -> None:
    assert "alarms: 'arn:aws:s3:::bucket' is not an alarm's ARN" in refusal(
        alarms=["arn:aws:s3:::bucket"]
    )


@pytest.mark.parametrize(
    "keys",
    [
        {"type": "all-at-once"},
        {"steps": 1},
        {"type": "AllAtOnce"},
        {"type": "custom", "weights": [100]},
    ],
)
def test_without_a_baseline_to_compare_with_the_default_is_an_absolute_limit(
    keys: dict[str, object],
) -> None:
    assert checks_of(**keys) == [{**DEFAULT_AT_ONCE, "when": "during"}]


def test_a_rollout_has_three_judges_at_most() -> None:
    one = {"type": "judge", "slower-than": 800}
    assert len(checks_of(checks=[one] * 3)) == 3
    assert "checks: 4 of type judge; allowed: up to 3" in refusal(checks=[one] * 4)


def test_a_check_is_made_when_the_input_says_and_by_default_during_each_bake() -> None:
    alarm = {"type": "alarm", "names": ["a"]}
    for when in ("before", "during", "after"):
        assert checks_of(checks=[{**alarm, "when": when}])[0]["when"] == when
    assert checks_of(checks=[alarm])[0]["when"] == "during"


@pytest.mark.parametrize("when", ["before", "Before", "", None, 5, ["during"], {}])
def test_a_time_at_which_a_check_makes_no_sense_is_refused(when: object) -> None:
    """Before there is traffic, there are no errors of it to count."""
    check = {"type": "errors", "max-count": 0, "when": when}
    text = refusal(checks=[check])
    assert f"checks[0].when: {show(when)} was given; allowed: after or during" in text


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (5, "checks[0]: 5 was given; allowed: an object with a type"),
        ({}, "checks[0].type: null was given; allowed: alarm, errors"),
        ({"type": "alarms"}, 'checks[0].type: "alarms" was given; did you mean alarm?'),
        ({"type": ["errors"]}, 'checks[0].type: ["errors"] was given'),
        ({"type": "errors"}, "checks[0]: give either max-count or max-percent"),
        (
            {"type": "errors", "max-count": 1, "max-percent": 1},
            "checks[0]: give either max-count or max-percent",
        ),
        (
            {"type": "errors", "max-count": -1},
            "checks[0].max-count: -1 was given; allowed: a whole number from 0 to 1,000,000,000",
        ),
        (
            {"type": "errors", "max-count": True},
            "checks[0].max-count: true was given; allowed: a whole number from 0 to 1,000,000,000",
        ),
        (
            {"type": "errors", "max-count": None},
            "checks[0].max-count: null was given; allowed: a whole number from 0 to 1,000,000,000",
        ),
        (
            {"type": "errors", "max-percent": float("nan")},
            "checks[0].max-percent: NaN was given; allowed: a number from 0 to 100",
        ),
        (
            {"type": "errors", "max-procent": 1},
            "checks[0].max-procent: unknown key; did you mean max-percent?",
        ),
        ({"type": "alarm"}, "checks[0].names: missing; allowed: 1 to 100 alarm names or ARNs"),
        ({"type": "alarm", "names": []}, "checks[0].names: [] was given"),
        ({"type": "alarm", "names": ["a", 5]}, "checks[0].names[1]: 5 was given"),
        ({"type": "alarm", "names": ["a", "a"]}, "names: the same alarm is named twice"),
    ],
)
def test_a_bad_check_names_its_key(check: object, problem: str) -> None:
    text = refusal(checks=[check])
    assert text.startswith("1 problem in the input: ")
    assert problem in text


def test_at_most_25_checks_are_taken() -> None:
    check = {"type": "errors", "max-count": 0}
    assert len(checks_of(checks=[check] * 25)) == 25
    assert "checks: 26 were given; allowed: up to 25" in refusal(checks=[check] * 26)


def test_alarm_names_are_limited_in_bytes_since_the_state_carries_them_twice() -> None:
    names = [f"{number}".ljust(255, "x") for number in range(100)]
    assert checks_of(alarms=names, checks=[])[0]["names"] == names
    twice = [{"type": "alarm", "names": names}, {"type": "alarm", "names": names}]
    assert refusal(checks=twice) == (
        "1 problem in the input: checks: 51,800 bytes of alarm names; allowed: up to 32,768 in all"
    )
