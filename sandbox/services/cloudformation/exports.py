"""What stacks give each other: outputs with an export's name, and who imports them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
CloudFormation says its refusals in the words that are here:
https://repost.aws/knowledge-center/cloudformation-stack-export-name-error
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.stack import Output, Stack


class ExportError(CloudFormationError):
    """An export is missing, taken or in use."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def of(stack: Stack) -> dict[str, str]:
    """Return what the stack exports, by the export's name."""
    return {
        output.export: output.value
        for output in stack.exported_outputs.values()
        if output.export is not None
    }


def exporter(stacks: Mapping[str, Stack], name: str) -> Stack | None:
    """Find the stack that exports this."""
    return next((stack for stack in stacks.values() if name in of(stack)), None)


def importers(stacks: Mapping[str, Stack], name: str) -> list[str]:
    """Return the names of the stacks that use this export."""
    return sorted(stack.name for stack in stacks.values() if name in stack.imports)


def value(stack: Stack, name: str) -> str:
    """Return what `stack` gets when it imports this. Raises ExportError."""
    found = exporter(stack.neighbours, name)
    if found is None:
        raise ExportError(name, f"No export named {name} found")
    return of(found)[name]


def check(stack: Stack, outputs: Mapping[str, Output]) -> None:
    """Refuse outputs that take another stack's export, or one away that others use: ExportError."""
    names = [output.export for output in outputs.values() if output.export is not None]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ExportError(twice[0], f"Export with name {twice[0]} is given by two outputs")
    now = {output.export: output.value for output in outputs.values()}
    for name in names:
        other = exporter(stack.neighbours, name)
        if other is not None and other.id != stack.id:
            message = f"Export with name {name} is already exported by stack {other.name}"
            raise ExportError(name, message)
    for name, before in of(stack).items():
        if name in now and now[name] != before:
            _refuse_if_used(stack, name, "Export {} cannot be updated as it is in use by {}")
    check_deletion(stack, now.keys())


def check_deletion(stack: Stack, kept: Collection[str | None] = ()) -> None:
    """Refuse to take away an export that others use: ExportError."""
    for name in of(stack):
        if name not in kept:
            words = "Delete canceled. Cannot delete export {} as it is in use by {}"
            _refuse_if_used(stack, name, words)


def _refuse_if_used(stack: Stack, name: str, words: str) -> None:
    users = importers(stack.neighbours, name)
    if users:
        raise ExportError(name, words.format(name, ", ".join(users)))
