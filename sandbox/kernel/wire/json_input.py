"""A JSON input, held against the shape that a service's model gives it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from botocore.utils import parse_timestamp
from moto.core.model import Shape

from sandbox.kernel.wire.errors import RefusedError

_BOUNDS = {"integer": 2**31, "long": 2**63}


def parsed(body: bytes) -> dict[str, Any]:
    """Read the object that a request's body is; an empty body is an empty one."""
    if not body:
        return {}
    try:
        value = json.loads(body.decode(), parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"The body is not JSON in UTF-8: {_said(error)}") from error
    if not isinstance(value, dict):
        raise _unreadable("The body is not a JSON object.")
    return value


def conforming(shape: Shape, value: Any, path: str = "") -> Any:
    """Leave out nulls and what the shape does not have, which AWS ignores too."""
    if getattr(shape, "is_document_type", False):
        return value
    match shape.type_name:
        case "structure":
            return _structure(shape, _expect(value, dict, path), path)
        case "list":
            items = _expect(value, list, path)
            return [conforming(shape.member, item, f"{path}[{n}]") for n, item in enumerate(items)]
        case "map":
            given = _expect(value, dict, path)
            return {
                key: conforming(shape.value, item, f"{path}.{key}") for key, item in given.items()
            }
        case "string":
            return _expect(value, str, path)
        case "boolean":
            return _expect(value, bool, path)
        case "integer" | "long":
            return _whole(value, _BOUNDS[shape.type_name], path)
        case "float" | "double":
            return _number(value, path)
        case "timestamp":
            return _timestamp(value, path)
        case "blob":
            return _blob(value, path)
    return value


def _structure(shape: Shape, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        if "location" in member.serialization:
            continue
        wire_name = member.serialization.get("name", name)
        if value.get(wire_name) is not None:
            found[wire_name] = conforming(member, value[wire_name], f"{path}.{wire_name}")
    return found


def by_member(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    """Of the top level: under the names that the model's members have."""
    return {
        name: value[member.serialization.get("name", name)]
        for name, member in shape.members.items()
        if member.serialization.get("name", name) in value
    }


def _expect(value: Any, kind: type, path: str) -> Any:
    if not isinstance(value, kind):
        _wrong(value, kind.__name__, path)
    return value


def _whole(value: Any, bound: int, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        _wrong(value, "integer", path)
    if not -bound <= value < bound:
        _wrong(value, "integer of that size", path)
    return int(value)


def _number(value: Any, path: str) -> Any:
    if value in ("NaN", "Infinity", "-Infinity"):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        _wrong(value, "number", path)
    if not abs(value) < float("inf"):
        _wrong(value, "number of that size", path)
    return value


def _timestamp(value: Any, path: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        _wrong(value, "timestamp", path)
    try:
        parse_timestamp(value)  # type: ignore[arg-type]  # numbers too
    except (ValueError, RuntimeError):
        _wrong(value, "timestamp", path)
    return value


def _blob(value: Any, path: str) -> str:
    text: str = _expect(value, str, path)
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        _wrong(value, "base64", path)
    return text


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _wrong(value: Any, wanted: str, path: str) -> NoReturn:
    raise _unreadable(
        f"{path.removeprefix('.') or 'The input'} is no {wanted}: {str(value)[:200]!r}."
    )


def _unreadable(message: str) -> RefusedError:
    return RefusedError("SerializationException", message)


def _said(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
