"""What an operator can see of a rollout: logs, alarms on executions, and what it costs."""

import json
from collections.abc import Iterator

import pytest

from sandbox.kernel.faults import FOREVER
from tests.scenario.world import BAD, HEALTHY, World, release_of

MINUTE = 60


@pytest.fixture
def lines(world: World) -> Iterator[list[str]]:
    """Everything that functions write from now on."""
    written: list[str] = []

    def note(function: str, line: str) -> None:
        assert function.startswith("lambda-canary-")
        written.append(line)

    world.sandbox.signals.logged.append(note)
    yield written
    world.sandbox.signals.logged.remove(note)


def test_every_line_of_a_promotion_carries_the_execution(world: World, lines: list[str]) -> None:
    checkout = world.given_function(canary=HEALTHY, published=1)
    rollout = world.when_released(checkout, new_version=None, steps=2, interval=60, notify="all")
    assert {json.loads(line).get("execution") for line in lines} == {rollout.arn}


def test_every_line_of_a_failure_carries_the_execution(world: World, lines: list[str]) -> None:
    """Also of handlers that raise, and of messages that cannot be delivered."""
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_call(
        "cloudwatch", "DescribeAlarms", error="AccessDenied", skip=1, times=FOREVER
    )
    world.faults.on_call("lambda", "GetAlias", error="ServiceException", skip=1, times=5)
    world.faults.on_call("sns", "Publish", error="AuthorizationError", times=FOREVER)
    alarms = [world.given_alarm(checkout)]
    rollout = world.when_released(checkout, steps=2, interval=60, alarms=alarms)
    assert rollout.error == "InternalError"
    assert {json.loads(line).get("execution") for line in lines} == {rollout.arn}
    levels = [json.loads(line).get("level") for line in lines]
    assert levels.count("ERROR") >= 3


def alarms_told(world: World) -> list[str]:
    """Return the alarms that the topic was told of, oldest first."""
    bodies = [message.body() for message in world.sandbox.inbox(world.topic)]
    written = [json.loads(body) for body in bodies]
    return [body["AlarmName"] for body in written if body.get("NewStateValue") == "ALARM"]


@pytest.fixture
def told_before(world: World) -> int:
    """How many alarms were told of so far, all of them being quiet by now."""
    world.sandbox.run_for(10 * MINUTE)
    return len(alarms_told(world))


@pytest.mark.proves("A19")
def test_a_failed_rollout_raises_an_alarm(world: World, told_before: int) -> None:
    checkout = world.given_function(canary=BAD)
    world.when_released(checkout, steps=2, interval=60)
    world.sandbox.run_for(3 * MINUTE)
    (alarm,) = alarms_told(world)[told_before:]
    assert "ExecutionsFailedAlarm" in alarm


def test_a_stopped_rollout_raises_an_alarm(world: World, told_before: int) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=600))
    world.when_at(50, checkout)
    world.sandbox.client("stepfunctions").stop_execution(executionArn=execution)
    assert world.when_ended(execution).status == "ABORTED"
    world.sandbox.run_for(3 * MINUTE)
    (alarm,) = alarms_told(world)[told_before:]
    assert "ExecutionsAbortedAlarm" in alarm


def test_a_rollout_that_times_out_raises_an_alarm(world: World, told_before: int) -> None:
    """The workflow has no timeout of its own but Step Functions' year; here it has a minute."""
    machines = world.sandbox.client("stepfunctions")
    definition = machines.describe_state_machine(stateMachineArn=world.machine)["definition"]
    short = json.dumps(json.loads(definition) | {"TimeoutSeconds": 60})
    checkout = world.given_function()
    machines.update_state_machine(stateMachineArn=world.machine, definition=short)
    execution = world.when_started(release_of(checkout, steps=2, interval=600))
    machines.update_state_machine(stateMachineArn=world.machine, definition=definition)
    assert world.when_ended(execution).status == "TIMED_OUT"
    world.sandbox.run_for(3 * MINUTE)
    (alarm,) = alarms_told(world)[told_before:]
    assert "ExecutionsTimedOutAlarm" in alarm


def test_a_rollout_in_one_call_that_is_killed_at_its_end_raises_an_alarm(
    world: World, told_before: int
) -> None:
    """Lambda dates the error by the call's start, a quarter of an hour ago."""
    world.faults.on_handler("SimpleDeployFunction", "timeout")
    given = release_of(world.given_function(), type="all-at-once", interval=60)
    name = world.stack.outputs["SimpleDeployFunctionName"]
    world.functions.invoke(FunctionName=name, Payload=world.payload(given))
    world.sandbox.run_for(3 * MINUTE)
    (alarm,) = alarms_told(world)[told_before:]
    assert "SimpleDeployErrorsAlarm" in alarm


def test_a_promotion_raises_no_alarm(world: World, told_before: int) -> None:
    world.when_released(world.given_function(), steps=2, interval=60)
    world.sandbox.run_for(3 * MINUTE)
    assert alarms_told(world)[told_before:] == []


def test_a_weight_costs_little(world: World) -> None:
    """AWS's sample takes 5 state transitions, 2 invocations and 16 history events a weight."""

    def cost(steps: int) -> tuple[int, int, int]:
        checkout = world.given_function(f"checkout-{steps}")
        rollout = world.when_released(checkout, steps=steps, interval=180, check_interval=180)
        assert (rollout.status, len(checkout.weights)) == ("SUCCEEDED", steps)
        invocations = [event for event in rollout.history if event["type"] == "TaskScheduled"]
        return len(rollout.states), len(invocations), len(rollout.history)

    few, more = cost(steps=2), cost(steps=7)
    a_weight = tuple((many - some) / 5 for some, many in zip(few, more, strict=True))
    assert list(a_weight) == [4, 2, 14]
    transitions, invocations, _ = few
    assert transitions - 2 * 4 <= 13  # with the last look
    assert invocations - 2 * 2 <= 10
