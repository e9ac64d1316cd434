"""Rollouts in one call that are killed: GuardCall looks after them when they must be over."""

import json

import pytest

from sandbox.faults import FOREVER
from tests.scenario.observed import Released
from tests.scenario.test_simple_deploy import told, when_simply_deployed
from tests.scenario.then import then_whole
from tests.scenario.world import BAD, World, release_of

CALL = 900  # seconds that the function has


def when_its_note_is_read(world: World) -> None:
    """A quarter of an hour after it was sent, some of which has passed."""
    world.sandbox.run_for(CALL + 5)


def given_no_way_on(world: World, skip: int) -> None:
    """From its so-and-so-many-th write on, whatever it writes takes longer than it has."""
    world.faults.on_call(
        "lambda", "UpdateAlias", error=None, seconds=CALL, skip=skip, times=FOREVER,
        caller="SimpleDeployFunction",
    )  # fmt: skip


def last_words(world: World, released: Released) -> str:
    """The last message about this function, as machines get it."""
    messages = [one for one in world.sandbox.inbox(world.topic) if released.name in one.body()]
    cause: str = json.loads(messages[-1].body())["cause"]
    return cause


@pytest.mark.parametrize("skip", [1, 2, 3])
def test_a_killed_call_is_given_back_with_its_own_description_and_told(
    world: World, skip: int
) -> None:
    """At its first weight, its second, or while promoting: the write may still have its effect."""
    checkout = world.given_function()
    given_no_way_on(world, skip)
    answer = when_simply_deployed(world, release_of(checkout, steps=3, interval=60))
    assert "timed out" in answer.error[1]
    assert checkout.now is not None
    assert checkout.now.weights
    assert told(world, checkout) == []
    when_its_note_is_read(world)
    then_whole(checkout, "1")
    assert told(world, checkout) == ["FAILED"]
    assert "did not give its aliases back by itself" in last_words(world, checkout)
    assert world.sandbox.queue(world.arn_of("CallQueue")) == []
