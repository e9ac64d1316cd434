"""A template's transforms, one after the other: SAM's, and the account's macros.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-section-structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sandbox.services.cloudformation import parameters as template_parameters
from sandbox.services.cloudformation import sam
from sandbox.services.cloudformation.errors import TemplateError, TransformError
from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.macros import Macros
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.cloudformation.template import Template

SNIPPET = "Fn::Transform"
# Of a template that comes from a bucket, before and after its transforms:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-troubleshoot-processed-template.html
MAX_BYTES = 1_000_000


class Transform(NamedTuple):
    """One entry of a template's Transform section."""

    name: str
    params: Mapping[str, Any]


def declared(template: Template) -> list[Transform]:
    """List what the template's Transform section asks for. Raises TemplateError."""
    section = template.get("Transform", [])
    return [_read(one) for one in (section if isinstance(section, list) else [section])]


def names(template: Template) -> list[str]:
    """List the names alone."""
    return [one.name for one in declared(template)]


def processed(
    template: Template, given: Mapping[str, str], region: str, macros: Macros | None
) -> Template:
    """Return the template as CloudFormation deploys it, the same if it asks for no transform.

    `given` are the parameters that were given. Without `macros` there are none.
    """
    wanted = declared(template)
    _refuse_snippets(template)
    if not wanted:
        return template
    unknown = [one.name for one in wanted if one.name.startswith("AWS::") and one.name != sam.SAM]
    if unknown:
        raise TemplateError([f"Transform {name} is not supported" for name in unknown])
    values = template_parameters.resolve(template, given)
    fragment = {name: section for name, section in template.items() if name != "Transform"}
    for name, params in wanted:
        if name == sam.SAM:
            fragment = sam.transform(fragment, given, region)
        elif macros is None:
            raise TransformError(f"No transform named {name} found")
        else:
            fragment = macros.apply(name, fragment, _worth(params, values, macros), values)
        if size(fragment) > MAX_BYTES:
            raise TransformError("Transformation data limit exceeded")
    _refuse_snippets(fragment)
    return fragment


def size(template: Template) -> int:
    """Return how many bytes the template has as JSON, which a processed one is."""
    return len(json.dumps(template, separators=(",", ":")).encode())


def _read(entry: object) -> Transform:
    if isinstance(entry, str):
        return Transform(entry, {})
    name = entry.get("Name") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(name, str):
        raise TemplateError(["Key Name of transform definition must be a string."])
    return Transform(name, entry.get("Parameters") or {})


def _worth(params: Mapping[str, Any], values: Mapping[str, Any], macros: Macros) -> Any:
    """Return a transform's own parameters, which may refer to the template's."""
    known = Stack("", "", macros.region, macros.account, parameters=dict(values))
    return Resolver({}, known, {}).resolve(dict(params))


def _refuse_snippets(template: Template) -> None:
    """Refuse macros for a part of the template, which the sandbox does not do."""
    places = sorted(set(_with_snippet(template, "")))
    if places:
        raise TemplateError([f"{place}: {SNIPPET} is not supported" for place in places])


def _with_snippet(value: object, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        if SNIPPET in value:
            yield at or "the template"
        for key, item in value.items():
            yield from _with_snippet(item, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _with_snippet(item, f"{at}[{index}]")
