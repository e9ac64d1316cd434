"""The creation or the update of a stack: its resources made or changed, or all of it undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from sandbox.services.cloudformation import exports
from sandbox.services.cloudformation.deletion import LEFT, TRIES, delete
from sandbox.services.cloudformation.errors import (
    CloudFormationError,
    DeploymentFailedError,
    all_that_failed,
)
from sandbox.services.cloudformation.exports import ExportError
from sandbox.services.cloudformation.intrinsics import Resolver
from sandbox.services.cloudformation.outputs import OutputError, resolved
from sandbox.services.cloudformation.patience import Patience
from sandbox.services.cloudformation.plan import Plan
from sandbox.services.cloudformation.resources import known_kind
from sandbox.services.cloudformation.resources.base import ResourceType
from sandbox.services.cloudformation.rollback import Rollback
from sandbox.services.cloudformation.schedule import Schedule, Step
from sandbox.services.cloudformation.stack import Output, Resource, Unfinished
from sandbox.services.cloudformation.worker import Worker

Operation = Literal["CREATE", "UPDATE"]


@dataclass
class Change:
    """The creation or the update of a stack."""

    worker: Worker
    schedule: Schedule
    plan: Plan
    operation: Operation
    unfinished: Unfinished

    def run(self) -> None:
        """Do it, or else take all of it back, if so ordered, and raise DeploymentFailedError."""
        stack, record = self.worker.stack, self.worker.record
        resolver = Resolver(self.plan.template, stack, stack.resources)
        record(f"{self.operation}_IN_PROGRESS", reason="User Initiated")
        failed, reason, outputs = self._attempt(resolver)
        if failed or self.schedule.cancelled:
            self._take_back(reason)
            raise self._failure(failed)
        told = ""
        if self.operation == "UPDATE":
            record("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            told = LEFT if self._clean_up() else ""
        stack.resources = {name: stack.resources[name] for name in self.plan.order}
        stack.exported_outputs, stack.imports = outputs, self.plan.imports
        stack.finish()
        record(f"{self.operation}_COMPLETE", reason=told)

    def _attempt(
        self, resolver: Resolver
    ) -> tuple[list[DeploymentFailedError], str, dict[str, Output]]:
        """Return what failed, what is said of that, and the outputs if nothing did."""
        stack, steps = self.worker.stack, self._steps(resolver)
        try:
            for name in self.plan.imports:
                exports.value(stack, name)
            stack.imports |= self.plan.imports
            failed = self.schedule.run(steps, halts=self.worker.order.rolls_back)
            if self.schedule.cancelled:
                return failed, "User Initiated", {}
            if failed:
                return failed, all_that_failed(failed), {}
            outputs = resolved(self.plan.template, resolver, stack.resources)
            exports.check(stack, outputs)
        except (OutputError, ExportError) as error:
            why = str(error)
            return (
                [DeploymentFailedError(self.operation, error.name, "Output", why)],
                f"{why}. ",
                {},
            )
        return [], "", outputs

    def _steps(self, resolver: Resolver) -> list[Step]:
        declared, present = self.plan.template["Resources"], frozenset(self.plan.order)
        return [
            Step(
                name,
                partial(self._bring, name, resolver),
                present.intersection(self.plan.needs[name]),
                known_kind(declared[name]["Type"]).waits,
            )
            for name in self.plan.order
        ]

    def _failure(self, failed: Sequence[DeploymentFailedError]) -> DeploymentFailedError:
        if failed:
            return failed[0]
        name = self.worker.stack.name
        return DeploymentFailedError(
            self.operation, name, "AWS::CloudFormation::Stack", "cancelled"
        )

    def _take_back(self, reason: str) -> None:
        """Roll back, unless what there is shall stay, or is to be deleted by whoever cancelled."""
        order, rollback = self.worker.order, Rollback(self.worker, self.schedule, self.unfinished)
        cancelled, self.schedule.cancelled = self.schedule.cancelled, False
        creates = self.unfinished.before.is_nothing
        if not cancelled and not order.rolls_back:
            self.worker.record(f"{self.operation}_FAILED", reason=reason)
        elif not creates:
            rollback.of_update(reason, retains=order.retains)
        elif self.operation == "UPDATE" or not cancelled:
            words = f"{reason}Rollback requested by user."
            rollback.of_creation(words, retains=order.retains)

    def _bring(self, logical_id: str, resolver: Resolver, patience: Patience) -> None:
        """One resource to what the template says, remembering how to take that back."""
        stack = self.worker.stack
        declared = self.plan.template["Resources"][logical_id]
        kind, type_name = known_kind(declared["Type"]), str(declared["Type"])
        present, old = stack.resources.get(logical_id), stack.last_whole(logical_id)
        if present is not old and any(one is present for one in self.unfinished.made):
            self.unfinished.superseded += [] if present is None else [present]
        try:
            worth = resolver.resolve(declared.get("Properties", {}))
            properties = kind.shape.convert(worth, logical_id)
        except CloudFormationError as error:
            subject = old or Resource(logical_id, type_name, "", "", {}, {})
            raise self._refused(subject, str(error)) from error
        wanted = Resource(logical_id, type_name, "", "", properties, {})
        if old is None:
            self._make(wanted, patience)
        elif old.type != type_name:
            raise self._refused(old, f"update of resource type {old.type} is not permitted")
        elif old.properties != properties or present is not old:
            self._change(kind, old, wanted, patience)

    def _refused(self, subject: Resource, reason: str) -> DeploymentFailedError:
        """Record that nothing is done to it."""
        operation = "UPDATE" if subject.physical_id else "CREATE"
        self.worker.record(f"{operation}_FAILED", subject, reason)
        return DeploymentFailedError(operation, subject.logical_id, subject.type, reason)

    def _make(self, wanted: Resource, patience: Patience) -> None:
        self.worker.stack.resources[wanted.logical_id] = wanted
        self.unfinished.made.append(wanted)
        self.worker.create(wanted, patience)

    def _change(
        self, kind: ResourceType, old: Resource, wanted: Resource, patience: Patience
    ) -> None:
        resources, name = self.worker.stack.resources, old.logical_id
        changed = {
            key
            for key in wanted.properties.keys() | old.properties.keys()
            if wanted.properties.get(key) != old.properties.get(key)
        }
        for key in changed & kind.fixed.keys():
            raise self._refused(old, kind.fixed[key])
        if changed & kind.replaced_by:
            self._make(wanted, patience)
            self.unfinished.superseded.append(old)
            return
        self.unfinished.whole[name] = old
        # Remembered first: an update that fails half-way is taken back too.
        updated = resources[name] = replace(old, properties=wanted.properties)
        try:
            self.worker.update(old, updated, patience)
        except DeploymentFailedError:
            if updated.physical_id != old.physical_id:
                self.unfinished.made.append(updated)
            raise
        if updated.physical_id != old.physical_id:
            self.unfinished.superseded.append(old)

    def _clean_up(self) -> list[DeploymentFailedError]:
        """Delete what was replaced and what the template has no more; what failed is left."""
        stack, before = self.worker.stack, self.unfinished.before
        gone = [name for name in reversed(stack.resources) if name not in self.plan.order]
        whole = [stack.last_whole(name) for name in gone]
        unwanted = [stack.resources.pop(name) for name in gone]
        unwanted += [one for one in whole if one is not None and one not in unwanted]
        doomed = [one for one in unwanted if stack.policy(one.logical_id) == "Delete"]
        for one in reversed(self.unfinished.superseded):
            declared = self.plan.template["Resources"].get(one.logical_id, {})
            if one.physical_id and declared.get("UpdateReplacePolicy", "Delete") == "Delete":
                doomed.append(one)
        templates = [before.template, self.plan.template]
        return delete(self.worker, self.schedule, doomed, templates, tries=TRIES)
