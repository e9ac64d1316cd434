import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from domain.checks.function import ask, judge, payload
from domain.checks.support.counts import Counts
from domain.model.errors import InvalidInput
from domain.model.questions import Answers, CouldNotAsk, Invoke, Invoked
from domain.model.verdict import Outcome, Verdict
from tests.unit.builders import EXECUTION, HOME, context, parsed, rollout

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "check-function.schema.json").read_text(encoding="utf-8")
)
ANSWER = Draft202012Validator(SCHEMA)
ROLLOUT = Draft202012Validator({**SCHEMA["$defs"]["rollout"], "$schema": SCHEMA["$schema"]})
ASKED = {"type": "function", "when": "during", "function": "judge"}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:checkout"


def judged(body: str, error: str | None = None) -> Verdict:
    found = Invoked(200, error, body, len(body), 50, "$LATEST")
    return judge(ASKED, context(), Answers(dict.fromkeys(ask(ASKED, context()), found)))


@pytest.mark.parametrize("outcome", ["pass", "fail", "inconclusive"])
def test_the_functions_word_is_the_verdict(outcome: str) -> None:
    body = json.dumps({"status": outcome, "reason": "3 of 4 carts full"})
    assert judged(body) == Verdict(Outcome(outcome), "judge says: 3 of 4 carts full")


def test_it_is_told_the_rollout() -> None:
    [question] = ask(ASKED, context(counts={"checkout:live": Counts(120, 3)}))
    assert (question.function, question.qualifier) == ("judge", "")
    assert json.loads(question.payload) == {
        "execution": EXECUTION,
        "when": "during",
        "weight": 10.0,
        "since": "2026-01-05T09:00:00Z",
        "now": "2026-01-05T09:10:00Z",
        "functions": [
            {
                "function-name": "checkout",
                "alias-name": "live",
                "alias-arn": f"{ARN}:live",
                "old-version": "1",
                "old-version-arn": f"{ARN}:1",
                "new-version": "2",
                "new-version-arn": f"{ARN}:2",
                "calls": 120,
                "errors": 3,
            }
        ],
    }


@pytest.mark.proves("A75")
@pytest.mark.parametrize(
    "seen",
    [
        context(counts={"checkout:live": Counts(120, 3)}),
        context(when="after", weight=100.0),
        context(when="before", weight=0.0, since=0),
        context(counts=CouldNotAsk("throttled")),
        context(execution="arn:aws:lambda:us-east-1:123456789012:function:Simple:request"),
    ],
)
def test_what_it_is_told_is_as_the_schema_says(seen: Any) -> None:
    ROLLOUT.validate(payload(seen))


def test_numbers_that_are_not_there_are_null() -> None:
    [of_one] = payload(context(counts=CouldNotAsk("throttled")))["functions"]
    assert (of_one["calls"], of_one["errors"]) == (None, None)
    assert payload(context(when="before", weight=0.0, since=0))["since"] is None


def test_the_schemas_are_sound() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@given(
    some.fixed_dictionaries(
        {},
        optional={
            "status": some.sampled_from(["pass", "fail", "inconclusive", "PASS", "error", 1, None]),
            "reason": some.text() | some.none() | some.integers(),
            "more": some.none(),
        },
    )
    | some.none()
    | some.text()
    | some.lists(some.integers())
)
def test_an_answer_is_an_error_exactly_where_the_schema_refuses_it(answer: Any) -> None:
    outcome = judged(json.dumps(answer)).outcome
    assert (outcome is not Outcome.ERROR) == ANSWER.is_valid(answer)


@pytest.mark.proves("A74")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"status": "ok"}', 'judge answered an object with status; allowed: {"status": "pass", '),
        ("null", "judge answered null; allowed: "),
        ("true", "judge answered true; allowed: "),
        ("<html>", "judge answered what is not JSON"),
        ("[" * 99_999, "judge answered what is not JSON"),
    ],
)
def test_any_other_answer_is_an_error(body: str, reason: str) -> None:
    verdict = judged(body)
    assert verdict.outcome is Outcome.ERROR
    assert verdict.reason.startswith(reason)
    assert len(verdict.reason) < 300


def test_a_function_that_fails_is_an_error() -> None:
    body = json.dumps({"errorType": "KeyError", "errorMessage": "'weight'"})
    assert judged(body, error="Unhandled") == Verdict(
        Outcome.ERROR, "judge failed: KeyError: 'weight'"
    )


@pytest.mark.proves("A73")
def test_a_long_reason_is_cut() -> None:
    body = json.dumps({"status": "pass", "reason": "x" * 100_000})
    assert len(judged(body).reason) < 400


@pytest.mark.proves("A73")
def test_a_reason_is_told_on_one_line() -> None:
    body = json.dumps({"status": "fail", "reason": "3 of\r\n 4\x00\u2028carts"})
    assert judged(body).reason == "judge says: 3 of 4 carts"


def test_a_function_that_could_not_be_asked_is_no_verdict() -> None:
    with pytest.raises(CouldNotAsk):
        judge(ASKED, context(), Answers({Invoke("judge", "", "{}"): CouldNotAsk("denied")}))


def test_an_arn_is_taken_for_its_name() -> None:
    arn = f"arn:aws:lambda:{HOME.region}:{HOME.account}:function:judge"
    [asked] = parsed(rollout(checks=[{"type": "function", "function": arn}])).settings["checks"]
    assert asked == ASKED


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "checks[0].function: missing; allowed: a function's name or unqualified ARN"),
        ({"function": None}, "checks[0].function: null was given"),
        ({"function": ""}, 'checks[0].function: "" was given'),
        ({"function": 5}, "checks[0].function: 5 was given"),
        ({"function": "a b"}, 'checks[0].function: "a b" is not a function\'s name or ARN'),
        ({"function": "judge:live"}, 'checks[0].function: "judge:live" is not a function\'s'),
        ({"function": f"{ARN}:live"}, "has a qualifier (:live); leave it out"),
        (
            {"function": ARN.replace("123456789012", "999999999999")},
            "is in us-east-1 of account 999999999999; this stack releases only in",
        ),
        ({"function": "judge", "payload": {}}, "checks[0].payload: unknown key"),
        ({"function": "judge", "when": 1}, "checks[0].when: 1 was given"),
    ],
)
def test_bad_options_are_refused_by_their_keys(keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parsed(rollout(checks=[{"type": "function", **keys}]))
    assert problem in str(refused.value)
    assert str(refused.value).startswith("1 problem in the input: ")
