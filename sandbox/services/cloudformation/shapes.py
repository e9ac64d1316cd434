"""The shapes of a resource type's properties: which are known, and what they are converted to.

A value is looked at twice. `problems` reads it as the template has it, functions and all, before
anything is made. `convert` reads what the functions were worth, and turns the text that parameters
are made of into the number or boolean that the service wants, as CloudFormation does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.intrinsics import intrinsic


class PropertyError(CloudFormationError):
    """A resolved value does not have its property's shape."""


class Shape(Protocol):
    """A kind of value that a property may have."""

    def problems(self, value: object, at: str) -> Iterator[str]:
        """Say what is wrong with the unresolved `value`, in words that begin with `at`."""

    def convert(self, value: object, at: str) -> Any:
        """Return the resolved `value` as the service wants it. Raises PropertyError."""


@dataclass(frozen=True)
class Scalar:
    """A text, a number or a boolean, which templates often write as text."""

    name: str

    def problems(self, value: object, at: str) -> Iterator[str]:
        if intrinsic(value) is None and isinstance(value, dict | list):
            yield f"{at}: expected {self.name}, found {value!r}"

    def convert(self, value: object, at: str) -> Any:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            match self.name:
                case _ if isinstance(value, dict | list) or value is None:
                    raise ValueError
                case "integer":
                    return int(text)
                case "number":
                    return float(text)
                case "boolean":
                    return {"true": True, "false": False}[text.lower()]
        except (ValueError, KeyError):
            raise PropertyError(f"{at}: expected {self.name}, found {value!r}") from None
        return text


TEXT, INTEGER, NUMBER, BOOLEAN = map(Scalar, ("text", "integer", "number", "boolean"))


@dataclass(frozen=True)
class Json:
    """Free JSON, such as a policy; given as an object, or as text that holds one."""

    def problems(self, value: object, at: str) -> Iterator[str]:  # noqa: ARG002
        yield from ()

    def convert(self, value: object, at: str) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise PropertyError(f"{at}: not JSON: {error}") from error


JSON = Json()


@dataclass(frozen=True)
class ListOf:
    """A list of values of one shape."""

    item: Shape

    def problems(self, value: object, at: str) -> Iterator[str]:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _branches(self.item, item, f"{at}[{index}]")
        elif intrinsic(value) is None:
            yield f"{at}: expected a list, found {value!r}"

    def convert(self, value: object, at: str) -> Any:
        if not isinstance(value, list):
            raise PropertyError(f"{at}: expected a list, found {value!r}")
        return [self.item.convert(item, f"{at}[{index}]") for index, item in enumerate(value)]


@dataclass(frozen=True)
class MapOf:
    """An object with any keys, whose values have one shape."""

    item: Shape

    def problems(self, value: object, at: str) -> Iterator[str]:
        if intrinsic(value) is not None:
            return
        if not isinstance(value, dict):
            yield f"{at}: expected an object, found {value!r}"
            return
        for key, item in value.items():
            yield from _branches(self.item, item, f"{at}.{key}")

    def convert(self, value: object, at: str) -> Any:
        if not isinstance(value, dict):
            raise PropertyError(f"{at}: expected an object, found {value!r}")
        return {str(key): self.item.convert(item, f"{at}.{key}") for key, item in value.items()}


@dataclass(frozen=True)
class Record:
    """An object with certain keys, each with a shape of its own."""

    known: Mapping[str, Shape]
    required: frozenset[str] = field(default_factory=frozenset)

    def of(self, name: str) -> Shape:
        """Return the shape of a property. Raises KeyError if there is no such property."""
        return self.known[name]

    def problems(self, value: object, at: str) -> Iterator[str]:
        if intrinsic(value) is not None:
            return
        if not isinstance(value, dict):
            yield f"{at}: expected an object, found {value!r}"
            return
        yield from (f"{at}: {name} is required" for name in sorted(self.required - value.keys()))
        for name, item in value.items():
            if name not in self.known:
                yield f"{at}: unknown property {name}; known are {', '.join(sorted(self.known))}"
            else:
                yield from _branches(self.known[name], item, f"{at}.{name}")

    def convert(self, value: object, at: str) -> Any:
        if not isinstance(value, dict):
            raise PropertyError(f"{at}: expected an object, found {value!r}")
        missing = sorted(self.required - value.keys())
        unknown = sorted(value.keys() - self.known.keys())
        if missing or unknown:
            raise PropertyError(f"{at}: missing {missing}, unknown {unknown}")
        return {
            name: self.known[name].convert(item, f"{at}.{name}") for name, item in value.items()
        }


@dataclass(frozen=True)
class OpenRecord(Record):
    """An object with some known keys, and any others, which have one shape."""

    rest: Shape = field(default_factory=Json)

    def of(self, name: str) -> Shape:
        return self.known.get(name, self.rest)

    def problems(self, value: object, at: str) -> Iterator[str]:
        yield from super().problems(_known(self, value), at)

    def convert(self, value: object, at: str) -> Any:
        known = super().convert(_known(self, value), at)
        assert isinstance(value, dict)
        others = {name: item for name, item in value.items() if name not in known}
        return known | {n: self.rest.convert(item, f"{at}.{n}") for n, item in others.items()}


def _known(record: Record, value: object) -> object:
    if intrinsic(value) is not None or not isinstance(value, dict):
        return value
    return {name: item for name, item in value.items() if name in record.known}


def _branches(shape: Shape, value: object, at: str) -> Iterator[str]:
    """List the problems of `value`, or of each thing an Fn::If may be worth."""
    function = intrinsic(value)
    if function is not None and function[0] == "Fn::If":
        for branch in function[1][1:]:
            yield from _branches(shape, branch, at)
    else:
        yield from shape.problems(value, at)


def record(required: str = "", **known: Shape) -> Record:
    """Make a record of the given properties; those in `required` may not be missing."""
    return Record(known, frozenset(required.split()))


TAGS = ListOf(record("Key", Key=TEXT, Value=TEXT))
