"""AWS::CloudFormation::Macro."""

from __future__ import annotations

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.macros import MACRO, functions
from sandbox.services.cloudformation.resources.base import Context, Made, Properties, ResourceType
from sandbox.services.cloudformation.shapes import TEXT, record
from sandbox.services.cloudformation.stack import Resource


class Macro(ResourceType):
    """A function that templates may name in their Transform: it is there once its stack has it."""

    name = MACRO
    shape = record(
        "FunctionName Name",
        Description=TEXT,
        FunctionName=TEXT,
        LogGroupName=TEXT,
        LogRoleARN=TEXT,
        Name=TEXT,
    )
    replaced_by = frozenset({"Name"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties["Name"]
        if name in functions(context.stack.neighbours):
            raise CloudFormationError(
                f"Resource of type '{MACRO}' with identifier '{name}' already exists."
            )
        return Made(name)

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        """Leave the rest to the stack, whose record of the macro is all there is of it."""

    def delete(self, context: Context, resource: Resource) -> None:
        """Leave it to the stack too."""
