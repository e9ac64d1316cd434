"""The JSON Schema (draft 2020-12) of a rollout's input, from the code's own words.

It says what can be said of each key by itself, and which keys go together. What needs arithmetic or
the account (weights that rise, the length of a list of intervals, names that exist) only the parser
knows: whatever the schema refuses the parser refuses, not the other way about.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

from pydantic import BaseModel

from domain.checks.registry import CHECKS, DEFAULT
from domain.checks.support.check import Check
from domain.input.model import HookInput, RolloutInput, TargetInput
from domain.input.parse import GOES_WITH, IGNORED
from domain.input.parse_checks import options_model
from domain.input.validation import allowed_by
from domain.model.naming import ALIAS_NAME, FUNCTION_NAME, LAMBDA_ARN, VERSION
from domain.model.schedule import CODEDEPLOY_NAME, SHAPES
from domain.model.state import HOOKS, LONGEST_RETURN

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ANYTHING_BUT_NULL = ["string", "number", "boolean", "object", "array"]
"""No key of an input may be null, also where any other JSON is welcome."""


def text() -> str:
    """Return the file's content."""
    return json.dumps(input_schema(), indent=2, ensure_ascii=False) + "\n"


def input_schema() -> Schema:
    """Return the schema of a rollout's input."""
    whole = _of_model(RolloutInput)
    whole["properties"] |= _names() | {
        "functions": whole["properties"]["functions"] | {"items": {"$ref": "#/$defs/target"}},
        "type": _type(whole["properties"]["type"]),
        "hooks": _hooks(whole["properties"]["hooks"]),
        "checks": whole["properties"]["checks"]
        | {
            "items": {"oneOf": [{"$ref": f"#/$defs/check-{name}"} for name in CHECKS]},
            "default": [DEFAULT],
        },
    }
    return {
        "$schema": DIALECT,
        "title": "lambda-canary: the input of a rollout",
        **whole,
        "patternProperties": {_any_of(*map(re.compile, sorted(map(re.escape, IGNORED)))): {}},
        "allOf": [_one_or_several_functions(), *_keys_of_schedules()],
        "$defs": {
            "target": _target(),
            "hook": _hook(),
            **{f"check-{name}": _check(name, check) for name, check in CHECKS.items()},
        },
    }


def _target() -> Schema:
    """One function of a release group."""
    schema = _of_model(TargetInput)
    schema["properties"] |= _names()
    return schema | _ONE_FUNCTION


_ONE_FUNCTION: Schema = {
    "required": ["function-name", "alias-name"],
    "not": {"required": ["new-version", "code-sha256"]},
}


def _one_or_several_functions() -> Schema:
    return {
        "if": {"required": ["functions"]},
        "then": {"properties": dict.fromkeys(allowed_by(TargetInput), False)},
        "else": _ONE_FUNCTION,
    }


def _names() -> Schema:
    """Return the keys of a target, with the patterns that the parser goes by."""
    said = _of_model(TargetInput)["properties"]
    named: Schema = {
        "function-name": {"type": "string", "pattern": _any_of(FUNCTION_NAME, LAMBDA_ARN)},
        "alias-name": {"type": "string", "pattern": _any_of(ALIAS_NAME)},
        "new-version": {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": _any_of(VERSION, LAMBDA_ARN)},
            ]
        },
    }
    for name, schema in named.items():
        said[name] = {"description": said[name]["description"], **schema}
    return dict(said)


def _type(said: Schema) -> Schema:
    """List the names of schedules for editors; CodeDeploy's are endless."""
    by_pattern = {"pattern": _any_of(CODEDEPLOY_NAME)}
    return {**said, "anyOf": [{"enum": list(SHAPES)}, by_pattern]}


def _hooks(said: Schema) -> Schema:
    function = {"description": "the hook's function", **_names()["function-name"]}
    hook = {"anyOf": [function, {"$ref": "#/$defs/hook"}]}
    return {**said, "properties": dict.fromkeys(HOOKS, hook), "additionalProperties": False}


def _hook() -> Schema:
    """One of which more is said than its function."""
    schema = _of_model(HookInput)
    schema["properties"]["function"] |= {"pattern": _any_of(FUNCTION_NAME, LAMBDA_ARN)}
    returning = {"properties": {"mode": {"const": "return"}}, "required": ["mode"]}
    soon = {"properties": {"timeout": {"maximum": LONGEST_RETURN}}}
    return {**schema, "required": ["function"], "if": returning, "then": soon}


def _keys_of_schedules() -> list[Schema]:
    """Which key goes with which type; without one, it is custom with weights, else the default."""
    default = RolloutInput.model_fields["type"].default
    goes_with: dict[str, set[str]] = {**GOES_WITH, "interval": set(SHAPES)}
    rules: list[Schema] = []
    for name, shapes in goes_with.items():
        allowed: Schema = {"properties": {"type": {"enum": sorted(shapes)}}}
        if default not in shapes and name != "weights":
            allowed["required"] = ["type"]
        rules.append({"if": {"required": [name]}, "then": allowed})
    custom = {"properties": {"type": {"const": "custom"}}, "required": ["type"]}
    alone: Schema = {"required": ["weights"], "not": {"required": ["type"]}}
    others = [name for name, shapes in GOES_WITH.items() if "custom" not in shapes]
    return [
        *rules,
        {"if": custom, "then": {"required": ["weights"]}},
        {"if": alone, "then": {"properties": dict.fromkeys(others, False)}},
    ]


def _check(name: str, check: Check) -> Schema:
    schema = _of_model(options_model(name))
    for key, allowed in check.allowed.items():
        schema["properties"][key] = {"description": allowed, **schema["properties"][key]}
    when = {
        "description": "when it is asked",
        "enum": list(check.when),
        "default": check.when[0],
    }
    return {
        "description": _first_paragraph(check),
        **schema,
        "properties": {"type": {"const": name}, **schema["properties"], "when": when},
        "required": ["type", *schema.get("required", [])],
    }


def _first_paragraph(check: Check) -> str:
    said = inspect.getdoc(inspect.getmodule(check.judge)) or ""
    return " ".join(said.split("\n\n")[0].split())


def _of_model(model: type[BaseModel]) -> Schema:
    """Pydantic's schema of the model, as far as an input's author is concerned."""
    said = model.model_json_schema(by_alias=True)
    assert "$defs" not in said, "models of the input do not refer to each other"
    properties = {name: _without_null(of_key) for name, of_key in said["properties"].items()}
    # Title and description are the class's, for those who read its code.
    kept = {name: said[name] for name in said if name not in ("title", "description")}
    return {**kept, "properties": properties}


def _without_null(schema: Schema) -> Schema:
    """To leave a key out is one thing, to say null another, which the parser refuses."""
    kept = {
        name: value
        for name, value in schema.items()
        if name != "title" and not (name == "default" and value in (None, ""))
    }
    members = [one for one in kept.pop("anyOf", []) if one != {"type": "null"}]
    if len(members) == 1:
        kept |= members[0]
    elif members:
        kept["anyOf"] = members
    elif not kept.keys() & {"type", "enum", "const", "$ref"}:
        kept["type"] = ANYTHING_BUT_NULL
    return kept


def _any_of(*patterns: re.Pattern[str]) -> str:
    """One pattern for the whole of a text, in the dialect of ECMA 262: without named groups."""
    unnamed = [re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern) for pattern in patterns]
    return f"^(?:{'|'.join(unnamed)})$"
