"""CloudFormation's own functions in a template: which there are, and what they refer to."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# A variable of Fn::Sub, such as ${Checkout.Arn}; ${!so} is text.
_VARIABLE = re.compile(r"\$\{\s*([^!{}\s][^{}]*?)\s*\}")


def intrinsic(value: object) -> str | None:
    """Return the name of the function that the value is, such as Ref; None where it is a value."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if name == "Ref" or str(name).startswith("Fn::"):
            return str(name)
    return None


def has_intrinsic(value: object) -> bool:
    """Tell whether the value, or anything in it, is known only to CloudFormation."""
    if intrinsic(value):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(has_intrinsic(one) for one in inner)


def referred(value: object) -> Iterator[str]:
    """Give the names that the value refers to: of resources, parameters and pseudo parameters."""
    if isinstance(value, list):
        for one in value:
            yield from referred(one)
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "Ref" and isinstance(inner, str):
            yield inner
        elif name == "Fn::GetAtt" and (found := attribute(value)):
            yield found[0]
        elif name == "Fn::Sub":
            yield from _substituted(inner)
        yield from referred(inner)


def attribute(value: object) -> tuple[str, str] | None:
    """Return the resource and the attribute that an Fn::GetAtt names."""
    inner = value.get("Fn::GetAtt") if isinstance(value, dict) else None
    if isinstance(inner, str) and "." in inner:
        resource, _, name = inner.partition(".")
        return resource, name
    if isinstance(inner, list) and len(inner) == 2 and all(isinstance(one, str) for one in inner):
        return inner[0], inner[1]
    return None


def parameter_value(value: object, parameters: Mapping[str, Any]) -> object:
    """Return what a parameter is now, where the value is a Ref to one; else the value itself."""
    name = value.get("Ref") if isinstance(value, dict) and len(value) == 1 else None
    return parameters[name] if isinstance(name, str) and name in parameters else value


def _substituted(inner: object) -> Iterator[str]:
    text, own = (inner[0], inner[1]) if isinstance(inner, list) and len(inner) == 2 else (inner, {})
    if isinstance(text, str):
        for name in _VARIABLE.findall(text):
            if not isinstance(own, dict) or name not in own:
                yield name.partition(".")[0]
