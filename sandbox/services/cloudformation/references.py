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


def functions(value: object, condition: Conditions) -> Iterator[tuple[str, Any]]:
    """List the functions in `value`, each with its argument, on the same branches of Fn::If."""
    if isinstance(value, list):
        for item in value:
            yield from functions(item, condition)
    elif isinstance(value, dict):
        function = intrinsic(value)
        if function is None:
            yield from functions(list(value.values()), condition)
        else:
            yield function
            yield from functions(_taken(*function, condition), condition)


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
        case "Condition":
            pass
        case _:
            yield from references(_taken(function, argument, condition), condition)


def _taken(function: str, argument: Any, condition: Conditions) -> Any:
    """Return a function's argument, without the branch of an Fn::If that is not taken."""
    if function != "Fn::If" or condition is None:
        return argument[1:] if function == "Fn::If" else argument
    test, then, otherwise = argument
    return then if condition(test) else otherwise


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
