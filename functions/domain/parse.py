"""From the input as it was given to a sound request, or one error that names all its problems."""

import dataclasses
import json
from dataclasses import MISSING
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError, create_model

from domain.checks import CHECKS, DEFAULT, PLANNED
from domain.errors import InvalidInput
from domain.input_model import NOT_YET, STRICT, RolloutInput, Target
from domain.naming import ALIAS_NAME, BadName, Home
from domain.problems import Path, descriptions, joined, key, not_among, of_model, show
from domain.request import Request, Wanted
from domain.schedule import SHAPES, ScheduleError, Spec, codedeploy, schedule
from domain.state import Settings

MAX_BYTES = 131_072  # of input: half of what Step Functions carries; the rest is for the rollout

_TOP = descriptions(RolloutInput)
_ALLOWED = {**_TOP, **descriptions(Target, ("functions",))}
_TARGET_KEYS = ("function-name", "alias-name", "new-version", "code-sha256")

# Which keys of a schedule go with which type; `interval` goes with all but CodeDeploy's names.
_GOES_WITH = {
    "steps": {"linear", "exponential", "geometric"},
    "first-weight": {"geometric", "canary"},
    "weights": {"custom"},
}
_FIRST_WEIGHT = {"canary": 10.0, "geometric": 1.0}


def parse(raw: object, home: Home) -> Request:
    """Raises InvalidInput, which names every problem of the input at once."""
    problems: list[str] = []
    if not isinstance(raw, dict):
        raise InvalidInput(f"the input is {show(raw)}; allowed: a JSON object")
    if (size := len(json.dumps(raw, ensure_ascii=False).encode(errors="replace"))) > MAX_BYTES:
        raise InvalidInput(f"the input has {size:,} bytes; allowed: up to {MAX_BYTES:,}")
    problems += [f"{name}: not available in this version" for name in sorted(NOT_YET & raw.keys())]
    given, bad = _model({name: raw[name] for name in raw if name not in NOT_YET}, problems)
    wanted = _wanted(given, bad, home, problems)
    spec = _spec(given, bad, problems)
    checks = _checks(given, home, problems)
    if problems or spec is None:
        raise InvalidInput(joined(problems, "the input"))
    settings = Settings(
        schedule=spec,
        check_interval=given.check_interval,
        checks=checks,
        min_invocations=given.min_invocations,
        max_hold=given.max_hold,
        on_insufficient_data=given.on_insufficient_data,
        notify=given.notify,
    )
    ignore = given.alarms_already_firing == "ignore"
    return Request(tuple(wanted), settings, ignore, given.dry_run)


def _model(raw: dict[str, Any], problems: list[str]) -> tuple[RolloutInput, set[str]]:
    """The part of the input whose keys are sound each by itself, and the names of the others."""
    try:
        return RolloutInput.model_validate(raw), set()
    except ValidationError as error:
        problems += of_model(error.errors(), raw, _ALLOWED)
        bad = {str(detail["loc"][0]) for detail in error.errors()}
        sound = {name: value for name, value in raw.items() if name not in bad}
        return RolloutInput.model_validate(sound), bad


def _wanted(given: RolloutInput, bad: set[str], home: Home, problems: list[str]) -> list[Wanted]:
    """The group's functions, also where only one is named at the top."""
    named = given.model_fields_set | bad
    above = [name for name in _TARGET_KEYS if name in bad or name.replace("-", "_") in named]
    if "functions" in named:
        problems += [f"{name}: goes inside functions, which is given too" for name in above]
        targets = list(enumerate(given.functions or []))
        found = [
            _target(("functions", at), target, set(), home, problems) for at, target in targets
        ]
    else:
        found = [_target((), given, bad, home, problems)]
    taken: set[tuple[str, str]] = set()
    for at, item in enumerate(found):
        if item.function and item.alias and (item.function, item.alias) in taken:
            problems.append(
                f"functions[{at}]: {item.alias} of {item.function} is there twice; "
                "allowed: each alias once"
            )
        taken.add((item.function, item.alias))
    return found


def _target(prefix: Path, target: Target, bad: set[str], home: Home, problems: list[str]) -> Wanted:
    def problem(name: str, text: str) -> None:
        if name not in bad:
            problems.append(f"{key((*prefix, name))}: {text}")

    function = version = None
    if not target.function_name:
        problem("function-name", f"missing; allowed: {_TOP[('function-name',)]}")
    else:
        try:
            function = home.function(target.function_name)
        except BadName as reason:
            problem("function-name", f"{show(target.function_name)} {reason}")
    if not target.alias_name:
        problem("alias-name", f"missing; allowed: {_TOP[('alias-name',)]}")
    elif not ALIAS_NAME.fullmatch(target.alias_name):
        problem("alias-name", f"{show(target.alias_name)} is not {_TOP[('alias-name',)]}")
    if target.new_version is not None:
        try:
            version = home.version(target.new_version, function)
        except BadName as reason:
            problem("new-version", f"{show(target.new_version)} {reason}")
        if target.code_sha256 is not None:
            problem("code-sha256", "goes with publishing; new-version is given too")
    return Wanted(function or "", target.alias_name, version, target.code_sha256)


def _spec(given: RolloutInput, bad: set[str], problems: list[str]) -> Spec | None:
    named = given.model_fields_set
    if (spec := codedeploy(given.type)) is not None:
        problems += [
            f"{name}: does not go with {given.type}, which says it all"
            for name in (*_GOES_WITH, "interval")
            if name.replace("-", "_") in named or name in bad
        ]
        return spec
    shape = next((shape for shape in SHAPES if shape == given.type), None)
    if shape is None:
        problems.append(not_among(("type",), given.type, SHAPES, "or a CodeDeploy name"))
        return None
    for name, shapes in _GOES_WITH.items():
        if (name.replace("-", "_") in named or name in bad) and shape not in shapes:
            problems.append(f"{name}: does not go with type {shape}, only {_either(shapes)}")
    if shape == "custom" and given.weights is None and "weights" not in bad:
        problems.append(f"weights: missing with type custom; allowed: {_TOP[('weights',)]}")
        return None
    spec = Spec(
        shape=shape,
        steps=10 if given.steps is None else given.steps,
        first_weight=given.first_weight or _FIRST_WEIGHT.get(shape, 0.0),
        weights=given.weights or [],
        interval=given.interval,
        bake_at_full=True,
    )
    if bad & {"type", "steps", "first-weight", "weights", "interval"}:
        return None
    try:
        schedule(spec)
    except ScheduleError as reason:
        problems.append(str(reason))
    return spec


def _either(names: set[str]) -> str:
    return " or ".join(sorted(names))


def _checks(given: RolloutInput, home: Home, problems: list[str]) -> list[dict[str, Any]]:
    raw = list(given.checks if given.checks is not None else [])
    paths: list[Path] = [("checks", at) for at in range(len(raw))]
    if given.alarms:
        raw.append({"type": "alarm", "names": given.alarms})
        paths.append(("alarms",))
    if given.health_check and given.checks is None:
        raw.insert(0, DEFAULT)
        paths.insert(0, ())
    parsed = [_check(path, item, home, problems) for path, item in zip(paths, raw, strict=True)]
    return [item for item in parsed if item is not None]


def _check(
    path: Path, item: dict[str, Any], home: Home, problems: list[str]
) -> dict[str, Any] | None:
    name = item.get("type")
    where = (*path, "type")
    if name in PLANNED:
        problems.append(f"{key(where)}: {show(name)} is not available in this version")
        return None
    if not isinstance(name, str) or name not in CHECKS:
        problems.append(not_among(where, name, CHECKS))
        return None
    check = CHECKS[name]
    options = {option: value for option, value in item.items() if option != "type"}
    if "when" in options:
        del options["when"]
        problems.append(f"{key((*path, 'when'))}: not available in this version")
    allowed: dict[Path, str] = {(option,): text for option, text in check.ALLOWED.items()}
    try:
        sound = check.Options(**_options(name).model_validate(options).model_dump())
    except ValidationError as error:
        problems += of_model(error.errors(), options, allowed, path)
        return None
    if (problem := sound.problem()) is not None:
        problems.append(f"{key(path)}: {problem}")
        return None
    try:
        return {"type": name, **check.prepare(options, home)}
    except BadName as reason:
        problems.append(f"{key(path)}: {reason}")
        return None


@cache
def _options(name: str) -> type[BaseModel]:
    """A model of the check's options as strict as the input's own.

    The check's file itself declares a plain dataclass, so that a health check, which parses
    nothing, need not load pydantic.
    """
    declared: Any = CHECKS[name].Options
    types = get_type_hints(declared, include_extras=True)
    fields: dict[str, Any] = {
        field.name: (types[field.name], ... if field.default is MISSING else field.default)
        for field in dataclasses.fields(declared)
    }
    return create_model(declared.__qualname__, __config__=STRICT, **fields)
