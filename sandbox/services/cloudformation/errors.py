"""What deploying can end with, besides success."""

from __future__ import annotations

from collections.abc import Sequence


class CloudFormationError(Exception):
    """Anything CloudFormation, or this engine of it, refuses."""


class TemplateError(CloudFormationError):
    """The template or its parameters are refused before anything is made; names every problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class TransformError(TemplateError):
    """A transform failed, or there is none of that name."""

    def __init__(self, message: str) -> None:
        super().__init__([message])


class NothingToUpdateError(CloudFormationError):
    """An update changed neither the template nor a parameter."""

    def __init__(self) -> None:
        super().__init__("No updates are to be performed.")


class DeploymentFailedError(CloudFormationError):
    """A resource failed; what the operation had made or changed before it was rolled back."""

    def __init__(self, operation: str, logical_id: str, resource_type: str, reason: str) -> None:
        self.operation = operation
        self.logical_id = logical_id
        self.resource_type = resource_type
        self.reason = reason
        super().__init__(f"{operation} of {logical_id} ({resource_type}) failed: {reason}")


def all_that_failed(errors: Sequence[DeploymentFailedError]) -> str:
    """Say in the stack's own event which resources failed; why, theirs say."""
    told = ""
    for operation in dict.fromkeys(error.operation for error in errors):
        names = ", ".join(error.logical_id for error in errors if error.operation == operation)
        told += f"The following resource(s) failed to {operation.lower()}: [{names}]. "
    return told
