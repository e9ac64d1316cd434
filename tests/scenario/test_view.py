"""What is shown of a rollout is true at every moment of it, also if it were stopped just then."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.executions import Executions
from domain.model.clock import iso
from domain.view.look import Look, tail_of
from domain.view.phase import Phase
from domain.view.view import View, view_of
from lambda_canary import markdown
from lambda_canary.terminal import NARROWEST, PLAIN, drawn
from tests.scenario.observed import Released, Rollout
from tests.scenario.world import BAD, HEALTHY, World, release_of

SETTINGS: dict[str, Any] = {"weights": [10, 50, 100], "interval": 120}


class Recorded:
    """Answers for Step Functions with a history as it was at some moment."""

    def __init__(self, history: list[dict[str, Any]]) -> None:
        self._history = history

    def get_paginator(self, _operation: str) -> "Recorded":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        return [{"events": self._history[::-1]}]


def promoted(world: World) -> Rollout:
    return world.when_released(world.given_function(), notify="all", **SETTINGS)


def rolled_back(world: World) -> Rollout:
    return world.when_released(world.given_function(canary=BAD), **SETTINGS)


def refused(world: World) -> Rollout:
    return world.when_released(world.given_function(), new_version="7", **SETTINGS)


def ordered_back(world: World) -> Rollout:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(50, checkout)
    world.when_ordered("roll-back", checkout)
    return world.when_ended(execution)


def not_approved(world: World) -> Rollout:
    return world.when_released(
        world.given_function(), approvals=[50], approval_timeout=90, **SETTINGS
    )


def changed(world: World) -> Rollout:
    checkout = world.given_function(versions=[HEALTHY, HEALTHY, HEALTHY])
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    world.functions.update_alias(
        FunctionName=checkout.name,
        Name=checkout.alias,
        FunctionVersion="3",
        RoutingConfig={"AdditionalVersionWeights": {}},
    )
    return world.when_ended(execution)


def at_every_moment(rollout: Rollout, status: str) -> Iterator[tuple[list[str], View]]:
    """Pair the marks of the history so far with the view, had it been looked at just then."""
    for length in range(1, len(rollout.history)):
        history = rollout.history[:length]
        arn = rollout.arn
        tail = tail_of(Executions(Recorded(history)).newest_events(arn))  # type: ignore[arg-type]  # as much as is used
        ended = 0.0 if status == "RUNNING" else history[-1]["timestamp"].timestamp()
        look = Look(arn, status, history[0]["timestamp"].timestamp(), ended, state=tail.state)
        yield list(marks(history)), view_of(look)


def marks(history: list[dict[str, Any]]) -> Iterator[str]:
    for event in history:
        for key, word in (("stateEnteredEventDetails", "in"), ("stateExitedEventDetails", "out")):
            if key in event:
                yield f"{word} {event[key]['name']}"


ENDS: dict[Callable[[World], Rollout], Phase] = {
    promoted: "promoted",
    rolled_back: "rolled-back",
    refused: "refused",
    ordered_back: "rolled-back",
    not_approved: "rolled-back",
    changed: "changed",
}
OVER = {"promoted", "rolled-back", "changed", "refused", "not-released", "not-rolled-back"}


@pytest.mark.parametrize("play", ENDS)
def test_no_moment_of_a_rollout_is_shown_as_another(
    world: World, play: Callable[[World], Rollout]
) -> None:
    rollout = play(world)
    for seen, view in at_every_moment(rollout, "RUNNING"):
        assert view.phase not in OVER
        assert not view.over
        if view.phase == "rolling-back":
            assert view.error
        if view.phase in ("baking", "holding", "approval"):
            assert f"{view.weight:g} %" in view.title
            assert "out ShiftWeight" in seen
        then_drawn(view)
    for seen, view in at_every_moment(rollout, "ABORTED"):
        if view.phase in ("untouched", "not-released"):
            assert "in ShiftWeight" not in seen
            assert "in Finalize" not in seen
        elif view.phase == "promoted":
            assert "out Finalize" in seen
        elif view.phase in ("rolled-back", "changed", "refused"):
            assert "out RollBack" in seen
        else:
            assert view.phase == "unknown"
            assert "the guard" in view.next
        then_drawn(view)
    last = whole(rollout)
    assert last.phase == ENDS[play]
    then_drawn(last)


def whole(rollout: Rollout) -> View:
    tail = tail_of(Executions(Recorded(rollout.history)).newest_events(rollout.arn))  # type: ignore[arg-type]  # as much as is used
    assert tail.over
    began, ended = (rollout.history[at]["timestamp"].timestamp() for at in (0, -1))
    error, cause = rollout.error or "", rollout.cause
    look = Look(
        rollout.arn, rollout.status, began, ended, None, rollout.output, error, cause, tail.state
    )
    return view_of(look)


def then_drawn(view: View) -> None:
    """Assert that it fits into any terminal, and that its words are there."""
    for width in (20, 40, 80):
        lines = drawn(view, width, iso, PLAIN)
        assert all(len(line.text) <= max(width, NARROWEST) for line in lines), lines
        assert view.title in " ".join(line.text for line in lines)
    assert markdown.text_of(view).startswith("## ")


def test_a_group_and_its_approval_are_named(world: World) -> None:
    group = [world.given_function(name) for name in ("one", "two", "three")]
    execution = world.when_started(release_of(group, approvals=[10], **SETTINGS))
    world.when_at(10, group[0])
    world.sandbox.run_for(200)
    view = now(world, execution)
    assert view.title == "Waits for approval at 10 %"
    assert f"{group[0].name} live and 2 more" in view.headline
    assert view.commands == [f"approve {view.name}", "roll-back"]
    assert view.parameter == f"/lambda-canary/{group[0].name}/live"
    world.when_stopped(execution)


def now(world: World, execution: str) -> View:
    tail = tail_of(Executions(world.sandbox.client("stepfunctions")).newest_events(execution))
    return view_of(Look(execution, "RUNNING", world.sandbox.clock.now, state=tail.state))


def test_a_hold_says_how_it_ends(world: World) -> None:
    quiet: Released = world.given_function(calls_per_second=0)
    execution = world.when_started(release_of(quiet, **SETTINGS))
    world.when_at(10, quiet)
    world.sandbox.run_for(300)
    view = now(world, execution)
    assert view.title == "On hold at 10 %, too little is known"
    assert view.next.startswith("goes on, unproven, after ")
    assert view.commands == [f"approve {view.name}", "promote", "roll-back"]
    world.when_stopped(execution)
