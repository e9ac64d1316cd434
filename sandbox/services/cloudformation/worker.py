"""Makes, changes and deletes single resources of a stack, and records each as an event."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from sandbox.services.cloudformation.errors import CloudFormationError, DeploymentFailedError
from sandbox.services.cloudformation.order import Order
from sandbox.services.cloudformation.patience import GivenUpError, Patience
from sandbox.services.cloudformation.resources import known_kind
from sandbox.services.cloudformation.resources.base import Context, HalfMadeError
from sandbox.services.cloudformation.resources.custom import is_custom
from sandbox.services.cloudformation.responses import Responses
from sandbox.services.cloudformation.stack import Resource, Stack, StackEvent

_CANCELLED = {
    "CREATE": "Resource creation cancelled",
    "UPDATE": "Resource update cancelled",
    "DELETE": "Resource deletion cancelled",
}
_EXPIRED = "The security token included in the request is expired"


@dataclass(frozen=True)
class Worker:
    """What does one thing to one resource, and puts it among the stack's events."""

    client: Callable[[str], Any]
    seed: int
    stack: Stack
    order: Order
    responses: Responses | None

    def record(self, status: str, resource: Resource | None = None, reason: str = "") -> None:
        """Set the status of `resource`, or of the stack itself, and put it among the events."""
        stack = self.stack
        if resource is None:
            stack.status = status
            what = (stack.name, stack.id, "AWS::CloudFormation::Stack")
        else:
            resource.status = status
            what = (resource.logical_id, resource.physical_id, resource.type)
        given = resource.properties if resource is not None and is_custom(resource.type) else None
        happened = StackEvent(time.time(), *what, status, reason, self.order.token, given)
        stack.events.append(happened)

    def create(self, resource: Resource, patience: Patience) -> None:
        """Make it, and complete the record of it.

        If that fails, it has a physical id where there is something to delete.
        """
        context, kind = self._context(resource, patience), known_kind(resource.type)
        with self._recorded("CREATE", resource):
            try:
                made = kind.create(context, resource.properties)
            except HalfMadeError as error:
                resource.physical_id = error.physical_id
                raise
            except Exception:
                if context.begun:
                    with contextlib.suppress(Exception):  # what went wrong first is told
                        kind.delete(context, replace(resource, physical_id=context.begun))
                raise
            resource.physical_id, resource.attributes = made.physical_id, made.attributes
            resource.no_echo = made.no_echo

    def update(self, before: Resource, after: Resource, patience: Patience) -> None:
        """Change it, and complete the record of what it is then.

        `after` has another physical id if it was replaced, also if that failed half-way.
        """
        with self._recorded("UPDATE", after):
            context = self._context(after, patience)
            try:
                made = known_kind(after.type).update(context, before, after.properties)
            except HalfMadeError as error:
                after.physical_id = error.physical_id
                raise
            if made is not None:
                after.physical_id, after.attributes = made.physical_id, made.attributes
                after.no_echo = made.no_echo

    def delete(self, resource: Resource, patience: Patience) -> None:
        with self._recorded("DELETE", resource):
            known_kind(resource.type).delete(self._context(resource, patience), resource)

    def _context(self, resource: Resource, patience: Patience) -> Context:
        return Context(
            self.stack,
            resource.logical_id,
            self.client,
            self.seed,
            resource.type,
            self.order,
            patience,
            self.responses,
        )

    @contextlib.contextmanager
    def _recorded(self, operation: str, resource: Resource) -> Iterator[None]:
        self.record(f"{operation}_IN_PROGRESS", resource)
        try:
            if self.order.role is None and time.time() >= self.order.session_ends:
                raise CloudFormationError(_EXPIRED)
            yield
        except Exception as error:
            reason = _reason(error, operation)
            self.record(f"{operation}_FAILED", resource, reason)
            failed = (operation, resource.logical_id, resource.type, reason)
            raise DeploymentFailedError(*failed) from error
        self.record(f"{operation}_COMPLETE", resource)


def _reason(error: Exception, operation: str) -> str:
    """Let an AWS error speak for itself; another one needs its type to be understood."""
    if isinstance(error, GivenUpError) or isinstance(error.__cause__, GivenUpError):
        return _CANCELLED[operation]
    if isinstance(error, ClientError | CloudFormationError):
        return str(error)
    return f"{type(error).__name__}: {error}"
