"""The schema that `make docs` writes agrees with the parser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.checks.registry import CHECKS
from domain.model.errors import InvalidInput
from domain.model.text import show
from tests.contract.faults import faults
from tests.contract.sound_inputs import inputs_by, values_by
from tests.long import examples, long
from tests.unit.builders import group, parsed, rollout
from tools.docs import input_schema

SCHEMA = input_schema.input_schema()
SAYS = Draft202012Validator(SCHEMA)
EVENTS = sorted((Path(__file__).resolve().parents[2] / "events").glob("*.json"))

# Problems that a schema can see: of a key as such, and of keys that do not go together.
SAYABLE = re.compile(
    r"unknown key|null was given|: missing; allowed|goes inside functions|goes with publishing"
    r"|(?:^|; )(?:steps|first-weight|weights|interval): does not go with"
)
# What a metric's queries hold is for its check to say: one line may refer to another.
QUERY = re.compile(r"queries\[\d+\][.\w]*: [^;]*(; allowed: [^;]*)?")


def problems(raw: object) -> str:
    """Empty where the parser takes the input."""
    try:
        parsed(raw)
    except InvalidInput as refused:
        return str(refused).partition(" in the input: ")[2] or str(refused)
    return ""


def test_it_is_a_schema_of_its_dialect() -> None:
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(SCHEMA)


def test_each_key_and_each_option_is_described() -> None:
    definitions = [SCHEMA, *SCHEMA["$defs"].values()]
    undescribed = [
        key
        for definition in definitions
        for key, schema in definition["properties"].items()
        if not schema.get("description") and key != "type" and "$ref" not in str(schema)
    ]
    assert undescribed == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.stem)
def test_the_samples_keep_to_it_and_are_sound(event: Path) -> None:
    raw = json.loads(event.read_text(encoding="utf-8"))
    assert [error.message for error in SAYS.iter_errors(raw)] == []
    assert problems(raw) == ""


@pytest.mark.parametrize("key", SCHEMA["properties"])
def test_wrong_values_of_a_key_are_refused_by_both(key: str) -> None:
    of_key = {**SCHEMA["properties"][key], "$defs": SCHEMA["$defs"]}
    wrong = faults(of_key)
    assert None in wrong
    for value in wrong:
        raw = rollout() | {key: value}
        assert not SAYS.is_valid(raw), show(value)
        assert key in problems(raw), show(value)


@pytest.mark.parametrize(
    "name",
    [
        "Canary0Percent5Minutes",
        "Canary10PercentEvery5Minutes",
        "Linear10Percent5Minutes",
        "Linear100PercentEvery5Minutes",
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "LambdaAllAtOnce",
        "canary10percent5minutes",
        "Linear",
    ],
)
def test_what_only_looks_like_a_name_of_codedeploys_is_refused_by_both(name: str) -> None:
    assert not SAYS.is_valid(rollout(type=name))
    assert problems(rollout(type=name)).startswith("type: ")


@pytest.mark.parametrize("prefix", ["", "CodeDeployDefault.Lambda"])
@pytest.mark.parametrize(
    "name", ["AllAtOnce", "Canary10Percent5Minutes", "Linear7PercentEvery1Minute"]
)
def test_names_of_codedeploys_are_taken_by_both(prefix: str, name: str) -> None:
    assert SAYS.is_valid(rollout(type=prefix + name))
    assert problems(rollout(type=prefix + name)) == ""


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"functions": []},
        rollout(functions=[{"function-name": "cart", "alias-name": "live"}]),
        group("cart") | {"alias-name": "live"},
        rollout(code_sha256="x" * 44),
        rollout(weights=[50, 100], steps=5),
        rollout(weights=[50, 100], type="linear"),
        rollout(type="custom"),
        rollout(first_weight=5),
        rollout(type="canary", steps=5),
        rollout(type="AllAtOnce", interval=60),
        rollout(checks=[{"max-count": 5}]),
        rollout(checks=[{"type": "errors", "names": ["a"]}]),
        rollout(hooks={"pre-trafic": "CodeDeployHook_check"}),
        rollout(hooks={"pre-traffic": {"function": "check", "mode": "return", "timeout": 841}}),
        rollout(alias_name="7"),
    ],
    ids=show,
)
def test_keys_that_do_not_go_together_are_refused_by_both(raw: dict[str, Any]) -> None:
    assert not SAYS.is_valid(raw)
    assert problems(raw)


@pytest.mark.parametrize(
    "raw",
    [
        rollout(weights=[50, 100]),
        rollout() | {"$schema": "input.schema.json", "Comment": "of a console"},
        rollout() | {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:x"},
    ],
    ids=show,
)
def test_what_may_stand_there_is_taken_by_both(raw: dict[str, Any]) -> None:
    assert SAYS.is_valid(raw)
    assert problems(raw) == ""


sound = inputs_by(SCHEMA)
junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 120),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@st.composite
def nearly_sound(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a small sound input in which one thing is left out, added or replaced."""
    raw = rollout()
    where, schema = raw, SCHEMA
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(CHECKS)))
        schema = SCHEMA["$defs"][f"check-{name}"]
        where = draw(values_by(schema, SCHEMA["$defs"]))
        raw["checks"] = [where]
    properties = schema["properties"]
    key = draw(st.sampled_from([*properties, "names", "typ"]))
    match draw(st.sampled_from(["left out", "sound", "just out of bounds", "junk"])):
        case "left out":
            where.pop(key, None)
        case "sound" if key in properties:
            where[key] = draw(values_by(properties[key], SCHEMA["$defs"]))
        case "just out of bounds" if key in properties:
            of_key = {**properties[key], "$defs": SCHEMA["$defs"]}
            where[key] = draw(st.sampled_from(faults(of_key)))
        case _:
            where[key] = draw(junk)
    return raw


@long
@examples(times=4)
@given(nearly_sound() | sound | junk)
def test_whatever_the_schema_refuses_the_parser_refuses(raw: Any) -> None:
    if not SAYS.is_valid(raw):
        assert problems(raw)


@examples(times=4)
@given(nearly_sound() | sound)
def test_what_a_schema_can_say_this_one_says(raw: Any) -> None:
    if found := SAYABLE.search(QUERY.sub("", problems(raw))):
        assert not SAYS.is_valid(raw), found[0]


@given(sound)
def test_inputs_made_by_the_schema_keep_to_it(raw: Any) -> None:
    assert [error.message for error in SAYS.iter_errors(raw)] == []
