import json
from typing import Any

import pytest

from domain.checks.invoke import ask, judge
from domain.checks.support.context import CheckContext
from domain.model.alias import shifting
from domain.model.errors import InvalidInput
from domain.model.questions import Answers, CouldNotAsk, Invoke, Invoked
from domain.model.verdict import Outcome, Verdict
from tests.unit.builders import HOME, baking, context, group, parsed, rollout

SAME = {"compare": {"ignore": ["id"]}}


def options(raw: dict[str, Any] | None = None, /, **keys: Any) -> dict[str, Any]:
    """As a health check gets them; `raw` holds the keys that are no Python names."""
    check = {"type": "invoke", **(raw or {}), **{k.replace("_", "-"): keys[k] for k in keys}}
    [found] = parsed(rollout(checks=[check])).settings["checks"]
    return found


def answer(content: Any = None, ms: float = 50, error: str | None = None, **more: Any) -> Invoked:
    body = json.dumps(content)
    return Invoked(**{"status": 200, "error": error, "body": body, "size": len(body),
                      "milliseconds": ms, "version": "2", **more})  # fmt: skip


def judged(asked: dict[str, Any], *found: Any, seen: CheckContext | None = None) -> Verdict:
    """Return the verdict on these answers, in the order of the questions."""
    there = seen or context()
    questions = ask(asked, there)
    return judge(asked, there, Answers(dict(zip(questions, found, strict=True))))


def group_context(*names: str) -> CheckContext:
    return context(members=tuple(shifting(baking(group(*names))["members"])))


def test_the_new_version_is_called_directly_with_an_empty_object_by_default() -> None:
    assert ask(options(), context()) == [Invoke("checkout", "2", "{}", 1)]


def test_the_alias_is_called_where_the_input_says_so() -> None:
    asked = options(target="alias", payload={"a": [1, None]})
    assert ask(asked, context()) == [Invoke("checkout", "live", '{"a": [1, null]}', 1)]


def test_each_function_is_called_as_often_as_the_input_says() -> None:
    calls = ask(options(times=3), group_context("cart", "checkout"))
    assert [(call.function, call.number) for call in calls] == [
        ("cart", 1), ("cart", 2), ("cart", 3), ("checkout", 1), ("checkout", 2), ("checkout", 3),
    ]  # fmt: skip


def test_one_function_of_the_group_can_be_named() -> None:
    arn = f"arn:aws:lambda:{HOME.region}:{HOME.account}:function:cart"
    for name in ("cart", arn):
        check = {"type": "invoke", "function": name}
        [asked] = parsed(group("cart", "checkout", checks=[check])).settings["checks"]
        assert [call.function for call in ask(asked, group_context("cart", "checkout"))] == ["cart"]


def test_a_named_function_that_does_not_shift_is_no_pass() -> None:
    verdict = judged(options(function="checkout"), seen=group_context("cart"))
    assert verdict == Verdict(Outcome.INCONCLUSIVE, "checkout does not shift: nobody to ask")


@pytest.mark.proves("A15")
def test_the_conditions_of_all_calls_share_what_they_may_take() -> None:
    """One call's conditions take a third of it."""
    asked = options({"assert": ["[?@ > `0`] || [?@ > `0`] || @"]}, times=4)
    large = answer([0] * 70_000)
    assert judged(options({"assert": ["[?@ > `0`] || [?@ > `0`] || @"]}), large).outcome is (
        Outcome.PASS
    )
    verdict = judged(asked, *[large] * 4)
    assert verdict.outcome is Outcome.ERROR
    assert verdict.reason == "checkout:2: the conditions take too much to evaluate"


def test_any_answer_passes_where_nothing_is_asked_of_it() -> None:
    assert judged(options(times=2), answer("x", ms=10), answer(ms=70)) == Verdict(
        Outcome.PASS, "2 of 2 calls answered as asked, the slowest in 70 ms"
    )


def test_a_function_error_fails_with_the_functions_own_words() -> None:
    crash = answer({"errorType": "KeyError", "errorMessage": "'price'"}, error="Unhandled")
    assert judged(options(), crash) == Verdict(
        Outcome.FAIL, "checkout:2: ended in a function error: KeyError: 'price'"
    )
    assert judged(options(), answer(error="Unhandled", body="")).reason.endswith(": Unhandled")


def test_a_function_error_can_be_allowed_or_required() -> None:
    crash = answer({"errorMessage": "no such customer"}, error="Unhandled")
    assert judged(options(function_error="allowed"), crash).outcome is Outcome.PASS
    assert judged(options(function_error="allowed"), answer()).outcome is Outcome.PASS
    assert judged(options(function_error="required"), crash).outcome is Outcome.PASS
    assert judged(options(function_error="required"), answer()).reason == (
        "checkout:2: ended without the function error that is required"
    )


def test_the_status_is_the_answers_own_or_else_lambdas() -> None:
    assert judged(options(status=201), answer({"statusCode": 201})).outcome is Outcome.PASS
    assert judged(options(status=200), answer({"body": 1})).outcome is Outcome.PASS
    assert judged(options(status=200), answer({"statusCode": True})).outcome is Outcome.PASS
    assert judged(options(status=200), answer({"statusCode": 502})).reason == (
        "checkout:2: status 502 instead of 200"
    )


def test_a_call_fails_only_above_its_limits() -> None:
    assert judged(options(max_ms=50), answer(ms=50)).outcome is Outcome.PASS
    assert judged(options(max_ms=50), answer(ms=1_234.5)).reason == (
        "checkout:2: took 1,234 ms; at most 50 ms is allowed"
    )
    assert judged(options(max_bytes=4), answer(None)).outcome is Outcome.PASS
    assert judged(options(max_bytes=4), answer("1234")).reason == (
        "checkout:2: answered 6 bytes; at most 4 is allowed"
    )


def test_every_condition_has_to_hold() -> None:
    asked = options({"assert": ["total > `0`", "currency == 'EUR'"]})
    assert judged(asked, answer({"total": 5, "currency": "EUR"})).outcome is Outcome.PASS
    assert judged(asked, answer({"total": 5, "currency": "USD"})).reason == (
        "checkout:2: does not hold: currency == 'EUR' (is false)"
    )
    assert judged(asked, answer(None)).outcome is Outcome.FAIL


def test_an_answer_that_is_no_json_is_a_text() -> None:
    asked = options({"assert": ["starts_with(@, '<html')"]})
    assert judged(asked, answer(body="<html>")).outcome is Outcome.PASS


def test_one_bad_call_of_many_fails() -> None:
    asked = options({"assert": ["ok"]}, times=3)
    good, bad = answer({"ok": True}), answer({"ok": False})
    assert judged(asked, good, bad, good).outcome is Outcome.FAIL


def test_a_call_that_could_not_be_made_is_an_error_unless_another_fails() -> None:
    asked, lost = options({"assert": ["ok"]}, times=2), CouldNotAsk("throttled")
    assert judged(asked, answer({"ok": True}), lost) == Verdict(
        Outcome.ERROR, "checkout:2: throttled"
    )
    assert judged(asked, lost, answer({"ok": False})).outcome is Outcome.FAIL


def test_through_the_alias_the_version_that_answered_is_named() -> None:
    asked = options(target="alias", status=201)
    assert judged(asked, answer(version="1")).reason == (
        "checkout:live (version 1): status 200 instead of 201"
    )


def test_the_baseline_gets_the_same_payload_to_compare_with() -> None:
    calls = ask(options(SAME, payload={"n": 1}, times=2), context())
    assert [(call.qualifier, call.payload, call.number) for call in calls] == [
        ("2", '{"n": 1}', 1), ("1", '{"n": 1}', 1), ("2", '{"n": 1}', 2), ("1", '{"n": 1}', 2),
    ]  # fmt: skip


def test_answers_that_are_the_same_but_for_what_is_ignored_pass() -> None:
    new, old = answer({"id": 9, "n": 1}), answer({"id": 8, "n": 1}, version="1")
    assert judged(options(SAME), new, old).outcome is Outcome.PASS
    assert judged(options(compare={}), new, old).outcome is Outcome.FAIL


def test_a_different_answer_fails_by_its_paths() -> None:
    new = answer({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5})
    old = answer({"a": 0, "b": 0, "c": 0, "d": 0, "e": 0}, version="1")
    assert judged(options(SAME), new, old) == Verdict(
        Outcome.FAIL,
        'checkout:2: answers differ from version 1\'s: "a" was a number and is another; "b" was a '
        'number and is another; "c" was a number and is another; and 2 more',
    )


def test_a_baseline_that_fails_itself_is_no_pass() -> None:
    old = answer({"errorMessage": "broken"}, error="Unhandled", version="1")
    assert judged(options(SAME), answer(), old) == Verdict(
        Outcome.INCONCLUSIVE,
        "checkout:2: version 1 itself failed (broken): nothing to compare with",
    )


def test_errors_are_compared_where_they_are_allowed() -> None:
    crash, other = answer("a", error="Unhandled"), answer("b", error="Unhandled", version="1")
    asked = options(SAME, function_error="allowed")
    assert judged(asked, crash, crash).outcome is Outcome.PASS
    assert judged(asked, crash, other).outcome is Outcome.FAIL
    assert judged(asked, crash, answer(version="1")).reason == (
        "checkout:2: failed, unlike version 1"
    )


def test_a_baseline_that_could_not_be_asked_is_an_error() -> None:
    assert judged(options(SAME), answer(), CouldNotAsk("throttled")).outcome is Outcome.ERROR


@pytest.mark.proves("A59", "A62")
def test_hostile_answers_end_in_a_short_reason() -> None:
    deep = "[" * 900 + "]" * 900
    huge = json.dumps({"k" * 100_000: "v" * 100_000})
    asked = options({"assert": ["missing"]})
    for body in (deep, huge, "\ud800", "9" * 5_000):
        verdict = judged(asked, answer(body=body))
        assert verdict.outcome is Outcome.FAIL
        verdict = judged(options(SAME), answer(body=body), answer(version="1"))
        assert verdict.outcome in (Outcome.FAIL, Outcome.ERROR)
        assert len(verdict.reason) < 600
        verdict = judged(options(), answer(body=body, error="Unhandled"))
        assert len(verdict.reason) < 300


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"payload": None}, "checks[0].payload: null was given; allowed: any JSON but null"),
        ({"payload": float("nan")}, "checks[0]: payload: is not JSON"),
        ({"payload": "\ud800"}, "checks[0]: payload: is not JSON"),
        ({"function": "other"}, 'checks[0].function: "other" is not released here; allowed: ch'),
        ({"function": "a b"}, 'checks[0].function: "a b" is not a function\'s name or ARN'),
        ({"function": "checkout:live"}, "checks[0].function: "),
        ({"target": "$LATEST"}, 'checks[0].target: "$LATEST" was given; allowed: version or alias'),
        ({"target": "alias", "when": "before"}, "checks[0].target: before, the alias leads to the"),
        ({"target": "alias", "compare": {}}, "checks[0]: compare goes with target version"),
        ({"when": "never"}, 'checks[0].when: "never" was given; allowed: after or before or dur'),
        ({"times": 0}, "checks[0].times: 0 was given; allowed: a whole number from 1 to 10"),
        ({"times": 11}, "checks[0].times: 11 was given"),
        ({"times": 1.5}, "checks[0].times: 1.5 was given"),
        ({"status": 99}, "checks[0].status: 99 was given"),
        ({"status": "200"}, 'checks[0].status: "200" was given'),
        ({"function-error": "Unhandled"}, 'checks[0].function-error: "Unhandled" was given'),
        ({"max-ms": 0}, "checks[0].max-ms: 0 was given"),
        ({"max-ms": float("inf")}, "checks[0].max-ms: Infinity was given"),
        ({"max-bytes": 0}, "checks[0].max-bytes: 0 was given"),
        ({"assert": "ok"}, 'checks[0].assert: "ok" was given'),
        ({"assert": []}, "checks[0].assert: [] was given"),
        ({"assert": ["ok"] * 21}, "checks[0].assert: 21 were given"),
        ({"assert": ["ok", "a["]}, 'checks[0].assert[1]: "a[" is not JMESPath'),
        ({"assert": ["a" * 1_001]}, "checks[0].assert[0]: "),
        ({"assert": ["system('id')"]}, 'calls "system", which JMESPath does not know'),
        ({"assert": [5]}, "checks[0].assert[0]: 5 was given"),
        ({"assert_": ["ok"]}, "checks[0].assert_: unknown key; did you mean assert?"),
        ({"compare": True}, "checks[0].compare: true was given"),
        ({"compare": {"ignore": "id"}}, 'checks[0].compare.ignore: "id" was given'),
        ({"compare": {"ignore": [1]}}, "checks[0].compare.ignore[0]: 1 was given"),
        ({"compare": {"only": []}}, "checks[0].compare.only"),
        ({"qualifier": "1"}, "checks[0].qualifier: unknown key"),
    ],
)
def test_bad_options_are_refused_by_their_keys(keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parsed(rollout(checks=[{"type": "invoke", **keys}]))
    assert problem in str(refused.value)
    assert str(refused.value).startswith("1 problem in the input: ")


def test_options_nested_without_end_are_refused() -> None:
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(InvalidInput, match="nested too deeply"):
        parsed(rollout(checks=[{"type": "invoke", "payload": deep}]))
