"""What an operation would make, and everything that can be refused before it makes any of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.services.cloudformation import imports, shifts
from sandbox.services.cloudformation.errors import TemplateError
from sandbox.services.cloudformation.intrinsics import (
    FUNCTIONS,
    PSEUDO_PARAMETERS,
    Resolver,
    UnresolvableError,
)
from sandbox.services.cloudformation.references import dependencies, functions, in_order, references
from sandbox.services.cloudformation.resources import kind_of
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.cloudformation.template import Template

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RESOURCES = 500
_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
}
_RESOURCE_KEYS = {
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
}
_POLICIES = {
    "DeletionPolicy": {"Delete", "Retain", "RetainExceptOnCreate"},
    "UpdateReplacePolicy": {"Delete", "Retain"},
}


@dataclass(frozen=True)
class Plan:
    """What a stack is to become, in the order in which it can."""

    template: Template
    order: list[str]
    """The resources whose conditions hold, each after those it needs."""
    needs: Mapping[str, set[str]]
    """Of each, the resources that come before it."""
    imports: frozenset[str]
    """The exports of other stacks that it uses."""


def plan(template: Template, stack: Stack) -> Plan:
    """`stack` gives the parameters; TemplateError names every problem of `template`."""
    problems = [*_of_sections(template), *_of_resources(template), *_of_values(template)]
    problems += imports.problems(template)
    if problems:
        raise TemplateError(problems)
    resolver = Resolver(template, stack, {})
    try:
        for name in template.get("Conditions") or {}:
            resolver.condition(name)
        needs = {
            logical_id: dependencies(resource, resolver.condition)
            for logical_id, resource in template["Resources"].items()
            if "Condition" not in resource or resolver.condition(resource["Condition"])
        }
        imported = imports.names(template, needs, resolver)
        problems += shifts.problems(template, needs, stack, resolver.condition)
    except UnresolvableError as error:
        raise TemplateError([f"Template error: {error}"]) from error
    for logical_id in needs:
        properties = template["Resources"][logical_id].get("Properties", {})
        used = {item.logical_id for item in references(properties, resolver.condition)}
        absent = sorted(used & template["Resources"].keys() - needs.keys())
        problems += [f"{logical_id}: refers to {name}, which is not created" for name in absent]
    if problems:
        raise TemplateError(problems)
    return Plan(template, in_order(needs), needs, imported)


def _of_sections(template: Template) -> Iterator[str]:
    for section in sorted(template.keys() - _SECTIONS):
        yield f"the section {section} is not supported"
    count = len(template["Resources"])
    if count > MAX_RESOURCES:
        yield (
            f"Template format error: Number of resources, {count}, is greater than maximum "
            f"allowed, {MAX_RESOURCES}"
        )


def _of_resources(template: Template) -> Iterator[str]:
    resources: dict[str, dict[str, Any]] = template["Resources"]
    for logical_id, resource in resources.items():
        name = str(resource.get("Type"))
        at = f"{logical_id} ({name})"
        for key in sorted(resource.keys() - _RESOURCE_KEYS):
            yield f"{at}: the attribute {key} is not supported"
        for key, known in _POLICIES.items():
            if resource.get(key, "Delete") not in known:
                yield f"{at}: {key} must be one of {', '.join(sorted(known))}"
        explicit = resource.get("DependsOn", [])
        for needed in [explicit] if isinstance(explicit, str) else explicit:
            if needed not in resources:
                yield f"{at}: depends on {needed}, which is not in the template"
        kind = kind_of(name)
        if kind is None:
            yield f"{at}: the resource type is not supported"
        else:
            yield from kind.shape.problems(resource.get("Properties", {}), at)


def _of_values(template: Template) -> Iterator[str]:
    """Functions that are not known, and references to what is not there."""
    places = [
        (f"{section}.{name}", value)
        for section in ("Conditions", "Resources", "Outputs")
        for name, value in (template.get(section) or {}).items()
    ]
    parameters = {*(template.get("Parameters") or {}), *PSEUDO_PARAMETERS}
    for at, value in places:
        unknown = sorted({name for name, _ in functions(value, None)} - FUNCTIONS)
        if unknown:
            yield from (f"{at}: the function {name} is not supported" for name in unknown)
            continue
        wanted = value.get("Properties", {}) if at.startswith("Resources.") else value
        for reference in sorted(set(references(wanted, None)), key=str):
            resource = template["Resources"].get(reference.logical_id)
            if reference.attribute is None and reference.logical_id in parameters:
                continue
            if resource is None or at.startswith("Conditions."):
                yield f"{at}: unresolved resource dependency {reference.logical_id}"
            elif reference.attribute:
                kind = kind_of(str(resource.get("Type")))
                if kind is not None and not kind.has_attribute(reference.attribute):
                    yield f"{at}: {reference.logical_id} has no attribute {reference.attribute}"
