"""Which resources a template's resources speak of, and the order that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sandbox.services.cloudformation.errors import TemplateError
from sandbox.services.cloudformation.intrinsics import intrinsic, placeholders, split_get_att

Conditions = Callable[[str], bool] | None
"""What a condition is worth; None where both branches of every Fn::If matter."""


class Reference(NamedTuple):
    """Something that a template refers to by name."""

    logical_id: str
    """Of a resource; or a parameter's name, where there is no attribute."""
    attribute: str | None = None


def references(value: object, condition: Conditions) -> Iterator[Reference]:
    """List what `value` refers to, on those branches of Fn::If that `condition` allows."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, condition)
    elif isinstance(value, dict):
        function = intrinsic(value)
        if function is None:
            yield from references(list(value.values()), condition)
        else:
            yield from _of_function(*function, condition)


def _of_function(function: str, argument: Any, condition: Conditions) -> Iterator[Reference]:
    match function:
        case "Ref":
            yield Reference(argument)
        case "Fn::GetAtt":
            yield Reference(*split_get_att(argument))
        case "Fn::Sub":
            text, own = (argument, {}) if isinstance(argument, str) else argument
            yield from references(own, condition)
            for name in placeholders(text):
                target, _, attribute = name.partition(".")
                if name not in own:
                    yield Reference(target, attribute or None)
        case "Fn::If":
            test, then, otherwise = argument
            if condition is None or condition(test):
                yield from references(then, condition)
            if condition is None or not condition(test):
                yield from references(otherwise, condition)
        case "Condition":
            pass
        case _:
            yield from references(argument, condition)


def dependencies(resource: Mapping[str, Any], condition: Conditions) -> set[str]:
    """Return what a resource must come after, said or implied."""
    explicit = resource.get("DependsOn", [])
    named = {explicit} if isinstance(explicit, str) else set(explicit)
    used = references(resource.get("Properties", {}), condition)
    return named | {reference.logical_id for reference in used}


def in_order(needs: Mapping[str, set[str]]) -> list[str]:
    """Sort the keys, each after those it needs. Raises TemplateError on a circle."""
    ordered: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = [*path[path.index(name) :], name]
            raise TemplateError([f"Circular dependency between resources: [{' -> '.join(circle)}]"])
        if name not in ordered:
            for needed in sorted(needs[name] & needs.keys()):
                visit(needed, (*path, name))
            ordered[name] = None

    for name in needs:
        visit(name, ())
    return list(ordered)
