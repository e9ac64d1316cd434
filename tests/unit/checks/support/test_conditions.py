import time
from typing import Any

import pytest

from domain.checks.support.conditions import (
    Effort,
    NotJson,
    broken,
    decoded,
    require_conditions,
    sendable,
)
from domain.model.naming import BadName
from domain.model.questions import CouldNotAsk
from tests.long import parametrize

ANSWER = {"version": "2", "items": [{"price": 3}, {"price": 0}], "empty": [], "no": False}


@pytest.mark.parametrize(
    "condition",
    [
        "version",
        "version == '2'",
        "items[0].price",
        "items[1].price",  # 0 is true to JMESPath
        "length(items) == `2`",
        "items[?price > `2`]",
        "no == `false`",
        "!empty && !missing",
    ],
)
def test_a_condition_holds_by_jmespaths_own_truth(condition: str) -> None:
    assert broken([condition], ANSWER) is None


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("version == '1'", "version == '1' (is false)"),
        ("missing", "missing (is null)"),
        ("empty", "empty (is [])"),
        ("no", "no (is false)"),
        ("items[?price > `9`]", "items[?price > `9`] (is [])"),
    ],
)
def test_a_condition_that_does_not_hold_shows_its_value(condition: str, why: str) -> None:
    assert broken(["version", condition, "missing"], ANSWER) == why


def test_a_condition_that_cannot_be_evaluated_does_not_hold() -> None:
    assert broken(["length(missing) > `0`"], ANSWER) == (
        "length(missing) > `0` (length() cannot take null)"
    )


@pytest.mark.parametrize(
    ("condition", "why"),
    [("sum(@)", "sum() cannot take str"), ("[0:1:0]", "cannot be evaluated")],
)
def test_what_cannot_be_evaluated_is_told_without_the_answer(condition: str, why: str) -> None:
    assert broken([condition], [1, "a secret"]) == f"{condition} ({why})"


@pytest.mark.proves("A15")
@parametrize("doubled", ["[@,@][]", "[@[],@[]][]", "map(&[@,@], @)[][]"], short=1)
def test_an_expression_that_would_eat_all_memory_is_an_error(doubled: str) -> None:
    expression = "|".join(["[@]", *[doubled] * 60])
    with pytest.raises(CouldNotAsk, match="take too much to evaluate"):
        broken([expression], ANSWER)


HUGE = "|".join(["[@]", *["[@,@][]"] * 16])
"""65,536 times the answer, without a copy of it."""


@pytest.mark.proves("A15")
@parametrize(
    ("expression", "answer"),
    [
        (f"{HUGE}|[]", list(range(100_000))),
        (f"{HUGE}|[?contains(@, 'z')]", "x" * 1_000_000),
        (f"{HUGE}|[?starts_with(@, @)]", "x" * 1_000_000),
        (f"{HUGE}|[?contains(@, `-1`)]", list(range(100_000))),
        (f"{HUGE}|map(&to_string(@), @)", {"a": [{"b": number} for number in range(10_000)]}),
        (f"{HUGE}|join('', @)", "x" * 1_000_000),
        (f"{HUGE}|map(&sort(@), @)", list(range(100_000))),
        (f"{HUGE}|[?a != b]", {"a": ["x" * 1_000_000, 1], "b": ["x" * 1_000_000, 2]}),
        (f"{HUGE}|[*].[@[0:90000]]", list(range(100_000))),
        ("|".join([*["[@, @]"] * 60, "to_string(@)"]), 1),
    ],
    short=5,
    ids=str,
)
def test_what_would_take_hours_is_over_in_seconds(expression: str, answer: Any) -> None:
    began = time.process_time()
    with pytest.raises(CouldNotAsk, match="take too much to evaluate"):
        broken([expression], answer)
    assert time.process_time() - began < 20


@pytest.mark.proves("A15")
def test_all_conditions_of_a_check_share_what_they_may_take() -> None:
    answer, effort = [{"price": number} for number in range(1_000)], Effort(20_000)
    for _ in range(2):
        assert broken(["[?price > `7`]"], answer, effort) is None
    with pytest.raises(CouldNotAsk):
        broken(["[?price > `7`]"] * 2, answer, effort)
    with pytest.raises(CouldNotAsk):
        broken(["version"], ANSWER, effort)


def test_a_large_answer_is_no_expression_that_makes_too_much() -> None:
    answer = {"body": "x" * 300_000, "items": list(range(300_000))}
    assert (
        broken(["body", "contains(body, 'x')", "length(items) > `2`", "items[0:2]"], answer) is None
    )


@pytest.mark.proves("A59")
def test_an_answer_nested_beyond_reason_breaks_the_condition_not_the_check() -> None:
    deep: Any = []
    for _ in range(20_000):
        deep = [deep]
    why = broken(["@ == `[]` || to_string(@) == 'x'"], deep)
    assert why is not None
    assert "nested too deeply" in why


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("items[", "is not JMESPath: Invalid jmespath expression: Incomplete expression:"),
        ("a b", 'is not JMESPath: Unexpected token: b: Parse error at column 2, token "b"'),
        ("price == 1", "is not JMESPath: invalid token: Parse error at column 9"),
        ("a = b", "is not JMESPath: Bad jmespath expression: Unknown token '='"),
        (" ", "is not JMESPath: Invalid jmespath expression: Incomplete expression"),
        ("\ud800", "is not JMESPath: Bad jmespath expression: Unknown token"),
        ("(" * 1_000, "is not JMESPath: nested too deeply"),
        ("items[?size(@)]", 'calls "size", which JMESPath does not know'),
        ("length()", "calls length with 0 arguments instead of 1"),
        ("a.b || length(@, @)", "calls length with 2 arguments instead of 1"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_its_place(expression: str, why: str) -> None:
    with pytest.raises(BadName) as refused:
        require_conditions(["version", expression])
    assert why in str(refused.value)
    assert refused.value.path == ("assert", 1)
    assert len(str(refused.value)) < 300
    str(refused.value).encode()


def test_functions_with_any_number_of_arguments_take_them() -> None:
    require_conditions(["not_null(a, b, c)", "merge(a, b)", "not_null(a)"])


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "<html>", "9" * 5_000, "[" * 100_000]
)
def test_what_is_not_json_is_told_from_what_is(text: str) -> None:
    with pytest.raises(NotJson, match="not JSON") as reason:
        decoded(text)
    assert len(str(reason.value)) < 100


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}, "\ud800"])
def test_what_no_json_can_carry_is_not_sendable(value: object) -> None:
    assert not sendable(value)
    assert sendable({"a": [1, None, "ü"]})
