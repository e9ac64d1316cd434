"""Which exports of others a template uses, and where it may not.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.references import functions, references
from sandbox.services.cloudformation.template import Template

FUNCTION = "Fn::ImportValue"


def names(template: Template, created: Iterable[str], resolver: Resolver) -> frozenset[str]:
    """Return the exports that the `created` resources and the outputs use."""
    places = [template["Resources"][name].get("Properties", {}) for name in created]
    for output in (template.get("Outputs") or {}).values():
        if "Condition" not in output or resolver.condition(output["Condition"]):
            places.append(output.get("Value"))
    found = functions(places, resolver.condition)
    return frozenset(str(resolver.resolve(name)) for one, name in found if one == FUNCTION)


def problems(template: Template) -> Iterator[str]:
    """Say which names, of exports and of what is imported, are not known before all else is."""
    outputs = template.get("Outputs") or {}
    for name, output in outputs.items():
        if _is_made(output.get("Export"), template):
            yield (
                f"Template format error: Output {name} is malformed. The Name field of Export "
                "must not depend on any resources, imported values, or Fn::GetAZs."
            )
    for function, argument in functions([template["Resources"], outputs], None):
        if function == FUNCTION and _is_made(argument, template):
            yield (
                "Template error: the attribute in Fn::ImportValue must not depend on any "
                "resources, imported values, or Fn::GetAZs"
            )


def _is_made(value: Any, template: Template) -> bool:
    used = {reference.logical_id for reference in references(value, None)}
    imports = any(function == FUNCTION for function, _ in functions(value, None))
    return imports or not used.isdisjoint(template["Resources"])
