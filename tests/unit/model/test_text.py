from typing import Any

import pytest

from domain.model.text import joined, outline, show


def test_a_long_value_is_cut() -> None:
    assert show("x" * 1_000) == '"' + "x" * 59 + "..."


def test_lone_surrogates_are_shown_escaped_since_nothing_can_carry_them() -> None:
    assert show("\ud800") == '"\\ud800"'


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
