"""One operation on a stack: its resources made or changed in order, or all of it undone."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from sandbox.services.cloudformation import exports
from sandbox.services.cloudformation.errors import (
    CloudFormationError,
    DeploymentFailedError,
    all_that_failed,
)
from sandbox.services.cloudformation.exports import ExportError
from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.outputs import OutputError, resolved
from sandbox.services.cloudformation.plan import Plan
from sandbox.services.cloudformation.resources import RESOURCE_TYPES
from sandbox.services.cloudformation.stack import Resource
from sandbox.services.cloudformation.worker import Worker

Operation = Literal["CREATE", "UPDATE"]


@dataclass
class Change:
    """The creation or the update of a stack."""

    worker: Worker
    plan: Plan
    operation: Operation
    _reverts: list[Callable[[], None]] = field(default_factory=list)
    _made: list[Resource] = field(default_factory=list)
    _superseded: list[Resource] = field(default_factory=list)

    def run(self) -> None:
        stack, record = self.worker.stack, self.worker.record
        before, imported = dict(stack.resources), stack.imports
        resolver = Resolver(self.plan.template, stack, stack.resources)
        record(f"{self.operation}_IN_PROGRESS", reason="User Initiated")
        try:
            for name in self.plan.imports:
                exports.value(stack, name)
            stack.imports = imported | self.plan.imports
            for logical_id in self.plan.order:
                self._bring(logical_id, resolver)
            outputs = resolved(self.plan.template, resolver)
            exports.check(stack, outputs)
        except DeploymentFailedError as error:
            self._roll_back(before, all_that_failed([error]))
            stack.imports = imported
            raise
        except (OutputError, ExportError) as error:
            self._roll_back(before, f"{error}. ")
            stack.imports = imported
            failed = (self.operation, error.name, "Output", str(error))
            raise DeploymentFailedError(*failed) from error
        if self.operation == "UPDATE":
            record("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._clean_up(before)
        stack.resources = {name: stack.resources[name] for name in self.plan.order}
        stack.template, stack.exported_outputs = self.plan.template, outputs
        stack.imports = self.plan.imports
        record(f"{self.operation}_COMPLETE")

    def _bring(self, logical_id: str, resolver: Resolver) -> None:
        """One resource to what the template says, remembering how to take that back."""
        resources, worker = self.worker.stack.resources, self.worker
        declared = self.plan.template["Resources"][logical_id]
        kind = RESOURCE_TYPES[declared["Type"]]
        old = resources.get(logical_id)
        try:
            worth = resolver.resolve(declared.get("Properties", {}))
            properties = kind.shape.convert(worth, logical_id)
        except CloudFormationError as error:
            subject = old or Resource(logical_id, kind.name, "", "", {}, {})
            operation = "UPDATE" if old else "CREATE"
            worker.record(f"{operation}_FAILED", subject, str(error))
            failed = (operation, logical_id, kind.name, str(error))
            raise DeploymentFailedError(*failed) from error
        if old is None:
            made = resources[logical_id] = worker.create(logical_id, kind.name, properties)
            self._made.append(made)
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
                self._made.append(made)
                self._superseded.append(old)
            else:
                updated = resources[logical_id] = replace(old, properties=properties)
                # Remembered first: an update that fails half-way is taken back too.
                self._reverts.append(lambda: worker.update(updated, old))
                worker.update(old, updated)

    def _roll_back(self, before: dict[str, Resource], reason: str) -> None:
        record = self.worker.record
        if self.operation == "CREATE":
            record("ROLLBACK_IN_PROGRESS", reason=f"{reason}Rollback requested by user.")
            failed = self._unmake_all()
        else:
            record("UPDATE_ROLLBACK_IN_PROGRESS", reason=reason)
            failed = self._revert_all()
            if not failed:
                record("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
                self._unmake_all()  # what could not be deleted is left, as events say
        self.worker.stack.resources = before
        prefix = "ROLLBACK" if self.operation == "CREATE" else "UPDATE_ROLLBACK"
        if failed:
            record(f"{prefix}_FAILED", reason=all_that_failed(failed))
        else:
            record(f"{prefix}_COMPLETE")

    def _revert_all(self) -> list[DeploymentFailedError]:
        """Take back every change; those that failed."""
        return _failures(reversed(self._reverts))

    def _unmake_all(self) -> list[DeploymentFailedError]:
        """Delete what was made; those that failed. A creation leaves what is to be retained."""
        declared = self.plan.template["Resources"]
        return _failures(
            functools.partial(self.worker.delete, made)
            for made in reversed(self._made)
            if self.operation == "UPDATE"
            or declared[made.logical_id].get("DeletionPolicy") != "Retain"
        )

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


def _failures(steps: Iterable[Callable[[], None]]) -> list[DeploymentFailedError]:
    """Take every step, whatever became of those before it."""
    failed = []
    for step in steps:
        try:
            step()
        except DeploymentFailedError as error:
            failed.append(error)
    return failed
