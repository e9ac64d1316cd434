"""The gate's property `Rollout`: what a template says of a rollout, as the resource carries it."""

import json
from collections.abc import Mapping
from typing import Any

from domain.input.model import RolloutInput
from domain.input.parse import parse
from domain.input.texts import free_form, typed
from domain.input.validation import valid_part
from domain.macro.intrinsics import has_intrinsic, intrinsic, parameter_value
from domain.macro.json_text import NoText, json_text
from domain.macro.metadata import Keys
from domain.model.errors import InvalidInput
from domain.model.naming import Home
from domain.model.request import Request

# Keys on which no other depends: what they will be does not hinder that all others are checked.
_ALONE = {"alarms", "hooks"}
_SOME = {"function-name": "function", "alias-name": "alias", "new-version": 1}


def property_of(rollout: Keys) -> tuple[Keys, list[str]]:
    """Write free-form JSON as JSON text, and leave out what is empty as if it were not there."""
    problems: list[str] = []
    made = {name: value for name, value in rollout.items() if not _says_none(name, value)}
    if isinstance(checks := rollout.get("checks"), list):
        made["checks"] = [_check(one, f"checks[{at}]", problems) for at, one in enumerate(checks)]
    return made, problems


def _says_none(name: str, value: object) -> bool:
    return (name == "hooks" and value == {}) or (name == "alarms" and value == [])


def _check(check: object, where: str, problems: list[str]) -> Any:
    if not isinstance(check, dict) or intrinsic(check):
        return check
    made = dict(check)
    for option in sorted(free_form(check.get("type")) & check.keys()):
        try:
            made[option] = json_text(check[option])
        except NoText as function:
            problems.append(
                f"{where}.{option}: has {function} inside, which may be more than a text; write "
                "it all as JSON text by Fn::Sub"
            )
    return made


def checked(
    rollout: Keys, parameters: Mapping[str, Any], home: Home
) -> tuple[Request | None, list[str]]:
    """Check what is known of a gate's property before CloudFormation knows the rest.

    It is read as the gate reads it, and parsed as Plan parses it. Returns the request, too, where
    all that it depends on is known.
    """
    now = {name: parameter_value(value, parameters) for name, value in rollout.items()}
    known = {name: value for name, value in now.items() if not has_intrinsic(value)}
    if "alarms" in now and "alarms" not in known:
        known["alarms"] = ["one"]
    given = typed(_texts(known))
    if now.keys() - known.keys() <= _ALONE:
        try:
            return parse({**_SOME, **given}, home), []
        except InvalidInput as reason:
            return None, [str(reason)]
    problems: list[str] = []
    valid_part(RolloutInput, given, (), problems)
    return None, problems


def _texts(value: Any) -> Any:
    """Make a text of every number and truth value, as CloudFormation does."""
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return json.dumps(value) if isinstance(value, bool | int | float) else value
