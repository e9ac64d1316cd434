"""What would be deployed, without an account: for tools that judge templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.services.cloudformation import parameters as template_parameters
from sandbox.services.cloudformation import transforms
from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.packaging import MemoryArtifacts, package
from sandbox.services.cloudformation.plan import plan
from sandbox.services.cloudformation.resources import known_kind
from sandbox.services.cloudformation.resources.stepfunctions import definition
from sandbox.services.cloudformation.stack import Resource, Stack, partition_of
from sandbox.services.cloudformation.template import Template, load

_ACCOUNT = "123456789012"
_MACHINE = "AWS::StepFunctions::StateMachine"
_DEFINITIONS = (
    "Definition",
    "DefinitionS3Location",
    "DefinitionString",
    "DefinitionSubstitutions",
)


def transformed(
    template: Path, parameters: Mapping[str, str], region: str = "us-east-1"
) -> Template:
    """Return the SAM-transformed template, each state machine with its definition filled in.

    The definition's substitutions have the values they would have in a stack whose resources have
    made-up names. Everything else is as the transform left it, functions and all.
    """
    artifacts = MemoryArtifacts()
    packaged = package(load(template), template.parent, artifacts)
    plain = transforms.processed(packaged, parameters, region, macros=None)
    stack = Stack(_arn(region, "cloudformation", "stack/preview/0"), "preview", region, _ACCOUNT)
    stack.parameters = dict(template_parameters.resolve(plain, parameters))
    planned = plan(plain, stack)
    made_up = {
        logical_id: _made_up(region, logical_id, plain["Resources"][logical_id]["Type"])
        for logical_id in planned.order
    }
    resolver = Resolver(plain, stack, made_up)
    for logical_id in planned.order:
        if made_up[logical_id].type == _MACHINE:
            _fill_in(plain["Resources"][logical_id]["Properties"], logical_id, resolver, artifacts)
    return plain


def _fill_in(
    unresolved: dict[str, Any], logical_id: str, resolver: Resolver, artifacts: MemoryArtifacts
) -> None:
    shape = known_kind(_MACHINE).shape
    properties = shape.convert(resolver.resolve(unresolved), logical_id)
    place = properties.get("DefinitionS3Location")
    stored = None if place is None else artifacts.bodies[place["Key"]].decode()
    filled_in = definition(properties, stored)
    for name in _DEFINITIONS:
        unresolved.pop(name, None)
    unresolved["Definition"] = filled_in


def _made_up(region: str, logical_id: str, type_name: str) -> Resource:
    kind = known_kind(type_name)
    service, noun = type_name.split("::")[-2:]
    service = {"StepFunctions": "states"}.get(service, service.lower())
    noun = {"StateMachine": "stateMachine:"}.get(noun, f"{noun.lower()}:")
    arn = _arn(region, service, f"{'' if service == 'sns' else noun}preview-{logical_id}")
    name = f"preview-{logical_id}"
    attributes = {item: arn if item.endswith("Arn") else name for item in kind.attributes}
    return Resource(logical_id, type_name, arn if kind.ref_is_arn else name, "", {}, attributes)


def _arn(region: str, service: str, resource: str) -> str:
    return f"arn:{partition_of(region)}:{service}:{region}:{_ACCOUNT}:{resource}"
