"""Problems of an input, each with its key, what was given and what is allowed."""

import difflib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_SHOWN = 60  # characters of a wrong value that a problem repeats
_LISTED = 50  # problems that one error lists

Path = tuple[str | int, ...]


def show(value: object) -> str:
    """The value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def key(path: Path) -> str:
    """Such as `functions[1].alias-name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def unknown(path: Path, known: Collection[str]) -> str:
    """A key that does not exist, with the one that was probably meant."""
    return f"{key(path)}: unknown key{_meant(str(path[-1]), known)}"


def not_among(path: Path, value: object, known: Collection[str], besides: str = "") -> str:
    """A value that is none of those known, with the one that was probably meant."""
    return f"{key(path)}: {show(value)} was given{_meant(str(value), known, besides)}"


def _meant(text: str, known: Collection[str], besides: str = "") -> str:
    near = difflib.get_close_matches(text.replace("_", "-").lower(), known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; allowed: {', '.join([*sorted(known), *([besides] if besides else [])])}"


def joined(problems: Sequence[str], what: str) -> str:
    """One text for all problems, in order, without repeats."""
    once = list(dict.fromkeys(problems))
    more = f"; and {len(once) - _LISTED} more" if len(once) > _LISTED else ""
    count = f"{len(once)} problem{'s' if len(once) > 1 else ''}"
    return f"{count} in {what}: {'; '.join(once[:_LISTED])}{more}"


def of_model(
    errors: Iterable[ErrorDetails], raw: Any, allowed: Mapping[Path, str], prefix: Path = ()
) -> list[str]:
    """Pydantic's errors in our words; `allowed` says by key (list positions left out) what may be.

    A union reports an error for each of its members: they fall together here, since only the part
    of an error's location that exists in the input names its key.
    """
    problems = []
    for error in errors:
        location = tuple(error["loc"])
        if error["type"] == "extra_forbidden":
            siblings = {path[-1] for path in allowed if path[:-1] == _keys(location[:-1])}
            problems.append(unknown((*prefix, *location), {str(name) for name in siblings}))
            continue
        path, value = _existing(location, raw)
        if error["type"] == "missing":
            path = location
            problems.append(f"{key((*prefix, *path))}: missing; allowed: {_allowed(allowed, path)}")
            continue
        problems.append(
            f"{key((*prefix, *path))}: {show(value)} was given; allowed: {_allowed(allowed, path)}"
        )
    return problems


def descriptions(model: type[BaseModel], prefix: Path = ()) -> dict[Path, str]:
    """What is allowed for each key of a model, from its fields' descriptions."""
    return {
        (*prefix, field.alias or name): field.description or ""
        for name, field in model.model_fields.items()
    }


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


def _keys(path: Path) -> Path:
    return tuple(part for part in path if not isinstance(part, int))


def _allowed(allowed: Mapping[Path, str], path: Path) -> str:
    names = _keys(path)
    while names and names not in allowed:
        names = names[:-1]
    return allowed.get(names, "a JSON object")
