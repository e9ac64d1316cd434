"""The resources of a template, and what depends on what."""

from collections.abc import Iterator
from typing import Any

from domain.macro.intrinsics import referred

Resources = dict[str, Any]

FUNCTION = "AWS::Lambda::Function"
VERSION = "AWS::Lambda::Version"
ALIAS = "AWS::Lambda::Alias"
GATE = "Custom::LambdaCanary"
DEPLOYMENT_GROUP = "AWS::CodeDeploy::DeploymentGroup"


def of_type(resources: Resources, kind: str) -> Iterator[str]:
    """Give the logical ids of all resources of a type, in the template's order."""
    for name, resource in resources.items():
        if type_of(resource) == kind:
            yield name


def type_of(resource: object) -> str:
    """Return a resource's type; nothing for what is none, such as an Fn::ForEach."""
    kind = resource.get("Type") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) else ""


def properties(resource: object) -> dict[str, Any]:
    """Return a resource's properties; none where it has none, or something else in their place."""
    found = resource.get("Properties") if isinstance(resource, dict) else None
    return found if isinstance(found, dict) else {}


def depends_on(resource: object) -> list[str]:
    """List what a resource names in DependsOn."""
    named = resource.get("DependsOn") if isinstance(resource, dict) else None
    return [named] if isinstance(named, str) else list(named) if isinstance(named, list) else []


def needs(resources: Resources, name: str) -> list[str]:
    """List the resources that CloudFormation makes before this one, in the order it names them."""
    resource = resources[name]
    found = [*referred(resource), *depends_on(resource)]
    return [one for one in dict.fromkeys(found) if one in resources]


def way(resources: Resources, start: str, goal: str) -> list[str] | None:
    """Return the shortest way from one resource over what each needs to another, without the first.

    From a resource to itself it is a cycle, which CloudFormation refuses.
    """
    came: dict[str, str] = {}
    queue = [start]
    for here in queue:
        for there in needs(resources, here):
            if there == goal:
                back = [goal]
                while here != start:
                    back.append(here)
                    here = came[here]
                return back[::-1]
            if there not in came and there != start:
                came[there] = here
                queue.append(there)
    return None
