"""Creates, updates and deletes stacks, from plain CloudFormation templates.

It knows nothing of files, of SAM, nor of the API through which it may be reached.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.services.cloudformation import exports
from sandbox.services.cloudformation.errors import (
    DeploymentFailedError,
    NothingToUpdateError,
    all_that_failed,
)
from sandbox.services.cloudformation.exports import ExportError
from sandbox.services.cloudformation.macros import Macros
from sandbox.services.cloudformation.operation import Change, Operation
from sandbox.services.cloudformation.proposal import Proposal, propose
from sandbox.services.cloudformation.stack import Stack, partition_of
from sandbox.services.cloudformation.template import Template
from sandbox.services.cloudformation.worker import Worker


@dataclass
class Engine:
    """What makes, updates and deletes stacks, through the services' own APIs."""

    client: Callable[[str], Any]
    """A boto3 client by service name."""
    region: str
    account: str
    seed: int = 1
    """Of the names and ids that are generated."""
    stacks: dict[str, Stack] = field(default_factory=dict)
    """Every stack there ever was, by id."""
    macros: Macros = field(init=False)

    def __post_init__(self) -> None:
        self.macros = Macros(self.client, self.region, self.account, self.stacks)

    def create(self, name: str, template: Template, given: Mapping[str, str]) -> Stack:
        """Create a stack; on failure nothing is left but what has DeletionPolicy Retain."""
        stack = self._stack(name)
        proposal = propose(stack, template, given)
        self.stacks[stack.id] = stack
        self.apply(stack, proposal, "CREATE")
        return stack

    def add(self, name: str) -> Stack:
        """Add a stack that has yet to begin."""
        stack = self._stack(name)
        self.stacks[stack.id] = stack
        return stack

    def review(self, name: str) -> Stack:
        """Add a stack of which nothing is made yet, only proposed."""
        stack = self.add(name)
        self._worker(stack).record("REVIEW_IN_PROGRESS", reason="User Initiated")
        return stack

    def update(self, stack: Stack, template: Template, given: Mapping[str, str]) -> None:
        """Bring `stack` to `template`; on failure it is brought back to what it was."""
        proposal = propose(stack, template, given)
        if template == stack.template and proposal.parameters == stack.parameters:
            raise NothingToUpdateError
        self.apply(stack, proposal, "UPDATE")

    def apply(self, stack: Stack, proposal: Proposal, operation: Operation) -> None:
        """Make what was proposed of `stack`, or take all of it back: DeploymentFailedError."""
        before = stack.parameters, stack.secret_parameters
        stack.parameters, stack.secret_parameters = proposal.parameters, proposal.secrets
        try:
            Change(self._worker(stack), proposal.plan, operation).run()
        except Exception:
            if operation == "UPDATE":
                stack.parameters, stack.secret_parameters = before
            raise

    def delete(self, stack: Stack, retain: Collection[str] = ()) -> None:
        """Delete what the stack made, but for what is to be retained, there or in the template."""
        worker = self._worker(stack)
        try:
            exports.check_deletion(stack)
        except ExportError as error:
            worker.record(stack.status, reason=f"{error}.")
            failed_as = ("DELETE", stack.name, "AWS::CloudFormation::Stack", str(error))
            raise DeploymentFailedError(*failed_as) from error
        worker.record("DELETE_IN_PROGRESS", reason="User Initiated")
        failed = []
        for logical_id, resource in reversed(list(stack.resources.items())):
            if logical_id not in retain and stack.policy(logical_id) == "Delete":
                try:
                    worker.delete(resource)
                except DeploymentFailedError as error:
                    failed.append(error)
                    continue
            del stack.resources[logical_id]
        if failed:
            worker.record("DELETE_FAILED", reason=all_that_failed(failed))
            raise failed[0]
        stack.exported_outputs, stack.imports = {}, frozenset()
        worker.record("DELETE_COMPLETE")

    def subject(self, name: str, identity: str = "") -> Stack:
        """Return a stack to propose something for; without an id it will never be one."""
        return Stack(identity, name, self.region, self.account, neighbours=self.stacks)

    def _worker(self, stack: Stack) -> Worker:
        return Worker(self.client, self.seed, stack)

    def _stack(self, name: str) -> Stack:
        # The count keeps a stack's ids and names apart from those of one deleted before it.
        key = f"{self.seed}/{name}/{len(self.stacks)}"
        identity = uuid.uuid5(uuid.NAMESPACE_URL, key)
        owner = f"{partition_of(self.region)}:cloudformation:{self.region}:{self.account}"
        return self.subject(name, f"arn:{owner}:stack/{name}/{identity}")
