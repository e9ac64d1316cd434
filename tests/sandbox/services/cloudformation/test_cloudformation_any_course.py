"""Stacks of custom resources through any course of events: they end, and lose nothing."""

from __future__ import annotations

import contextlib
import json
import random
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from tests.long import parametrize
from tests.sandbox.services.cloudformation.clients import Client
from tests.sandbox.services.cloudformation.providers import (
    asked,
    custom,
    failed,
    provider,
    template,
)

NAMES = ("A", "B", "C", "D")
# Longer than three silent tries of each resource, one after the other.
LONG_ENOUGH = 4 * 3 * 30 + 60
ENDS = ("_COMPLETE", "_FAILED")


class Course:
    """Orders drawn by a seed, and what the provider must think there is."""

    def __init__(self, client: Client, seed: int) -> None:
        self.client, self.dice, self.ids = client, random.Random(seed), 0

    def thing(self, name: str) -> dict[str, Any]:
        """Return a resource whose function answers somehow, but lets go when it is told to."""
        self.ids += 1
        new = f"{name}-{self.ids}"
        updates: list[Any] = [{}, {}, {}, {"PhysicalResourceId": new}, failed(), "silence"]
        creates: list[Any] = [{"PhysicalResourceId": new}] * 3
        creates += [failed(PhysicalResourceId=new), "silence"]
        made = custom(
            Size=self.dice.randint(1, 3),
            Create=self.dice.choice(creates),
            Update=self.dice.choice([*updates, failed(PhysicalResourceId=f"{new}-half")]),
            Seconds=self.dice.choice([0, 0, 5]),
            ServiceTimeout=20,
        )
        earlier = [one for one in NAMES if one < name and self.dice.random() < 0.3]
        return made | {"DependsOn": earlier}

    def body(self) -> str:
        chosen = [name for name in NAMES if self.dice.random() < 0.7] or ["A"]
        things = {name: self.thing(name) for name in chosen}
        for thing in things.values():
            thing["DependsOn"] = [one for one in thing["DependsOn"] if one in things]
        return template(**things)

    def step(self) -> None:
        api, dice = self.client.api, self.dice
        stacks = api.describe_stacks()["Stacks"]
        status = stacks[0]["StackStatus"] if stacks else ""
        disabled = dice.random() < 0.3
        if not status:
            self.client.begin(self.body(), DisableRollback=disabled)
        elif status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
            api.delete_stack(StackName="app")
        elif status == "UPDATE_ROLLBACK_FAILED":
            api.continue_update_rollback(StackName="app")
        elif status in ("CREATE_FAILED", "UPDATE_FAILED") and dice.random() < 0.3:
            api.rollback_stack(StackName="app")
        elif dice.random() < 0.1:
            api.delete_stack(StackName="app")
        else:
            with contextlib.suppress(api.exceptions.ClientError):  # nothing to update
                self.client.begin(self.body(), DisableRollback=disabled)
        self.client.sandbox.run_for(dice.choice([1, 7, 25]))
        if dice.random() < 0.2:
            self.interfere()
        self.client.sandbox.run_for(LONG_ENOUGH)

    def interfere(self) -> None:
        api, stacks = self.client.api, self.client.api.describe_stacks()["Stacks"]
        if stacks and stacks[0]["StackStatus"] == "UPDATE_IN_PROGRESS":
            api.cancel_update_stack(StackName="app")
        elif stacks and stacks[0]["StackStatus"] == "CREATE_IN_PROGRESS":
            api.delete_stack(StackName="app")


def there(client: Client) -> set[str]:
    """Return the physical ids that the provider has told of, and was not asked to delete since."""
    found: set[str] = set()
    for one in asked(client.sandbox):
        answer = one["ResourceProperties"].get(one["RequestType"], "{}")
        if one["RequestType"] == "Delete":
            found.discard(one["PhysicalResourceId"])
        elif answer != "silence":
            told = json.loads(answer).get("PhysicalResourceId")
            found |= {told} if told else {one["PhysicalResourceId"]}
    return found


@pytest.mark.proves("S75")
@parametrize("seed", range(100), short=4)
def test_whatever_happens_a_stack_comes_to_an_end_and_knows_all_that_there_is(
    sandbox: Sandbox, seed: int
) -> None:
    provider(sandbox)
    client = Client(sandbox)
    course = Course(client, seed)
    for _ in range(8):
        course.step()
        stacks = client.api.describe_stacks()["Stacks"]
        status = stacks[0]["StackStatus"] if stacks else "DELETE_COMPLETE"
        assert status.endswith(ENDS), status
        if status.endswith("_COMPLETE"):
            [*_, stack] = sandbox.cloudformation.engine.stacks.values()
            known = {one.physical_id for one in stack.resources.values()}
            assert known <= there(client)
            # What an answer told of that nobody waited for any more, no event has.
            told = {one.physical_id for one in stack.events}
            assert not (there(client) - known) & told, status
