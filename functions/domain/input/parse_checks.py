"""From the checks and alarms of an input to the checks of a rollout."""

import dataclasses
import json
from collections import Counter
from dataclasses import MISSING
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError, create_model

from domain.checks.registry import CHECKS, DEFAULT, DEFAULT_AT_ONCE, needs_of, of_alarms
from domain.input.model import STRICT, RolloutInput
from domain.input.problems import Path, key, not_among
from domain.input.validation import known_keys, of_model
from domain.model.naming import BadName, Home
from domain.model.text import show

_MAX_NAMES = 32_768  # bytes of alarm names: the state carries them twice, asked for and ignored


def checks_of(
    given: RolloutInput, home: Home, at_once: bool, problems: list[str]
) -> list[dict[str, Any]]:
    """Parse the checks, and put what is wrong with them into `problems`.

    `at_once`: the first weight is 100 % already.
    """
    raw = list(given.checks if given.checks is not None else [])
    paths: list[Path] = [("checks", at) for at in range(len(raw))]
    if given.alarms:
        raw.append(of_alarms(given.alarms))
        paths.append(("alarms",))
    if given.health_check and given.checks is None:
        raw.insert(0, DEFAULT_AT_ONCE if at_once else DEFAULT)
        paths.insert(0, ())
    parsed = [_check(path, item, home, problems) for path, item in zip(paths, raw, strict=True)]
    checks = [item for item in parsed if item is not None]
    problems += [
        f"checks: {count} of type {kind}; allowed: up to {most}"
        for kind, count in Counter(check["type"] for check in checks).items()
        if (most := CHECKS[kind].most) is not None and count > most
    ]
    names = needs_of(checks).alarms
    if (size := len(json.dumps(names, ensure_ascii=False).encode())) > _MAX_NAMES:
        problems.append(
            f"{'alarms' if given.alarms else 'checks'}: {size:,} bytes of alarm names; allowed: up "
            f"to {_MAX_NAMES:,} in all"
        )
    return checks


def _check(path: Path, item: Any, home: Home, problems: list[str]) -> dict[str, Any] | None:
    if not isinstance(item, dict):
        problems.append(f"{key(path)}: {show(item)} was given; allowed: an object with a type")
        return None
    name = item.get("type")
    where = (*path, "type")
    if not isinstance(name, str) or name not in CHECKS:
        problems.append(not_among(where, name, CHECKS))
        return None
    check = CHECKS[name]
    when = item.get("when", check.when[0])
    if when not in check.when:
        allowed = " or ".join(sorted(check.when))
        problems.append(f"{key((*path, 'when'))}: {show(when)} was given; allowed: {allowed}")
    given = {option: value for option, value in item.items() if option not in ("type", "when")}
    options = known_keys(given, {**check.allowed, "type": "", "when": ""}, path, problems)
    try:
        declared = check.options(**options_model(name).model_validate(options).model_dump())
    except ValidationError as error:
        problems += of_model(error.errors(), given, check.allowed, path)
        return None
    if options.keys() != given.keys():
        return None
    if (problem := declared.problem()) is not None:
        problems.append(f"{key(path)}: {problem}")
        return None
    try:
        return {"type": name, **check.prepare({"when": when, **options}, home)}
    except BadName as reason:
        problems.append(f"{key((*path, *reason.path))}: {reason}")
        return None


@cache
def options_model(name: str) -> type[BaseModel]:
    """Make a model of the check's options that is as strict as the input's own.

    The check's file itself declares a plain dataclass, so that a health check, which parses
    nothing, need not load pydantic.
    """
    declared: Any = CHECKS[name].options
    types = get_type_hints(declared, include_extras=True)
    fields: dict[str, Any] = {
        field.name: (types[field.name], ... if field.default is MISSING else field.default)
        for field in dataclasses.fields(declared)
    }
    return create_model(declared.__qualname__, __config__=STRICT, **fields)
