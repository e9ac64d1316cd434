"""The aliases of a template, each with the function and the version that it points to."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from domain.macro.intrinsics import attribute, referred
from domain.macro.resources import (
    ALIAS,
    FUNCTION,
    GATE,
    VERSION,
    Resources,
    of_type,
    properties,
    type_of,
)


@dataclass(frozen=True)
class Alias:
    """An alias by its logical id, with those of its function and version where these are known.

    `gate` is that of a gate which stands before it already. `called` is what metadata calls it: its
    function, where that has no other alias.
    """

    name: str
    called: str
    function: str
    version: str
    gate: str
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties, as they are written."""
        return properties(self.body)


def aliases_of(resources: Resources) -> list[Alias]:
    """Find all aliases, in the template's order."""
    found = [_alias(resources, name) for name in of_type(resources, ALIAS)]
    count = Counter(one.function for one in found)
    return [
        replace(one, called=one.function) if one.function and count[one.function] == 1 else one
        for one in found
    ]


def _alias(resources: Resources, name: str) -> Alias:
    body = resources[name]
    found = attribute(properties(body).get("FunctionVersion"))
    source = found[0] if found else ""
    kind = type_of(resources.get(source))
    version = source if kind == VERSION and found and found[1] == "Version" else ""
    function = _function(resources, properties(body).get("FunctionName")) or _function(
        resources, properties(resources.get(version)).get("FunctionName")
    )
    return Alias(name, name, function, version, source if kind == GATE else "", body)


def _function(resources: Resources, value: object) -> str:
    names = (name for name in referred(value) if type_of(resources.get(name)) == FUNCTION)
    return next(names, "")
