"""An input whose values all are texts, as CloudFormation hands them to a custom resource."""

import dataclasses
import json
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from domain.checks.registry import CHECKS
from domain.input.model import HookInput, RolloutInput

# Lists in which each item may be AWS::NoValue by a condition of the template.
_OF_ITEMS = frozenset({"alarms", "approvals"})


def typed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give each value the type that a rollout's input has for its key.

    A list of which conditions have left nothing is not there. What reads as no such value stays the
    text that it is, for the parser to refuse by name. A value that may be any JSON is JSON text.
    """
    said = {name: value for name, value in raw.items() if name not in _OF_ITEMS or value != []}
    given = _by(_of_model(RolloutInput), said)
    if isinstance(checks := given.get("checks"), list):
        given["checks"] = [_check(item) for item in checks]
    if isinstance(hooks := given.get("hooks"), dict):
        given["hooks"] = {
            name: _by(_of_model(HookInput), hook) if isinstance(hook, dict) else hook
            for name, hook in hooks.items()
        }
    return given


def _check(item: Any) -> Any:
    if not isinstance(item, dict) or item.get("type") not in CHECKS:
        return item
    return _by(_options(item["type"]), item)


def free_form(kind: object) -> set[str]:
    """Name the options of a kind of check that may be any JSON, such as `payload`."""
    known = isinstance(kind, str) and kind in CHECKS
    return {name for name, hint in _options(kind).items() if hint is Any} if known else set()


def _options(kind: Any) -> dict[str, Any]:
    declared: Any = CHECKS[kind].options
    types_of = get_type_hints(declared, include_extras=True)
    return {
        field.name.rstrip("_").replace("_", "-"): types_of[field.name]
        for field in dataclasses.fields(declared)
    }


def _of_model(model: type[RolloutInput] | type[HookInput]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _by(hints: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read each value of an object by the type of its key; keys that are unknown stay."""
    return {
        name: _json(value)
        if hints.get(name) is Any
        else _read(value, hints[name])
        if name in hints
        else value
        for name, value in raw.items()
    }


def _json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _read(value: Any, hint: Any) -> Any:
    kinds = _members(hint)
    if isinstance(value, list):
        inner = [get_args(kind)[0] for kind in kinds if get_origin(kind) is list]
        return [_read(item, inner[0]) for item in value] if inner else value
    if (
        not isinstance(value, str)
        or str in kinds
        or any(get_origin(kind) is Literal for kind in kinds)
    ):
        return value
    if bool in kinds and value in ("true", "false"):
        return value == "true"
    number = _number(value)
    if int in kinds and isinstance(number, int):
        return number
    return number if float in kinds and number is not None else value


def _number(text: str) -> int | float | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return found if is_number else None


def _members(hint: Any) -> list[Any]:
    """List the types that a union allows, without what bounds them."""
    if get_origin(hint) is Annotated:
        return _members(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return [inner for one in get_args(hint) for inner in _members(one)]
    return [hint]
