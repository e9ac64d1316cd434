"""What a stack answers: its template's outputs, worked out."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.references import references
from sandbox.services.cloudformation.stack import Output, Resource
from sandbox.services.cloudformation.template import Template


class OutputError(CloudFormationError):
    """An output has no value."""

    def __init__(self, name: str, error: CloudFormationError) -> None:
        super().__init__(str(error))
        self.name = name


def resolved(
    template: Template, resolver: Resolver, resources: Mapping[str, Resource]
) -> dict[str, Output]:
    """Return the outputs whose conditions hold. Raises OutputError at the first without a value."""
    outputs = {}
    for name, declared in (template.get("Outputs") or {}).items():
        try:
            if "Condition" in declared and not resolver.condition(declared["Condition"]):
                continue
            export = declared.get("Export", {}).get("Name")
            outputs[name] = Output(
                value=str(resolver.resolve(declared["Value"])),
                description=declared.get("Description", ""),
                export=None if export is None else str(resolver.resolve(export)),
                no_echo=any(
                    one.attribute and resources[one.logical_id].no_echo
                    for one in references(declared["Value"], resolver.condition)
                    if one.logical_id in resources
                ),
            )
        except CloudFormationError as error:
            raise OutputError(name, error) from error
    return outputs
