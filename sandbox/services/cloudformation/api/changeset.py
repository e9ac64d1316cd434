"""A change set: what was submitted, what it would change, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.services.cloudformation.api.submission import Submission
from sandbox.services.cloudformation.comparison import ResourceChange
from sandbox.services.cloudformation.operation import Operation
from sandbox.services.cloudformation.proposal import Proposal
from sandbox.services.cloudformation.stack import Stack


@dataclass
class ChangeSet:
    """A proposed change of a stack, and how far it has come."""

    id: str
    name: str
    stack: Stack
    operation: Operation
    description: str
    submission: Submission
    created: float
    role: str | None = None
    on_failure: str | None = None
    proposal: Proposal | None = None
    changes: list[ResourceChange] = field(default_factory=list)
    failure: str = ""
    """Why there is nothing to execute."""
    execution: str = "AVAILABLE"
