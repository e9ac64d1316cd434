"""One operation on a stack: its resources made or changed in order, or all of it undone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from botocore.exceptions import ClientError

from sandbox.cloudformation.errors import CloudFormationError, DeploymentFailedError
from sandbox.cloudformation.intrinsics import Resolver
from sandbox.cloudformation.plan import Plan
from sandbox.cloudformation.resources import RESOURCE_TYPES
from sandbox.cloudformation.resources.base import Context, Properties
from sandbox.cloudformation.stack import Output, Resource, Stack, StackEvent


@dataclass(frozen=True)
class Worker:
    """Makes, changes and deletes single resources of a stack, and records each as an event."""

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


@dataclass
class Change:
    """The creation or the update of a stack."""

    worker: Worker
    plan: Plan
    operation: Literal["CREATE", "UPDATE"]
    _undo: list[Callable[[], None]] = field(default_factory=list)
    _superseded: list[Resource] = field(default_factory=list)

    def run(self) -> None:
        stack, record = self.worker.stack, self.worker.record
        before = dict(stack.resources)
        resolver = Resolver(self.plan.template, stack, stack.resources)
        record(f"{self.operation}_IN_PROGRESS", reason="User Initiated")
        try:
            for logical_id in self.plan.order:
                self._bring(logical_id, resolver)
            outputs = self._outputs(resolver)
        except DeploymentFailedError as error:
            self._roll_back(before, str(error))
            raise
        if self.operation == "UPDATE":
            record("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._clean_up(before)
        stack.resources = {name: stack.resources[name] for name in self.plan.order}
        stack.template, stack.exported_outputs = self.plan.template, outputs
        record(f"{self.operation}_COMPLETE")

    def _bring(self, logical_id: str, resolver: Resolver) -> None:
        """One resource to what the template says, remembering how to take that back."""
        resources, worker = self.worker.stack.resources, self.worker
        declared = self.plan.template["Resources"][logical_id]
        kind = RESOURCE_TYPES[declared["Type"]]
        try:
            resolved = resolver.resolve(declared.get("Properties", {}))
            properties = kind.shape.convert(resolved, logical_id)
        except CloudFormationError as error:
            raise DeploymentFailedError(
                self.operation, logical_id, kind.name, str(error)
            ) from error
        old = resources.get(logical_id)
        if old is None:
            made = resources[logical_id] = worker.create(logical_id, kind.name, properties)
            self._undo.append(lambda: self._unmake(made))
        elif old.type != kind.name:
            reason = f"update of resource type {old.type} is not permitted"
            raise DeploymentFailedError("UPDATE", logical_id, kind.name, reason)
        elif old.properties != properties:
            changed = {
                name
                for name in properties.keys() | old.properties.keys()
                if properties.get(name) != old.properties.get(name)
            }
            if changed & kind.replaced_by:
                made = resources[logical_id] = worker.create(logical_id, kind.name, properties)
                self._undo.append(lambda: self._unmake(made))
                self._superseded.append(old)
            else:
                updated = resources[logical_id] = replace(old, properties=properties)
                # Remembered first: an update that fails half-way is taken back too.
                self._undo.append(lambda: worker.update(updated, old))
                worker.update(old, updated)

    def _unmake(self, made: Resource) -> None:
        declared = self.plan.template["Resources"][made.logical_id]
        # An update takes back what it made; a creation leaves what is to be retained.
        if self.operation == "UPDATE" or declared.get("DeletionPolicy") != "Retain":
            self.worker.delete(made)

    def _roll_back(self, before: dict[str, Resource], reason: str) -> None:
        stack, record = self.worker.stack, self.worker.record
        prefix = "ROLLBACK" if self.operation == "CREATE" else "UPDATE_ROLLBACK"
        record(f"{prefix}_IN_PROGRESS", reason=reason)
        failures = []
        for undo in reversed(self._undo):
            try:
                undo()
            except DeploymentFailedError as error:
                failures.append(str(error))
        stack.resources = before
        record(f"{prefix}_FAILED" if failures else f"{prefix}_COMPLETE", reason="; ".join(failures))

    def _clean_up(self, before: dict[str, Resource]) -> None:
        """Delete what was replaced and what the template has no more; a failure is recorded."""
        stack, template = self.worker.stack, self.plan.template
        gone = [name for name in reversed(before) if name not in self.plan.order]
        unwanted = [stack.resources.pop(name) for name in gone]
        doomed = [item for item in unwanted if stack.policy(item.logical_id) == "Delete"]
        for item in reversed(self._superseded):
            declared = template["Resources"][item.logical_id]
            if declared.get("UpdateReplacePolicy", "Delete") == "Delete":
                doomed.append(item)
        for resource in doomed:
            with contextlib.suppress(DeploymentFailedError):
                self.worker.delete(resource)

    def _outputs(self, resolver: Resolver) -> dict[str, Output]:
        outputs = {}
        for name, declared in (self.plan.template.get("Outputs") or {}).items():
            try:
                if "Condition" in declared and not resolver.condition(declared["Condition"]):
                    continue
                export = declared.get("Export", {}).get("Name")
                outputs[name] = Output(
                    value=str(resolver.resolve(declared["Value"])),
                    description=declared.get("Description", ""),
                    export=None if export is None else str(resolver.resolve(export)),
                )
            except CloudFormationError as error:
                reason = str(error)
                raise DeploymentFailedError(self.operation, name, "Output", reason) from error
        return outputs


def _reason(error: Exception) -> str:
    """An AWS error speaks for itself; another one needs its type to be understood."""
    if isinstance(error, ClientError | CloudFormationError):
        return str(error)
    return f"{type(error).__name__}: {error}"
