from typing import Any

import pytest

from domain.input.problems import key, not_among, unknown
from domain.model.text import joined, outline, show


def test_a_path_reads_like_the_input() -> None:
    assert key(("functions", 1, "alias-name")) == "functions[1].alias-name"


def test_an_unknown_key_is_told_what_was_probably_meant() -> None:
    known = ["steps", "interval", "alias-name"]
    assert unknown(("intervall",), known) == "intervall: unknown key; did you mean interval?"
    assert unknown(("Alias_Name",), known) == "Alias_Name: unknown key; did you mean alias-name?"
    assert unknown(("x",), known) == "x: unknown key; allowed: alias-name, interval, steps"


def test_a_wrong_name_is_told_what_was_probably_meant() -> None:
    known = ["canary", "linear"]
    assert not_among(("type",), "linaer", known) == (
        'type: "linaer" was given; did you mean linear?'
    )
    assert not_among(("type",), 7, known, "or a CodeDeploy name") == (
        "type: 7 was given; allowed: canary, linear, or a CodeDeploy name"
    )


def test_a_long_value_or_key_is_cut() -> None:
    assert show("x" * 1_000) == '"' + "x" * 59 + "..."
    assert key(("x" * 1_000, 0)) == "x" * 60 + "...[0]"


def test_lone_surrogates_are_shown_escaped_since_nothing_can_carry_them() -> None:
    assert show("\ud800") == '"\\ud800"'
    assert key(("\udfff",)) == "\\udfff"


def test_problems_are_joined_in_order_without_repeats() -> None:
    assert joined(["b", "a", "b"], "the input") == "2 problems in the input: b; a"
    assert joined(["a"], "the account") == "1 problem in the account: a"


def test_problems_that_do_not_fit_into_a_cause_are_counted() -> None:
    text = joined([f"{number:0100}" for number in range(300)], "the input")
    assert text.startswith(f"300 problems in the input: {0:0100}; {1:0100}; ")
    assert text.endswith(f"; {234:0100}; and 65 more")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "a number"),
        ("secret", "a text"),
        ("", "an empty text"),
        (["secret"], "a list"),
        ([], "an empty list"),
        ({}, "an empty object"),
        ({"status": "secret", "reason": 1}, "an object with status, reason"),
    ],
)
def test_an_outline_shows_the_form_of_a_value_and_not_the_value(value: Any, told: str) -> None:
    assert outline(value) == told
