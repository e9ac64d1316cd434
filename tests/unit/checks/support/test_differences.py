from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.checks.support.differences import differences

JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-9, 9) | some.text(max_size=3),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=8,
)


def found(before: Any, after: Any, *ignored: str) -> list[str]:
    return list(differences(before, after, ignored))


@given(JSON)
def test_an_answer_does_not_differ_from_itself(answer: Any) -> None:
    assert found(answer, answer) == []


@given(JSON, JSON)
def test_differences_are_found_from_both_sides(before: Any, after: Any) -> None:
    assert len(found(before, after)) == len(found(after, before))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, 1.0),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([], []),
        (None, None),
        ("ü", "ü"),
    ],
)
def test_the_same_json_is_no_difference(before: Any, after: Any) -> None:
    assert found(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (1, 2, "the answer was a number and is another"),
        (True, 1, "the answer was true and is a number"),
        (0, False, "the answer was a number and is false"),
        ("1", 1, "the answer was a text and is a number"),
        ([], {}, "the answer was a list and is an object"),
        ({"a": None}, {}, '"a" is missing'),
        ({}, {"a": None}, '"a" is new'),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, '"a.b" was a number and is another'),
        ({"a": [1, 2]}, {"a": [1, 3]}, '"a.1" was a number and is another'),
        ({"a": [1, 2]}, {"a": [1]}, '"a.1" is missing'),
        ({"a": [1, 2]}, {"a": [2, 1]}, '"a.0" was a number and is another'),
        ({"a": 1}, {"a": [1]}, '"a" was a number and is a list'),
    ],
)
def test_a_difference_is_told_by_its_path(before: Any, after: Any, told: str) -> None:
    assert found(before, after)[0] == told


BEFORE = {"id": "x", "meta": {"time": 1, "size": 2}, "items": [{"id": 1, "n": 1}, {"id": 2}]}
AFTER = {"id": "y", "meta": {"time": 9, "size": 2}, "items": [{"id": 7, "n": 1}, {"id": 8}]}


def test_named_paths_are_ignored_at_any_depth() -> None:
    assert found(BEFORE, AFTER, "id", "meta.time", "items.*.id") == []


def test_ignoring_a_path_ignores_all_below_it_and_nothing_beside_it() -> None:
    assert found(BEFORE, AFTER, "id", "items") == ['"meta.time" was a number and is another']
    assert found({"time": 1}, {"time": 2}, "meta.time") == ['"time" was a number and is another']


def test_a_position_stands_for_itself_alone() -> None:
    assert found(BEFORE, AFTER, "id", "meta", "items.0.id") == [
        '"items.1.id" was a number and is another'
    ]


def test_a_star_stands_for_any_key_at_its_level() -> None:
    assert found({"a": {"t": 1}, "b": {"t": 1}}, {"a": {"t": 2}, "b": {"t": 3}}, "*.t") == []


def test_what_is_ignored_may_be_missing() -> None:
    assert found({"id": 1}, {}, "id") == found({}, {"id": 1}, "id") == []


def test_the_whole_answer_cannot_be_ignored() -> None:
    assert found(1, 2, "*", "") == ["the answer was a number and is another"]
