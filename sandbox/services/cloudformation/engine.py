"""Creates, updates and deletes stacks, from plain CloudFormation templates.

It knows nothing of files, of SAM, nor of the API through which it may be reached.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.threads import Event
from sandbox.services.cloudformation import exports
from sandbox.services.cloudformation.deletion import delete
from sandbox.services.cloudformation.errors import (
    DeploymentFailedError,
    NothingToUpdateError,
    all_that_failed,
)
from sandbox.services.cloudformation.exports import ExportError
from sandbox.services.cloudformation.macros import Macros
from sandbox.services.cloudformation.operation import Change, Operation
from sandbox.services.cloudformation.order import PLAIN, Order
from sandbox.services.cloudformation.proposal import Proposal, propose
from sandbox.services.cloudformation.responses import Responses
from sandbox.services.cloudformation.rollback import Rollback
from sandbox.services.cloudformation.schedule import Schedule
from sandbox.services.cloudformation.stack import Resource, Stack, partition_of
from sandbox.services.cloudformation.template import Template
from sandbox.services.cloudformation.worker import Worker


@dataclass(frozen=True)
class _Running:
    """The operation that a stack is in, which somebody may want to end."""

    schedule: Schedule
    ended: Event | None


@dataclass
class Engine:
    """What makes, updates and deletes stacks, through the services' own APIs."""

    client: Callable[[str], Any]
    """A boto3 client by service name."""
    region: str
    account: str
    seed: int = 1
    """Of the names and ids that are generated."""
    clock: Clock | None = None
    """Without one nothing can be waited for, and so nothing is done beside something else."""
    responses: Responses | None = None
    stacks: dict[str, Stack] = field(default_factory=dict)
    """Every stack there ever was, by id."""
    session_seconds: float = math.inf
    """How long the session lasts in which whoever starts an operation lends his rights to it."""
    clears_weights: bool = False
    """Whether an update of an alias takes weights away that its template has not. Nobody says."""
    macros: Macros = field(init=False)
    _running: dict[str, _Running] = field(default_factory=dict)

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
        self._worker(stack, PLAIN).record("REVIEW_IN_PROGRESS", reason="User Initiated")
        return stack

    def update(self, stack: Stack, template: Template, given: Mapping[str, str]) -> None:
        """Bring `stack` to `template`; on failure it is brought back to what it was."""
        proposal = propose(stack, template, given)
        same = template == stack.template and proposal.parameters == stack.parameters
        if same and stack.unfinished is None:
            raise NothingToUpdateError
        self.apply(stack, proposal, "UPDATE")

    def apply(
        self, stack: Stack, proposal: Proposal, operation: Operation, order: Order = PLAIN
    ) -> None:
        """Make what was proposed of `stack`, or take all of it back: DeploymentFailedError."""
        with self._in_operation(stack) as schedule:
            unfinished, worker = stack.begun, self._worker(stack, order)
            stack.rolls_back = order.rolls_back
            stack.template = proposal.plan.template
            stack.parameters, stack.secret_parameters = proposal.parameters, proposal.secrets
            Change(worker, schedule, proposal.plan, operation, unfinished).run()

    def cancel(self, stack: Stack) -> None:
        """Let the update that is under way be rolled back, without waiting for what it waits for.

        https://github.com/aws/aws-cdk/issues/31541
        """
        self._running[stack.id].schedule.cancel()

    def roll_back(self, stack: Stack, order: Order = PLAIN, skip: Collection[str] = ()) -> None:
        """Take back an operation that failed; also once more, where that has failed."""
        with self._in_operation(stack) as schedule:
            rollback = Rollback(self._worker(stack, order), schedule, stack.begun)
            if stack.begun.before.is_nothing:
                rollback.of_creation("User Initiated", retains=order.retains)
            else:
                rollback.of_update("User Initiated", skip, retains=order.retains)

    def delete(
        self,
        stack: Stack,
        retain: Collection[str] = (),
        order: Order = PLAIN,
        *,
        force: bool = False,
    ) -> None:
        """Delete what the stack made, but for what is to be retained, there or in the template.

        A creation that is under way ends. By force, what cannot be deleted is retained too.
        """
        worker = self._worker(stack, order)
        try:
            exports.check_deletion(stack)
        except ExportError as error:
            worker.record(stack.status, reason=f"{error}.")
            failed_as = ("DELETE", stack.name, "AWS::CloudFormation::Stack", str(error))
            raise DeploymentFailedError(*failed_as) from error
        worker.record("DELETE_IN_PROGRESS", reason="User Initiated")
        self._interrupt(stack)
        doomed = [
            one
            for one in stack.all_there_is()
            if one.logical_id not in retain and stack.policy(one.logical_id) == "Delete"
        ]
        left = stack.resources
        for name in [name for name, one in left.items() if not any(one is it for it in doomed)]:
            del left[name]

        def forget(gone: Resource) -> None:
            if left.get(gone.logical_id) is gone:
                del left[gone.logical_id]

        with self._in_operation(stack) as schedule:
            failed = delete(worker, schedule, doomed, [stack.template], deleted=forget)
        if failed and not force:
            worker.record("DELETE_FAILED", reason=all_that_failed(failed))
            raise failed[0]
        left.clear()
        stack.exported_outputs, stack.imports = {}, frozenset()
        stack.finish()
        worker.record("DELETE_COMPLETE")

    def subject(self, name: str, identity: str = "") -> Stack:
        """Return a stack to propose something for; without an id it will never be one."""
        return Stack(identity, name, self.region, self.account, neighbours=self.stacks)

    def _interrupt(self, stack: Stack) -> None:
        running = self._running.get(stack.id)
        if running is not None:
            running.schedule.cancel()
            assert running.ended is not None
            running.ended.wait()

    @contextmanager
    def _in_operation(self, stack: Stack) -> Iterator[Schedule]:
        ended = None if self.clock is None else Event(self.clock)
        running = self._running[stack.id] = _Running(Schedule(self.clock), ended)
        try:
            yield running.schedule
        finally:
            del self._running[stack.id]
            if ended is not None:
                ended.set()

    def _worker(self, stack: Stack, order: Order) -> Worker:
        stack.role = order.role or stack.role
        lent = replace(
            order,
            role=stack.role,
            session_ends=time.time() + self.session_seconds,
            clears_weights=self.clears_weights,
        )
        return Worker(self.client, self.seed, stack, lent, self.responses)

    def _stack(self, name: str) -> Stack:
        # The count keeps a stack's ids and names apart from those of one deleted before it.
        key = f"{self.seed}/{name}/{len(self.stacks)}"
        identity = uuid.uuid5(uuid.NAMESPACE_URL, key)
        owner = f"{partition_of(self.region)}:cloudformation:{self.region}:{self.account}"
        return self.subject(name, f"arn:{owner}:stack/{name}/{identity}")
