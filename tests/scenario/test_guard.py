"""A rollout ends without rolling back: the guard gives its aliases back, and tells it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from tests.long import parametrize
from tests.scenario.observed import Released
from tests.scenario.then import then_left, then_whole
from tests.scenario.world import World, release_of

pytestmark = pytest.mark.usefixtures("sweeping")

SWEEP = 300
WAITED_OUT = 140


def given_rollout_at(world: World, weight: float, **settings: Any) -> tuple[list[Released], str]:
    """Start a group of two, and let both come to so many percents for their canaries."""
    group = [world.given_function("checkout"), world.given_function("basket")]
    execution = world.when_started(release_of(group, steps=2, interval=60, **settings))
    world.when_at(weight, group[1])
    return group, execution


def then_given_back(world: World, group: list[Released], execution: str) -> None:
    """And told of once, with how every alias stands."""
    for released in group:
        then_whole(released, "1")
    [message] = world.told_of(execution)
    assert str(message.subject).startswith(f"Given back by the guard: {group[0].name[:30]} live")
    for released in group:
        assert f"live of {released.name} routes 100 % to version 1" in message.body("email")


@pytest.mark.proves("F16")
@parametrize("weight", [50, 100], short=1)
def test_a_stopped_rollout_is_given_back_at_once(world: World, weight: float) -> None:
    group, execution = given_rollout_at(world, weight)
    world.when_stopped(execution)
    world.sandbox.run_for(5)
    then_given_back(world, group, execution)


@pytest.mark.proves("F17")
def test_a_shift_in_flight_is_waited_out(world: World) -> None:
    """The function goes on when its execution is stopped, and shifts what had not been shifted."""
    checkout = world.given_function()
    world.faults.on_call(
        "lambda", "UpdateAlias", error="ServiceException", times=3, caller="ShiftWeightFunction"
    )
    execution = world.when_started(release_of(checkout, steps=2, interval=60))
    world.when(lambda: world.calls_of("ShiftWeightFunction", "UpdateAlias"))
    world.when_stopped(execution)
    world.when(lambda: checkout.weights)
    world.sandbox.run_for(WAITED_OUT)
    assert checkout.weights == [50]
    then_given_back(world, [checkout], execution)


@pytest.mark.proves("F18")
@pytest.mark.parametrize("fails", [3, FOREVER])
def test_a_promotion_under_way_is_waited_out_and_undone_on_both_if_half_done(
    world: World, fails: float
) -> None:
    """Its second write fails until, after three tries, it does not, or for good."""
    group, execution = given_rollout_at(world, 100)
    world.faults.on_call(
        "lambda",
        "UpdateAlias",
        error="ServiceException",
        skip=1,
        times=fails,
        caller="FinalizeFunction",
    )
    world.when(lambda: len(world.calls_of("FinalizeFunction", "UpdateAlias")) > 1)
    assert group[0].now is not None
    assert group[0].now.version == "2"
    world.when_stopped(execution)
    world.sandbox.run_for(WAITED_OUT)
    if fails == FOREVER:
        then_given_back(world, group, execution)
    for released in group:
        then_whole(released, "1" if fails == FOREVER else "2")


@pytest.mark.proves("F19")
def test_a_promotion_that_has_only_not_been_told_stays(world: World) -> None:
    group, execution = given_rollout_at(world, 100)
    world.faults.on_handler("NotifyFunction", "timeout")
    world.when(lambda: group[1].primaries[-1] == "2")
    world.sandbox.run_for(2)
    world.when_stopped(execution)
    world.sandbox.run_for(SWEEP + 5)
    assert world.told_of(execution) == []
    for released in group:
        then_whole(released, "2")


@pytest.mark.proves("F20")
def test_what_a_later_rollout_promotes_stays_though_this_one_had_failed_to(world: World) -> None:
    """Its work looks just like the promotion that died here."""
    checkout = world.given_function()
    world.faults.on_handler("FinalizeFunction", "crash", times=3)
    settings: dict[str, Any] = {"type": "all-at-once", "interval": 60}
    failed = world.when_released(checkout, **settings)
    assert failed.error == "InternalError"
    then_whole(checkout, "1")
    assert world.when_released(checkout, **settings).status == "SUCCEEDED"
    world.sandbox.run_for(SWEEP + 5)
    then_whole(checkout, "2")
    assert len(world.told_of(failed.arn)) == 1


@pytest.fixture
def time_out(world: World) -> Iterator[None]:
    """Let the machine's executions end for good after 90 seconds, as after a year."""
    client = world.sandbox.client("stepfunctions")
    definition = client.describe_state_machine(stateMachineArn=world.machine)["definition"]
    short = json.dumps({**json.loads(definition), "TimeoutSeconds": 90})
    client.update_state_machine(stateMachineArn=world.machine, definition=short)
    yield
    client.update_state_machine(stateMachineArn=world.machine, definition=definition)


@pytest.mark.proves("F23")
@pytest.mark.usefixtures("time_out")
def test_a_rollout_that_timed_out_is_given_back(world: World) -> None:
    group, execution = given_rollout_at(world, 50)
    assert world.sandbox.finish(execution).status == "TIMED_OUT"
    world.sandbox.run_for(5)
    then_given_back(world, group, execution)


@pytest.mark.proves("F24")
def test_when_the_event_is_lost_the_sweep_gives_back(world: World) -> None:
    group, execution = given_rollout_at(world, 50)
    world.faults.on_event("lost", detail={"executionArn": execution, "status": "ABORTED"})
    world.when_stopped(execution)
    world.sandbox.run_for(SWEEP + 5)
    then_given_back(world, group, execution)


@pytest.mark.proves("F25", "A50")
@parametrize("fate", ["twice", "late"], short=1)
def test_events_that_come_again_or_late_do_nothing(world: World, fate: Any) -> None:
    group, execution = given_rollout_at(world, 50)
    detail = {"executionArn": execution, "status": "ABORTED"}
    world.faults.on_event(fate, detail=detail, seconds=SWEEP + 30)
    world.when_stopped(execution)
    world.sandbox.run_for(2 * SWEEP)
    then_given_back(world, group, execution)


def _stopped(world: World) -> list[Any]:
    """List the executions that the sweep looks at before those that failed."""
    pages = world.sandbox.client("stepfunctions").get_paginator("list_executions")
    return [
        execution
        for status in ("ABORTED", "TIMED_OUT")
        for page in pages.paginate(stateMachineArn=world.machine, statusFilter=status)
        for execution in page["executions"]
    ]


@pytest.mark.proves("F69")
def test_refused_starts_do_not_keep_a_stopped_rollout_from_its_turn(world: World) -> None:
    """So slow is Step Functions that a sweep has no time for all of them."""
    earlier = len(_stopped(world))  # in other scenarios
    group, execution = given_rollout_at(world, 50)
    for _ in range(25):
        world.when_ended(world.when_started({"function-name": "nobody"}))
    world.faults.on_event("lost", detail={"executionArn": execution, "status": "ABORTED"})
    world.when_stopped(execution)
    world.faults.on_call(
        "stepfunctions",
        "GetExecutionHistory",
        error="ReadTimeout",
        seconds=30,
        skip=earlier + 1,
        times=FOREVER,
        caller="GuardFunction",
    )
    world.sandbox.run_for(SWEEP + 30)
    then_given_back(world, group, execution)


@pytest.mark.proves("F40")
def test_what_somebody_changed_after_the_stop_stays(world: World) -> None:
    group, execution = given_rollout_at(world, 50)
    world.faults.on_event("lost", detail={"executionArn": execution, "status": "ABORTED"})
    world.when_stopped(execution)
    theirs: dict[str, Any] = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.07}}}
    world.functions.update_alias(FunctionName=group[0].name, Name="live", **theirs)
    left = group[0].now
    world.sandbox.run_for(SWEEP + 5)
    then_left(group[0], left, execution)
    then_whole(group[1], "1")


@pytest.mark.proves("F26")
@parametrize("kind", ["throttle", "crash"], short=1)
def test_a_guard_that_fails_is_tried_again(world: World, kind: Any) -> None:
    group, execution = given_rollout_at(world, 50)
    world.faults.on_handler("GuardFunction", kind)
    world.when_stopped(execution)
    world.sandbox.run_for(90)
    then_given_back(world, group, execution)


@pytest.mark.proves("F27")
def test_a_guard_that_never_runs_leaves_its_event_in_the_queue(world: World) -> None:
    group, execution = given_rollout_at(world, 50)
    world.faults.on_handler("GuardFunction", "crash", times=FOREVER)
    world.when_stopped(execution)
    world.sandbox.run_for(SWEEP)
    queue = world.stack.outputs["GuardQueueUrl"]
    put_aside = world.sandbox.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)[
        "Messages"
    ]
    assert any(execution in message["Body"] for message in put_aside)
    world.faults.clear()
    world.sandbox.run_for(SWEEP + 5)
    then_given_back(world, group, execution)


@pytest.mark.proves("F11")
def test_what_nobody_could_give_back_is_given_back_when_lambda_answers_again(
    world: World,
) -> None:
    group, execution = given_rollout_at(world, 50)
    world.faults.on_handler("RollBackFunction", "throttle", times=FOREVER)
    world.faults.on_handler("CheckHealthFunction", "crash", times=FOREVER)
    world.faults.on_call("lambda", "UpdateAlias", error="ServiceException", times=FOREVER)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "RollbackFailed")
    world.sandbox.run_for(120)
    subjects = [str(message.subject) for message in world.told_of(execution)]
    assert subjects[0].startswith("NOT rolled back, needs you: ")
    assert subjects[1].startswith("STRANDED, needs you: ")
    for alarm in ("RollbackFailedAlarm", "StrandedAlarm"):
        name = world.stack.physical_id(alarm)
        [found] = world.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        assert found["StateValue"] == "ALARM", alarm
    world.faults.clear()
    world.sandbox.run_for(SWEEP + 5)
    for released in group:
        then_whole(released, "1")
    last = world.told_of(execution)[-1]
    assert str(last.subject).startswith("Given back by the guard: ")


@pytest.fixture
def handing_over_soon(world: World) -> Iterator[None]:
    """Rollouts go on in continuations after a few health checks."""
    checker = world.stack.physical_id("CheckHealthFunction")
    before = world.functions.get_function_configuration(FunctionName=checker)["Environment"]
    soon = {"Variables": before["Variables"] | {"HAND_OVER_AFTER_EVENTS": "60"}}
    world.functions.update_function_configuration(FunctionName=checker, Environment=soon)
    yield
    world.functions.update_function_configuration(FunctionName=checker, Environment=before)


@pytest.mark.proves("F22")
@pytest.mark.usefixtures("handing_over_soon")
@parametrize("weight", [10, 60], short=1)
def test_a_rollout_stopped_in_a_continuation_is_given_back(world: World, weight: float) -> None:
    """Its own history does not know which weight the continuation has set since."""
    checkout = world.given_function()
    weights = [10, 20, 60, 100]
    given = release_of(checkout, type="custom", weights=weights, interval=[240, 60, 240, 60])
    execution = world.when_started(given)
    world.when_at(weight, checkout)
    world.sandbox.run_for(200)
    assert [event["type"] for event in world.sandbox.history(execution)][-1] == "TaskSubmitted"
    world.when_stopped(execution)
    world.sandbox.run_for(5)
    then_given_back(world, [checkout], execution)
