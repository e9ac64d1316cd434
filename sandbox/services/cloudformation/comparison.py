"""What a proposal would change in a stack: the rows of a change set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.outputs import OutputError, resolved
from sandbox.services.cloudformation.proposal import Proposal
from sandbox.services.cloudformation.references import references
from sandbox.services.cloudformation.resources import known_kind
from sandbox.services.cloudformation.stack import Resource, Stack

_ATTRIBUTES = ("Metadata", "DeletionPolicy", "UpdateReplacePolicy")


@dataclass(frozen=True)
class Detail:
    """One thing about a resource that an update changes."""

    attribute: str
    """Properties, or one of the resource's attributes beside them."""
    name: str = ""
    """Of the property."""
    recreation: Literal["Never", "Always"] = "Never"
    dynamic: bool = False
    """It depends on what another resource will have become: known only when that is done."""


@dataclass(frozen=True)
class ResourceChange:
    """What an update does to one resource."""

    action: Literal["Add", "Modify", "Remove"]
    logical_id: str
    type: str
    physical_id: str = ""
    details: tuple[Detail, ...] = ()
    policy: str = ""
    """Of a removed resource: Delete or Retain."""

    @property
    def replacement(self) -> str | None:
        if self.action != "Modify":
            return None
        recreating = [detail for detail in self.details if detail.recreation == "Always"]
        if not recreating:
            return "False"
        return "Conditional" if all(detail.dynamic for detail in recreating) else "True"


class Comparison:
    """Of a stack with a proposal for it."""

    def __init__(self, stack: Stack, proposal: Proposal) -> None:
        self._stack = stack
        self._template = proposal.plan.template
        after = replace(stack, parameters=dict(proposal.parameters))
        self._resolver = Resolver(self._template, after, stack.resources)
        self._modified: dict[str, ResourceChange] = {}
        self.changes: list[ResourceChange] = []
        for logical_id in proposal.plan.order:
            change = self._of(logical_id)
            if change is not None:
                self.changes.append(change)
        for logical_id, resource in stack.resources.items():
            if logical_id not in proposal.plan.order:
                self.changes.append(self._removal(resource))

    @property
    def is_empty(self) -> bool:
        """Whether the stack would stay as it is, its outputs too."""
        return not self.changes and not self._changes_outputs()

    def _changes_outputs(self) -> bool:
        try:
            known = self._stack.resources
            return resolved(self._template, self._resolver, known) != self._stack.exported_outputs
        except OutputError:
            return True  # executing it will say why

    def _of(self, logical_id: str) -> ResourceChange | None:
        declared = self._template["Resources"][logical_id]
        before = self._stack.last_whole(logical_id)
        if before is None:
            return ResourceChange("Add", logical_id, declared["Type"])
        details = (*self._properties(before, declared), *self._attributes(before, declared))
        if not details:
            return None
        change = ResourceChange("Modify", logical_id, before.type, before.physical_id, details)
        self._modified[logical_id] = change
        return change

    def _removal(self, resource: Resource) -> ResourceChange:
        policy = "Delete" if self._stack.policy(resource.logical_id) == "Delete" else "Retain"
        return ResourceChange(
            "Remove", resource.logical_id, resource.type, resource.physical_id, policy=policy
        )

    def _properties(self, before: Resource, declared: dict[str, Any]) -> Iterator[Detail]:
        kind = known_kind(declared["Type"])
        wanted = declared.get("Properties", {})
        for name in sorted({*wanted, *before.properties}):
            dynamic = not self._differs(before, name, wanted)
            if not dynamic or self._depends(wanted.get(name)):
                recreation: Any = "Always" if name in kind.replaced_by else "Never"
                yield Detail("Properties", name, recreation, dynamic)

    def _differs(self, before: Resource, name: str, wanted: dict[str, Any]) -> bool:
        given = {name: wanted[name]} if name in wanted else {}
        try:
            worth = self._resolver.resolve(given)
            if name in worth:
                worth[name] = known_kind(before.type).shape.of(name).convert(worth[name], "")
        except (CloudFormationError, KeyError):
            return True  # it speaks of what is not made yet, or is of another type
        return bool(worth.get(name) != before.properties.get(name))

    def _depends(self, value: object) -> bool:
        """Whether it speaks of an attribute of what is modified, or of what is replaced.

        CloudFormation cannot know what an attribute will be after a change:
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
        """
        for reference in references(value, self._resolver.condition):
            change = self._modified.get(reference.logical_id)
            if change is not None and (reference.attribute or change.replacement != "False"):
                return True
        return False

    def _attributes(self, before: Resource, declared: dict[str, Any]) -> Iterator[Detail]:
        old = self._stack.template["Resources"][before.logical_id]
        for name in _ATTRIBUTES:
            if old.get(name) != declared.get(name):
                yield Detail(name)
