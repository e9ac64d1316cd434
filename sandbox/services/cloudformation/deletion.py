"""Deletes resources of a stack, each when nothing is left that needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sandbox.services.cloudformation.errors import DeploymentFailedError
from sandbox.services.cloudformation.patience import Patience
from sandbox.services.cloudformation.references import dependencies
from sandbox.services.cloudformation.resources import known_kind
from sandbox.services.cloudformation.schedule import Schedule, Step
from sandbox.services.cloudformation.stack import Resource
from sandbox.services.cloudformation.template import Template
from sandbox.services.cloudformation.worker import Worker

# Of a clean-up, which leaves what it could not delete.
# https://repost.aws/knowledge-center/cloudformation-stack-cleanup-stuck
TRIES = 3
# https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/744
LEFT = "Update successful. One or more resources could not be deleted."


def delete(
    worker: Worker,
    schedule: Schedule,
    resources: Sequence[Resource],
    templates: Sequence[Template],
    *,
    tries: int = 1,
    deleted: Callable[[Resource], None] = lambda _: None,
) -> list[DeploymentFailedError]:
    """Delete `resources`, the last made first; those that failed.

    `templates` say what needs what, and `deleted` hears of each that is gone.
    """

    def attempt(resource: Resource, patience: Patience) -> None:
        for left in reversed(range(tries)):
            try:
                worker.delete(resource, patience)
            except DeploymentFailedError:
                if left == 0:
                    raise
            else:
                break
        deleted(resource)

    steps: list[Step] = []
    for place, resource in enumerate(resources):
        dependents = [
            str(before)
            for before, other in enumerate(resources[:place])
            if any(_needs(template, other, resource) for template in templates)
        ]
        waits = known_kind(resource.type).waits
        run = partial(attempt, resource)
        steps.append(Step(str(place), run, frozenset(dependents), waits))
    return schedule.run(steps, halts=False)


def _needs(template: Template, one: Resource, other: Resource) -> bool:
    declared = template.get("Resources", {}).get(one.logical_id)
    return declared is not None and other.logical_id in dependencies(declared, None)
