"""What a service's model asks of parameters: all that is wrong with them, in AWS's words.

As most of AWS's services answer it: "2 validation errors detected: Value null at 'stackName' failed
to satisfy constraint: Member must not be null; ..."
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import regex
from moto.core.model import Shape

# Patterns come from the model, texts from the client: together they can take for ever.
PATTERN_SECONDS = 0.1
# Of what is quoted.
MOST_QUOTED = 200


def problems(shape: Shape, value: Any) -> str | None:
    """All in one sentence; None where there is none. Members that are None count as absent."""
    found = list(_structure(shape, value, ""))
    if not found:
        return None
    plural = "s" if len(found) > 1 else ""
    return f"{len(found)} validation error{plural} detected: {'; '.join(found)}"


def _check(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            if not getattr(shape, "is_document_type", False):
                yield from _structure(shape, value, f"{path}.")
        case "list":
            yield from _size(shape, len(value), value, path)
            for number, item in enumerate(value, 1):
                yield from _check(shape.member, item, f"{path}.{number}.member")
        case "map":
            yield from _size(shape, len(value), value, path)
            for key, item in value.items():
                yield from _check(shape.key, key, path)
                yield from _check(shape.value, item, f"{path}.{key}.member")
        case "string":
            yield from _string(shape, value, path)
        case "blob":
            content = base64.b64decode(value) if isinstance(value, str) else value
            yield from _size(shape, len(content), "", path)
        case "integer" | "long" | "float" | "double":
            yield from _range(shape, value, path)


def _structure(shape: Shape, value: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _words(None, f"{prefix}{_lower(name)}", "Member must not be null")
    for name, item in value.items():
        if item is not None:
            yield from _check(shape.members[name], item, f"{prefix}{_lower(name)}")


def _size(shape: Shape, size: int, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        must = f"Member must have length greater than or equal to {least}"
        yield _words(value, path, must)
    if most is not None and size > most:
        yield _words(value, path, f"Member must have length less than or equal to {most}")


def _range(shape: Shape, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and float(value) < least:
        yield _words(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and float(value) > most:
        yield _words(value, path, f"Member must have value less than or equal to {most}")


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    told = "*****" if shape.metadata.get("sensitive") else value
    sized = list(_size(shape, len(value), told, path))
    yield from sized
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if enum and value not in enum:
        must = f"Member must satisfy enum value set: [{', '.join(enum)}]"
        yield _words(told, path, must)
    if pattern and not sized and not _matches(pattern, value):
        must = f"Member must satisfy regular expression pattern: {pattern}"
        yield _words(told, path, must)


def _matches(pattern: str, value: str) -> bool:
    try:
        return _compiled(pattern).fullmatch(value, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return False


@cache
def _compiled(pattern: str) -> Any:
    r"""Compile Java's, in which \w is ASCII and \p{L} any letter; regex has one or the other."""
    return regex.compile(pattern, 0 if "\\p" in pattern else regex.ASCII)


def _words(value: Any, path: str, must: str) -> str:
    text = "null" if value is None else f"'{str(value)[:MOST_QUOTED]}'"
    return f"Value {text} at '{path}' failed to satisfy constraint: {must}"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
