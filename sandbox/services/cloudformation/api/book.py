"""The stacks that clients may ask for, what they submitted of each, and what is under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.services.cloudformation.api import submission as submissions
from sandbox.services.cloudformation.api.changeset import ChangeSet
from sandbox.services.cloudformation.api.refusals import ValidationError
from sandbox.services.cloudformation.api.submission import Submission
from sandbox.services.cloudformation.engine import Engine
from sandbox.services.cloudformation.errors import DeploymentFailedError
from sandbox.services.cloudformation.operation import Operation
from sandbox.services.cloudformation.order import Order
from sandbox.services.cloudformation.proposal import Proposal
from sandbox.services.cloudformation.stack import Stack

Parameters = dict[str, Any]
"""Of one call, as boto3 takes them."""


class Book:
    """What the API knows of stacks beside the engine: what was submitted, and change sets."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self._clock = clock
        self.change_sets: dict[str, ChangeSet] = {}
        """By ARN."""
        self._submitted: dict[str, Submission] = {}
        self._whole: dict[str, Submission] = {}
        """Of stacks in an operation that has not come to its end, what was submitted before."""

    def now(self) -> float:
        return self._clock.now

    def find(self, name_or_id: str) -> Stack | None:
        """Find a stack; a deleted one is found by its id only."""
        if name_or_id in self.engine.stacks:
            return self.engine.stacks[name_or_id]
        for stack in reversed(self.engine.stacks.values()):
            if stack.name == name_or_id and stack.status != "DELETE_COMPLETE":
                return stack
        return None

    def stack(self, name_or_id: str) -> Stack:
        stack = self.find(name_or_id)
        if stack is None:
            raise ValidationError(f"Stack with id {name_or_id} does not exist")
        return stack

    def submission(self, stack: Stack) -> Submission:
        """Return what the stack is made of; a failed update leaves what was before it."""
        return self._submitted.get(stack.id) or submissions.of_deployed(stack)

    def read(self, request: Parameters, stack: Stack | None) -> Submission:
        before = None if stack is None else self.submission(stack)
        return submissions.read(request, before, self.engine.client)

    def text(self, request: Parameters) -> str:
        return submissions.text(request, None, self.engine.client)

    def begin(
        self,
        stack: Stack,
        submission: Submission,
        proposal: Proposal,
        operation: Operation,
        order: Order,
        ended: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Start to bring `stack` to what is proposed; `ended` hears whether that worked."""
        self._whole.setdefault(stack.id, self.submission(stack))
        self._submitted[stack.id] = submission

        def run() -> None:
            try:
                self.engine.apply(stack, proposal, operation, order)
            except DeploymentFailedError:
                ended(False)
                if order.deletes_on_failure and stack.status == "ROLLBACK_COMPLETE":
                    self._delete(stack, [], order, force=False)
            else:
                ended(True)
            self._settle(stack)

        self._clock.spawn(run, f"{operation} {stack.name}")

    def begin_to_roll_back(self, stack: Stack, order: Order, skip: list[str]) -> None:
        """Start to take back what failed, but for these resources."""

        def run() -> None:
            self.engine.roll_back(stack, order, skip)
            self._settle(stack)

        self._clock.spawn(run, f"roll back {stack.name}")

    def begin_to_delete(
        self, stack: Stack, retain: list[str], order: Order, *, force: bool
    ) -> None:
        self._clock.spawn(
            lambda: self._delete(stack, retain, order, force=force), f"DELETE {stack.name}"
        )

    def _delete(self, stack: Stack, retain: list[str], order: Order, *, force: bool) -> None:
        try:
            self.engine.delete(stack, retain, order, force=force)
        except DeploymentFailedError:
            pass  # the stack's status and events say so
        else:
            self.forget_change_sets(stack)

    def _settle(self, stack: Stack) -> None:
        """Let what was submitted before count again, once an update was taken back."""
        if stack.unfinished is None:
            whole = self._whole.pop(stack.id)
            if stack.status == "UPDATE_ROLLBACK_COMPLETE":
                self._submitted[stack.id] = whole

    def forget_change_sets(self, stack: Stack) -> None:
        for change_set in [one for one in self.change_sets.values() if one.stack is stack]:
            del self.change_sets[change_set.id]


def page(items: list[Any], request: Parameters, size: int = 100) -> tuple[list[Any], str | None]:
    """Those that come next, and the token to ask for more."""
    begin = int(request.get("NextToken") or 0)
    end = begin + size
    return items[begin:end], str(end) if end < len(items) else None
