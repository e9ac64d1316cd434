"""What a stack answers: its template's outputs, worked out."""

from __future__ import annotations

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.stack import Output
from sandbox.services.cloudformation.template import Template


class OutputError(CloudFormationError):
    """An output has no value."""

    def __init__(self, name: str, error: CloudFormationError) -> None:
        super().__init__(str(error))
        self.name = name


def resolved(template: Template, resolver: Resolver) -> dict[str, Output]:
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
            )
        except CloudFormationError as error:
            raise OutputError(name, error) from error
    return outputs
