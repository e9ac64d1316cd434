"""A template's parameters: what was given, the defaults, and their constraints."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.services.cloudformation.errors import TemplateError
from sandbox.services.cloudformation.template import Template

_TYPES = {"String", "Number", "List<Number>", "CommaDelimitedList"}
Values = dict[str, str | list[str]]


def resolve(template: Template, given: Mapping[str, str]) -> Values:
    """Return every parameter's value, as `Ref` answers it. Raises TemplateError."""
    declared: dict[str, dict[str, Any]] = template.get("Parameters") or {}
    texts = {
        name: _text(given.get(name, declaration.get("Default")))
        for name, declaration in declared.items()
    }
    problems = []
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        problems.append(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name, text in texts.items() if text is None]
    if missing:
        problems.append(f"Parameters: [{', '.join(missing)}] must have values")
    values: Values = {}
    for name, text in texts.items():
        kind = declared[name].get("Type")
        if kind not in _TYPES:
            problems.append(f"Parameter {name}: the type {kind} is not supported")
        elif text is not None:
            values[name] = _split(text) if kind in {"List<Number>", "CommaDelimitedList"} else text
            problems += _violations(name, declared[name], values[name])
    if problems:
        raise TemplateError(problems)
    return values


def secrets(template: Template) -> frozenset[str]:
    """Return the names of the parameters that nobody may read."""
    declared: dict[str, dict[str, Any]] = template.get("Parameters") or {}
    return frozenset(n for n, d in declared.items() if str(d.get("NoEcho")).lower() == "true")


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _split(text: str) -> list[str]:
    return [item.strip() for item in text.split(",")] if text else []


def _violations(name: str, declared: dict[str, Any], value: str | list[str]) -> Iterator[str]:
    # A NoEcho value must not appear in an error either.
    items = value if isinstance(value, list) else [value]
    secret = str(declared.get("NoEcho")).lower() == "true"
    for item in items:
        shown = "****" if secret else repr(item)
        for demand in _broken(declared, item):
            explanation = declared.get("ConstraintDescription")
            because = f" ({explanation})" if explanation else ""
            yield f"Parameter {name}: {shown} {demand}{because}"


def _broken(declared: dict[str, Any], item: str) -> Iterator[str]:
    """Say what `item` fails to be, in words that follow it."""
    allowed = [_text(value) for value in declared.get("AllowedValues") or []]
    if allowed and item not in allowed:
        yield f"must be one of {allowed}"
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, item):
        yield f"must match the pattern {pattern}"
    if "MinLength" in declared and len(item) < int(declared["MinLength"]):
        yield f"must be at least {declared['MinLength']} characters long"
    if "MaxLength" in declared and len(item) > int(declared["MaxLength"]):
        yield f"must be at most {declared['MaxLength']} characters long"
    if declared["Type"] not in {"Number", "List<Number>"}:
        return
    number = _number(item)
    if number is None:
        yield "must be a number"
        return
    if "MinValue" in declared and number < float(declared["MinValue"]):
        yield f"must be at least {declared['MinValue']}"
    if "MaxValue" in declared and number > float(declared["MaxValue"]):
        yield f"must be at most {declared['MaxValue']}"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
