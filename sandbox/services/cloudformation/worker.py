"""Makes, changes and deletes single resources of a stack, and records each as an event."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from sandbox.services.cloudformation.errors import CloudFormationError, DeploymentFailedError
from sandbox.services.cloudformation.resources import RESOURCE_TYPES
from sandbox.services.cloudformation.resources.base import Context, Properties
from sandbox.services.cloudformation.stack import Resource, Stack, StackEvent


@dataclass(frozen=True)
class Worker:
    """What does one thing to one resource, and puts it among the stack's events."""

    client: Callable[[str], Any]
    seed: int
    stack: Stack

    def record(self, status: str, resource: Resource | None = None, reason: str = "") -> None:
        """Set the status of `resource`, or of the stack itself, and put it among the events."""
        stack = self.stack
        if resource is None:
            stack.status = status
            what = (stack.name, stack.id, "AWS::CloudFormation::Stack")
        else:
            resource.status = status
            what = (resource.logical_id, resource.physical_id, resource.type)
        stack.events.append(StackEvent(time.time(), *what, status, reason))

    def create(self, logical_id: str, type_name: str, properties: Properties) -> Resource:
        resource = Resource(logical_id, type_name, "", "", properties, {})
        context = self._context(resource)
        with self._recorded("CREATE", resource):
            try:
                made = RESOURCE_TYPES[type_name].create(context, properties)
            except Exception:
                if context.begun:
                    with contextlib.suppress(Exception):  # what went wrong first is told
                        begun = replace(resource, physical_id=context.begun)
                        RESOURCE_TYPES[type_name].delete(context, begun)
                raise
            resource.physical_id, resource.attributes = made.physical_id, made.attributes
        return resource

    def update(self, before: Resource, after: Resource) -> None:
        with self._recorded("UPDATE", after):
            context = self._context(after)
            RESOURCE_TYPES[after.type].update(context, before, after.properties)

    def delete(self, resource: Resource) -> None:
        with self._recorded("DELETE", resource):
            RESOURCE_TYPES[resource.type].delete(self._context(resource), resource)

    def _context(self, resource: Resource) -> Context:
        return Context(self.stack, resource.logical_id, self.client, self.seed)

    @contextlib.contextmanager
    def _recorded(self, operation: str, resource: Resource) -> Any:
        self.record(f"{operation}_IN_PROGRESS", resource)
        try:
            yield
        except Exception as error:
            reason = _reason(error)
            self.record(f"{operation}_FAILED", resource, reason)
            failed = (operation, resource.logical_id, resource.type, reason)
            raise DeploymentFailedError(*failed) from error
        self.record(f"{operation}_COMPLETE", resource)


def _reason(error: Exception) -> str:
    """Let an AWS error speak for itself; another one needs its type to be understood."""
    if isinstance(error, ClientError | CloudFormationError):
        return str(error)
    return f"{type(error).__name__}: {error}"
