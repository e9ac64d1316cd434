"""A stack and what happened to it: plain records, which a front door may show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.services.cloudformation.template import Template


@dataclass
class Resource:
    """A resource of a stack, as it stands."""

    logical_id: str
    type: str
    physical_id: str
    status: str
    properties: dict[str, Any]
    """Resolved and converted, as the resource type was given them."""
    attributes: dict[str, str]
    """What Fn::GetAtt answers."""
    no_echo: bool = False
    """Whether nobody may read the attributes."""


@dataclass(frozen=True)
class StackEvent:
    """What happened to a resource, or to the stack itself."""

    at: float
    """Seconds since the epoch."""
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    token: str | None = None
    """Of the client that ordered the operation."""
    properties: dict[str, Any] | None = None
    """What a custom resource was given; of others nobody asks."""


@dataclass(frozen=True)
class Output:
    """A value that a stack gives out, under an export's name if it has one."""

    value: str
    description: str = ""
    export: str | None = None
    no_echo: bool = False
    """Whether the value is hidden from whoever describes the stack."""


@dataclass(frozen=True)
class Before:
    """What a stack was when it last was whole: what a rollback brings it back to."""

    template: Template
    parameters: dict[str, Any]
    secret_parameters: frozenset[str]
    resources: dict[str, Resource]
    imports: frozenset[str]

    @property
    def is_nothing(self) -> bool:
        """Whether there has been no whole stack yet."""
        return not self.template


@dataclass
class Unfinished:
    """What was done since a stack was whole: to be taken back, or cleaned up in the end."""

    before: Before
    made: list[Resource] = field(default_factory=list)
    """What there was not before."""
    superseded: list[Resource] = field(default_factory=list)
    """What the stack does not want any more."""
    whole: dict[str, Resource] = field(default_factory=dict)
    """By logical id, what a resource was before its change failed, or is under way."""
    restored: set[str] = field(default_factory=set)
    """Logical ids of what a rollback has brought back."""
    not_restored: set[str] = field(default_factory=set)
    """Those of what it could not bring back, which the next try may skip."""


@dataclass
class Stack:
    """A stack: its resources, parameters, outputs and events."""

    id: str
    name: str
    region: str
    account: str
    template: Template = field(default_factory=dict)
    """After the transform; of the operation under way, or of the last that left something."""
    status: str = "REVIEW_IN_PROGRESS"
    parameters: dict[str, Any] = field(default_factory=dict)
    """Every parameter of the template: text, or a list of texts for a list type."""
    secret_parameters: frozenset[str] = frozenset()
    """Those with NoEcho, which must not be shown."""
    resources: dict[str, Resource] = field(default_factory=dict)
    """By logical id, in the order they were made."""
    exported_outputs: dict[str, Output] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    names_made: int = 0
    imports: frozenset[str] = frozenset()
    """The names of the exports that it uses."""
    neighbours: Mapping[str, Stack] = field(default_factory=dict, repr=False, compare=False)
    """Every stack of the account, itself too, by id."""
    role: str | None = None
    """The service role, which is kept for all later operations."""
    rolls_back: bool = True
    deletion_mode: str | None = None
    failed_requests: dict[str, str] = field(default_factory=dict)
    """The ids of what was asked of custom resources and did not work; a retry has the same."""
    unfinished: Unfinished | None = None

    @property
    def created(self) -> float:
        """Seconds since the epoch."""
        return self.events[0].at

    @property
    def outputs(self) -> dict[str, str]:
        return {name: output.value for name, output in self.exported_outputs.items()}

    @property
    def partition(self) -> str:
        return partition_of(self.region)

    @property
    def begun(self) -> Unfinished:
        """What an operation that begins now, or goes on, would have to take back."""
        if self.unfinished is None:
            self.unfinished = Unfinished(
                Before(
                    self.template,
                    self.parameters,
                    self.secret_parameters,
                    dict(self.resources),
                    self.imports,
                )
            )
        return self.unfinished

    def all_there_is(self) -> list[Resource]:
        """Return what can be deleted of the stack, the last made first, leftovers too."""
        found = [*reversed(self.resources.values())]
        if self.unfinished is not None:
            found += [*reversed(self.unfinished.made), *reversed(self.unfinished.superseded)]
            found += self.unfinished.whole.values()
        distinct: dict[tuple[str, str], Resource] = {}
        for one in found:
            if one.physical_id and one.status != "DELETE_COMPLETE":
                distinct.setdefault((one.logical_id, one.physical_id), one)
        return list(distinct.values())

    def finish(self) -> None:
        """Note that the stack is whole, as it is now."""
        self.unfinished = None
        self.failed_requests.clear()

    def physical_id(self, logical_id: str) -> str:
        """Return what `Ref` answers. Raises KeyError if the stack has no such resource."""
        return self.resources[logical_id].physical_id

    def last_whole(self, logical_id: str) -> Resource | None:
        """Return the resource as it was when it last was whole; None if it never was."""
        found = self.resources.get(logical_id)
        if found is None or not found.status.endswith("_FAILED"):
            return found
        if self.unfinished is None:
            return None
        known = self.unfinished.before.resources | self.unfinished.whole
        return known.get(logical_id)

    def policy(self, logical_id: str, attribute: str = "DeletionPolicy") -> str:
        """Say what becomes of a resource when it is not wanted any more."""
        declared = self.template["Resources"].get(logical_id)
        if declared is None and self.unfinished is not None:
            declared = self.unfinished.before.template.get("Resources", {}).get(logical_id)
        return str((declared or {}).get(attribute, "Delete"))


def partition_of(region: str) -> str:
    """Return the part of AWS that a region is in."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def domain_of(region: str) -> str:
    """Return the pseudo parameter AWS::URLSuffix."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
