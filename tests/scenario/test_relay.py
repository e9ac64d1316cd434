"""Rollouts that run on in other executions, here after a few health checks each."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenario.then import (
    then_promoted,
)
from tests.scenario.world import World

EVENTS = 60  # after which an execution hands over: the first after two checks, others after five
SETTINGS: dict[str, Any] = {"type": "custom", "weights": [10, 50, 100], "interval": 600}


@pytest.fixture(autouse=True)
def handing_over_soon(world: World) -> Iterator[None]:
    checker = world.stack.physical_id("CheckHealthFunction")
    before = world.functions.get_function_configuration(FunctionName=checker)["Environment"]
    soon = {"Variables": before["Variables"] | {"HAND_OVER_AFTER_EVENTS": str(EVENTS)}}
    world.functions.update_function_configuration(FunctionName=checker, Environment=soon)
    yield
    world.functions.update_function_configuration(FunctionName=checker, Environment=before)


def legs_of(world: World, execution: str) -> list[dict[str, Any]]:
    """The executions that this one started, in order."""
    machine = world.stack.physical_id("RelayStateMachine")
    listed = world.sandbox.client("stepfunctions").list_executions(stateMachineArn=machine)
    started = [
        event["taskSubmittedEventDetails"]["output"]
        for event in world.sandbox.history(execution)
        if event["type"] == "TaskSubmitted"
    ]
    legs = [
        leg for leg in listed["executions"] if any(leg["executionArn"] in one for one in started)
    ]
    return sorted(legs, key=lambda leg: leg["startDate"])


def statuses(world: World, execution: str) -> list[str]:
    return [leg["status"] for leg in legs_of(world, execution)]


def when_in_leg(world: World, execution: str, number: int) -> str:
    """Let time run until the rollout has been handed over so often; that execution's ARN."""
    while len(legs := legs_of(world, execution)) < number:
        world.sandbox.run_for(30)
    arn: str = legs[-1]["executionArn"]
    return arn


def test_a_rollout_is_promoted_through_many_executions(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, **SETTINGS)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert statuses(world, rollout.arn) == ["SUCCEEDED"] * 6
