"""Takes back what was done to a stack since it was whole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

from sandbox.services.cloudformation.deletion import TRIES, delete
from sandbox.services.cloudformation.errors import DeploymentFailedError, all_that_failed
from sandbox.services.cloudformation.patience import Patience
from sandbox.services.cloudformation.references import dependencies
from sandbox.services.cloudformation.resources import known_kind
from sandbox.services.cloudformation.schedule import Schedule, Step
from sandbox.services.cloudformation.stack import Resource, Unfinished
from sandbox.services.cloudformation.worker import Worker


@dataclass
class Rollback:
    """The way back of a creation or of an update; of the latter it may be tried again."""

    worker: Worker
    schedule: Schedule
    unfinished: Unfinished

    def of_creation(self, reason: str, *, retains: bool) -> None:
        """Delete what was made, but for what is to be retained also then."""
        stack, record = self.worker.stack, self.worker.record
        record("ROLLBACK_IN_PROGRESS", reason=reason)
        doomed = [
            one
            for one in stack.all_there_is()
            if not retains or stack.policy(one.logical_id) != "Retain"
        ]
        gone: list[Resource] = []
        failed = delete(self.worker, self.schedule, doomed, [stack.template], deleted=gone.append)
        stack.resources = {
            one.logical_id: one for one in reversed(doomed) if not any(one is it for it in gone)
        }
        stack.imports = frozenset()
        if failed:
            record("ROLLBACK_FAILED", reason=all_that_failed(failed))
        else:
            stack.finish()
            record("ROLLBACK_COMPLETE")

    def of_update(self, reason: str, skip: Collection[str] = (), *, retains: bool = True) -> None:
        """Change everything back, each after what it needed; then delete what was made.

        What could not be deleted is left, as events say. UPDATE_ROLLBACK_FAILED if something could
        not be changed back; what needs that is not touched then.
        """
        stack, record = self.worker.stack, self.worker.record
        unfinished, before = self.unfinished, self.unfinished.before
        new_template = stack.template
        record("UPDATE_ROLLBACK_IN_PROGRESS", reason=reason)
        for name in skip:
            unfinished.restored.add(name)
            stack.resources[name] = before.resources[name]
            record("UPDATE_COMPLETE", before.resources[name])
        unfinished.not_restored.clear()
        failed = self.schedule.run(self._steps(), halts=False)
        if failed:
            unfinished.not_restored.update(error.logical_id for error in failed)
            record("UPDATE_ROLLBACK_FAILED", reason=all_that_failed(failed))
            return
        record("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        kept = {name: stack.resources[name] for name in before.resources}
        doomed = [
            one
            for one in stack.all_there_is()
            if (
                one.physical_id != kept[one.logical_id].physical_id
                if one.logical_id in kept
                else not retains or stack.policy(one.logical_id) != "Retain"
            )
        ]
        delete(self.worker, self.schedule, doomed, [new_template, before.template], tries=TRIES)
        stack.resources = kept
        stack.template, stack.imports = before.template, before.imports
        stack.parameters, stack.secret_parameters = before.parameters, before.secret_parameters
        stack.finish()
        record("UPDATE_ROLLBACK_COMPLETE")

    def _steps(self) -> list[Step]:
        stack, before = self.worker.stack, self.unfinished.before
        changed = [
            name
            for name, old in before.resources.items()
            if name not in self.unfinished.restored and stack.resources.get(name) is not old
        ]
        steps = []
        for place, name in enumerate(changed):
            declared = before.template["Resources"][name]
            needs = dependencies(declared, None).intersection(changed[:place])
            waits = known_kind(declared["Type"]).waits
            steps.append(Step(name, partial(self._restore, name), frozenset(needs), waits))
        return steps

    def _restore(self, name: str, patience: Patience) -> None:
        """Bring one resource back to what it was."""
        resources, unfinished = self.worker.stack.resources, self.unfinished
        old, now = unfinished.before.resources[name], resources[name]
        if any(one is now for one in unfinished.made):
            # What was made in its place, or half made, is beside it, or beside what it was since.
            now = unfinished.whole.get(name, old)
        if now is old:
            resources[name] = old
            self.worker.record("UPDATE_COMPLETE", old)
        else:
            after = replace(old, physical_id=now.physical_id)
            if now.physical_id != old.physical_id:
                unfinished.made.append(now)
            try:
                self.worker.update(now, after, patience)
            except DeploymentFailedError:
                resources[name].status = "UPDATE_FAILED"
                if after.physical_id != now.physical_id:
                    unfinished.made.append(after)
                raise
            if after.physical_id != old.physical_id:
                unfinished.superseded.append(replace(old))
            vars(old).update(vars(after))
            resources[name] = old
        unfinished.restored.add(name)
