"""JSON text of what a template has as YAML, also where parts of it are known only later."""

import json
from typing import Any

from domain.macro.intrinsics import intrinsic

# Functions whose value is a text wherever they stand inside of free-form JSON.
_TEXTS = {"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::ImportValue", "Fn::Base64"}


class NoText(ValueError):  # noqa: N818
    """A part of it may be something else than a text once CloudFormation knows it."""


def json_text(value: object) -> Any:
    """Return the JSON text of a value, as an Fn::Join where CloudFormation has to fill texts in.

    A value that is a function itself stays as it is: whoever writes one writes JSON text by it.
    Raises NoText.
    """
    if intrinsic(value):
        return value
    pieces: list[Any] = []
    text = json.dumps(_marked(value, pieces), ensure_ascii=False, separators=(",", ":"))
    if not pieces:
        return text
    parts: list[Any] = []
    for at, piece in enumerate(pieces):
        before, _, text = text.partition(json.dumps(_mark(at)))
        parts += [before + '"', piece]
        text = '"' + text
    return {"Fn::Join": ["", [*parts, text]]}


def _marked(value: object, pieces: list[Any]) -> Any:
    """Put a mark in each function's place, in the order in which the text will have them."""
    if name := intrinsic(value):
        if name not in _TEXTS or value == {"Ref": "AWS::NoValue"}:
            raise NoText(name)
        pieces.append(value)
        return _mark(len(pieces) - 1)
    if isinstance(value, dict):
        return {key: _marked(inner, pieces) for key, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, pieces) for inner in value]
    return value


def _mark(at: int) -> str:
    return f"\0{at}\0"
