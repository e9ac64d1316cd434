import shlex

import pytest

from domain.rollout.words import ORDERS, Meaning, command, meaning


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_is_understood_in_capitals_and_with_spaces_around(order: str) -> None:
    for text in (order, order.upper(), f" {order}\n", f'"{order}"', f"{order}!"):
        assert meaning(text) == Meaning(order)


@pytest.mark.parametrize(
    ("order", "texts"),
    [
        (
            "roll-back",
            ["rollback", "roll back", "Roll_Back", "abort", "ABORT!", "cancel", "stop", "revert"],
        ),
        ("pause", ["hold", "halt", "wait", "suspend"]),
        ("resume", ["continue", "unpause"]),
        ("promote", ["finish"]),
        ("approve", ["approved", "confirm"]),
    ],
)
def test_other_words_that_people_write_are_understood(order: str, texts: list[str]) -> None:
    assert {meaning(text) for text in texts} == {Meaning(order)}
    assert {meaning(f"{text} Release-7").rollout for text in texts} == {"Release-7"}


@pytest.mark.parametrize("text", ["pause resume", "roll-back pause", "roll", "go on please", ""])
def test_a_text_that_is_no_single_order_is_none(text: str) -> None:
    assert meaning(text).order == ""


@pytest.mark.parametrize(
    ("text", "hint"),
    [("rolback", "roll-back"), ("aprove it", "approve"), ("promot", "promote"), ("xyz", "")],
)
def test_the_likely_order_is_said_of_a_text_that_is_none(text: str, hint: str) -> None:
    assert meaning(text) == Meaning(hint=hint)


def test_a_command_stands_whatever_an_execution_may_be_called() -> None:
    text = command("/lambda-canary/checkout/live", "approve it's(1)")
    assert shlex.split(text)[-2:] == ["--value", "approve it's(1)"]
