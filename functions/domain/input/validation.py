"""How the sound part of a JSON object is told from the rest, whose problems are in our words."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.input.problems import Path, key, unknown
from domain.model.text import kind, show

M = TypeVar("M", bound=BaseModel)

# That these are wrong is told, but not what they are.
_CONFIDENTIAL = frozenset({"body", "headers", "payload"})


def allowed_by(model: type[BaseModel]) -> dict[str, str]:
    """Say what is allowed for each key of a model, from its fields' descriptions."""
    return {
        field.alias or name: field.description or "" for name, field in model.model_fields.items()
    }


def valid_part(
    model: type[M], raw: Mapping[str, Any], path: Path, problems: list[str]
) -> tuple[M, set[str]]:
    """Return the model of all keys that are sound by themselves, and the names of the others.

    Only for a model whose keys all have defaults. `path` is where in the input `raw` is.
    """
    allowed = allowed_by(model)
    known = known_keys(raw, allowed, path, problems)
    try:
        return model.model_validate(known), raw.keys() - known.keys()
    except ValidationError as error:
        problems += of_model(error.errors(), known, allowed, path)
        bad = {str(detail["loc"][0]) for detail in error.errors()}
        rest = {name: value for name, value in known.items() if name not in bad}
        return model.model_validate(rest), bad | (raw.keys() - known.keys())


def known_keys(
    raw: Mapping[str, Any], allowed: Mapping[str, str], path: Path, problems: list[str]
) -> dict[str, Any]:
    """Leave out the keys that do not exist, and nulls: no key may be null."""
    problems += [unknown((*path, name), allowed) for name in raw if name not in allowed]
    problems += [
        f"{key((*path, name))}: null was given; allowed: {text}"
        for name, text in allowed.items()
        if name in raw and raw[name] is None
    ]
    return {name: raw[name] for name in raw if name in allowed and raw[name] is not None}


def of_model(
    errors: Iterable[ErrorDetails], raw: Any, allowed: Mapping[str, str], path: Path
) -> list[str]:
    """Put pydantic's errors in our words; `allowed` says by top key what may be.

    A union reports an error for each of its members: they fall together here, since only the part
    of an error's location that exists in the input names its key.
    """
    problems = []
    for error in errors:
        location = tuple(error["loc"])
        text = f"allowed: {allowed[str(location[0])]}"
        found, value = _existing(location, raw)
        if error["type"] == "missing" and found != location:
            problems.append(f"{key((*path, *location))}: missing; {text}")
        elif error["type"] == "too_long":
            problems.append(f"{key((*path, *found))}: {len(value):,} were given; {text}")
        elif error["type"] != "missing":
            shown = kind(value) if location[0] in _CONFIDENTIAL else show(value)
            problems.append(f"{key((*path, *found))}: {shown} was given; {text}")
    return problems


def _existing(location: Path, raw: Any) -> tuple[Path, Any]:
    path: Path = ()
    value = raw
    for part in location:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            break
        path = (*path, part)
    return path, value
