"""The gate's property `Rollout`: what a template says of a rollout, as the resource carries it."""

from collections.abc import Mapping
from typing import Any

from domain.input.free_form import free_form
from domain.input.model import RolloutInput
from domain.input.parse import parse
from domain.input.validation import valid_part
from domain.macro.intrinsics import has_intrinsic, intrinsic, parameter_value
from domain.macro.json_text import NoText, json_text
from domain.macro.metadata import Keys
from domain.model.errors import InvalidInput
from domain.model.naming import Home
from domain.model.request import Request

# Texts, so that a parameter's value can be checked before CloudFormation fills it in.
_TEXTS = {"type", "alarms-already-firing", "on-insufficient-data", "notify"}
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
    kind = check.get("type")
    made = dict(check)
    for option in free_form(kind) & check.keys() if isinstance(kind, str) else ():
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
    """Check what is known of a rollout before CloudFormation knows the rest, as Plan will.

    Returns the request, too, where all that it depends on is known.
    """
    now = {
        name: parameter_value(value, parameters) if name in _TEXTS else value
        for name, value in rollout.items()
        if not _says_none(name, value)
    }
    known = {name: value for name, value in now.items() if not has_intrinsic(value)}
    if "alarms" in now and "alarms" not in known:
        known["alarms"] = ["one"]
    if now.keys() - known.keys() <= _ALONE:
        try:
            return parse({**_SOME, **known}, home), []
        except InvalidInput as reason:
            return None, [str(reason)]
    problems: list[str] = []
    valid_part(RolloutInput, known, (), problems)
    return None, problems
