"""An input of the query protocol: a form, whose keys say where in the shape each value belongs."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl

from moto.core import parse
from moto.core.model import OperationModel

from sandbox.kernel.patches import Patches
from sandbox.kernel.wire.errors import RefusedError

CONTENT_TYPE = "application/x-www-form-urlencoded"


class Form(dict[str, str]):
    """Of two values under one key the first counts."""


def form(query: str, body: bytes) -> Form:
    """Read a form and a query, of which the form goes first."""
    found = Form()
    try:
        for text in (body.decode(), query):
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
            for key, value in pairs:
                found.setdefault(key, value)
    except ValueError as error:
        raise RefusedError("MalformedQueryString", f"The query is no form: {error}") from error
    return found


def parameters(operation: OperationModel, given: Form) -> dict[str, Any]:
    """Read an operation's parameters from a form."""
    try:
        parser = parse.QueryParser(operation, blob_parser=_decoded)
        found: dict[str, Any] = parser.parse({"values": given})
    except (ValueError, OverflowError, RuntimeError) as error:
        raise RefusedError("MalformedInput", f"A parameter is of another type: {error}") from error
    if _has_holes(found):
        raise RefusedError("MalformedInput", "A key of a map has no value.")
    return found


def install(patches: Patches) -> None:
    """Find a structure's keys once; moto goes through all keys again for each."""

    def is_absent(_: Any, values: Any, prefix: str) -> bool:
        if not prefix:
            return False
        known = vars(values)
        if "sandbox_prefixes" not in known:
            known["sandbox_prefixes"] = {
                ".".join(parts[: size + 1])
                for parts in (key.split(".") for key in values)
                for size in range(len(parts))
            }
        return prefix not in known["sandbox_prefixes"]

    patches.replace(parse.QueryParser, "_gonna_recurse", is_absent)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _has_holes(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_holes(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_holes(item) for item in value)
    return value is parse.UNDEFINED
