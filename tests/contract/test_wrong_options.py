"""Every check's wrong options are refused at the start, with the path of the key."""

from __future__ import annotations

import math
from typing import Any

import pytest

from domain.checks.registry import CHECKS
from domain.model.errors import InvalidInput
from domain.model.text import show
from tests.contract.faults import Schema, faults, least
from tests.unit.builders import parsed, rollout
from tools.docs.input_schema import input_schema

DEFINITIONS: dict[str, Schema] = input_schema()["$defs"]
TIMES = ("before", "during", "after")


def refusal(check: dict[str, Any]) -> str:
    with pytest.raises(InvalidInput) as caught:
        parsed(rollout(checks=[check]))
    return str(caught.value)


def options_of(name: str) -> dict[str, Schema]:
    properties: dict[str, Schema] = DEFINITIONS[f"check-{name}"]["properties"]
    return {key: schema for key, schema in properties.items() if key not in ("type", "when")}


def sound(name: str, *but: str) -> dict[str, Any]:
    """Return the check with the options that it must have, as far as types and bounds go."""
    required = set(DEFINITIONS[f"check-{name}"]["required"]) - {"type", *but}
    return {"type": name, **{key: least(options_of(name)[key]) for key in required}}


def each_option(*types: str) -> list[Any]:
    """Those of these JSON types; without any, all."""
    return [
        pytest.param(name, key, schema, id=f"{name}-{key}")
        for name in CHECKS
        for key, schema in options_of(name).items()
        if not types or schema.get("type") in types
    ]


@pytest.mark.parametrize(("name", "key", "schema"), each_option())
def test_a_wrong_type_or_bound_is_named_by_its_path(name: str, key: str, schema: Schema) -> None:
    wrong = faults(schema)
    assert None in wrong, "no option may be null"
    for value in wrong:
        text = refusal({**sound(name), key: value})
        assert f" in the input: checks[0].{key}" in text, show(value)
        assert text.endswith(f"allowed: {CHECKS[name].allowed[key]}")


@pytest.mark.parametrize(("name", "key", "_schema"), each_option("integer", "number"))
def test_a_number_is_finite_and_has_bounds(name: str, key: str, _schema: Schema) -> None:
    """Python reads NaN and Infinity, which JSON does not know, and numbers of any length."""
    for value in (math.nan, math.inf, -math.inf, 10**400):
        text = refusal({**sound(name), key: value})
        assert f"checks[0].{key}: {show(value)} was given" in text


@pytest.mark.parametrize(("name", "key", "schema"), each_option())
def test_a_misspelt_option_is_answered_with_the_one_meant(
    name: str, key: str, schema: Schema
) -> None:
    misspelt = key + key[-1]
    text = refusal({**sound(name, key), misspelt: least(schema)})
    assert f"checks[0].{misspelt}: unknown key; did you mean {key}?" in text


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_check_must_be_told_is_named_where_it_is_missing(name: str) -> None:
    for key in sound(name).keys() - {"type"}:
        allowed = CHECKS[name].allowed[key]
        assert f"checks[0].{key}: missing; allowed: {allowed}" in refusal(sound(name, key))


@pytest.mark.parametrize("name", CHECKS)
def test_a_time_at_which_the_check_makes_no_sense_is_refused(name: str) -> None:
    strange = [time for time in TIMES if time not in CHECKS[name].when]
    wrong: list[Any] = [*strange, "During", "", None, 5, True, ["during"], {}]
    for when in wrong:
        text = refusal({**sound(name), "when": when})
        assert f"checks[0].when: {show(when)} was given; allowed: " in text


@pytest.mark.parametrize("name", CHECKS)
def test_a_misspelt_when_is_answered_with_when(name: str) -> None:
    text = refusal({**sound(name), "wen": "after"})
    assert "checks[0].wen: unknown key; did you mean when?" in text


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_whose_type_is_misspelt_is_answered_with_the_one_meant(name: str) -> None:
    text = refusal({**sound(name), "type": f"{name}s"})
    assert f'checks[0].type: "{name}s" was given; did you mean {name}?' in text


@pytest.mark.parametrize("name", CHECKS)
def test_whatever_words_say_is_allowed_there_is_an_option_for_and_the_other_way_about(
    name: str,
) -> None:
    assert CHECKS[name].allowed.keys() == options_of(name).keys()
