"""Creates, updates and deletes stacks, from plain CloudFormation templates.

It knows nothing of files, of SAM, nor of the API through which it may be reached.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.cloudformation import parameters as template_parameters
from sandbox.cloudformation.errors import DeploymentFailedError, NothingToUpdateError
from sandbox.cloudformation.operation import Change, Worker
from sandbox.cloudformation.plan import plan
from sandbox.cloudformation.stack import Stack, partition_of
from sandbox.cloudformation.template import Template


@dataclass
class Engine:
    client: Callable[[str], Any]
    """A boto3 client by service name."""
    region: str
    account: str
    seed: int = 1
    """Of the names and ids that are generated."""
    stacks: dict[str, Stack] = field(default_factory=dict)
    """Every stack there ever was, by id."""

    def create(self, name: str, template: Template, given: Mapping[str, str]) -> Stack:
        """A stack named `name`; on failure nothing is left but what has DeletionPolicy Retain."""
        stack = self._stack(name)
        stack.parameters = dict(template_parameters.resolve(template, given))
        stack.secret_parameters = template_parameters.secrets(template)
        planned = plan(template, stack)
        self.stacks[stack.id] = stack
        Change(Worker(self.client, self.seed, stack), planned, "CREATE").run()
        return stack

    def update(self, stack: Stack, template: Template, given: Mapping[str, str]) -> None:
        """Bring `stack` to `template`; on failure it is brought back to what it was."""
        values = dict(template_parameters.resolve(template, given))
        if template == stack.template and values == stack.parameters:
            raise NothingToUpdateError
        planned = plan(template, replace(stack, parameters=values))
        before = stack.parameters, stack.secret_parameters
        stack.parameters = values
        stack.secret_parameters = template_parameters.secrets(template)
        try:
            Change(Worker(self.client, self.seed, stack), planned, "UPDATE").run()
        except Exception:
            stack.parameters, stack.secret_parameters = before
            raise

    def delete(self, stack: Stack) -> None:
        """Delete what the stack made, but for what is to be retained."""
        worker = Worker(self.client, self.seed, stack)
        worker.record("DELETE_IN_PROGRESS")
        for logical_id, resource in reversed(list(stack.resources.items())):
            if stack.policy(logical_id) == "Delete":
                try:
                    worker.delete(resource)
                except DeploymentFailedError as error:
                    worker.record("DELETE_FAILED", reason=str(error))
                    raise
            del stack.resources[logical_id]
        stack.exported_outputs = {}
        worker.record("DELETE_COMPLETE")

    def _stack(self, name: str) -> Stack:
        # The count keeps a stack's ids and names apart from those of one deleted before it.
        key = f"{self.seed}/{name}/{len(self.stacks)}"
        identity = uuid.uuid5(uuid.NAMESPACE_URL, key)
        owner = f"{partition_of(self.region)}:cloudformation:{self.region}:{self.account}"
        return Stack(f"arn:{owner}:stack/{name}/{identity}", name, self.region, self.account)
