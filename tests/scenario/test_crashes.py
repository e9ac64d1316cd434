"""A handler dies, at any state, before or after its effect: the alias ends whole and it is told."""

import pytest

from sandbox.kernel.faults import FOREVER, HandlerFailure, When
from tests.long import parametrize
from tests.scenario.then import then_failure_is_told, then_promoted, then_whole
from tests.scenario.world import BAD, HEALTHY, World

SHIFTING = ("PlanFunction", "PublishFunction", "ShiftWeightFunction", "CheckHealthFunction")
PROMOTING = ("FinalizeFunction", *SHIFTING)
ALL = (*PROMOTING, "RollBackFunction", "NotifyFunction")

# How Step Functions names each death.
NAMES: dict[HandlerFailure, str] = {
    "crash": "Runtime.ExitError",
    "exception": "RuntimeError",
    "timeout": "Sandbox.Timedout",
    "unknown": "Lambda.Unknown",
}


@pytest.mark.proves("F6")
@pytest.mark.parametrize("when", ["before", "after"])
@parametrize("kind", NAMES, short=1)
@parametrize("function", PROMOTING, short=1)
def test_a_task_that_dies_once_is_asked_again(
    world: World, function: str, kind: HandlerFailure, when: When
) -> None:
    """As a check that could not be made is; its effect, if it had one, is known for its own."""
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler(function, kind, when=when, times=2)
    rollout = world.when_released(checkout, steps=2, interval=60)
    then_promoted(rollout, checkout, [50, 100])


@pytest.mark.proves("F6")
@pytest.mark.parametrize("when", ["before", "after"])
@parametrize("kind", NAMES, short=1)
@parametrize("function", PROMOTING, short=1)
def test_a_task_that_dies_three_times_in_a_row_rolls_back(
    world: World, function: str, kind: HandlerFailure, when: When
) -> None:
    """Also Finalize, which has promoted the version when it dies after its effect."""
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler(function, kind, when=when, times=3)
    rollout = world.when_released(checkout, steps=2, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert rollout.cause.startswith(f"{NAMES[kind]}: ")
    then_whole(checkout, "1")
    then_failure_is_told(rollout)


@pytest.mark.parametrize("when", ["before", "after"])
@parametrize("function", ["ShiftWeightFunction", "CheckHealthFunction"], short=1)
def test_a_task_that_dies_at_a_later_weight_rolls_back(
    world: World, function: str, when: When
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler(function, "crash", when=when, skip=1, times=FOREVER)
    rollout = world.when_released(checkout, steps=3, interval=180, check_interval=180)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert "at 33.33 % (weight 1 of 3)" in rollout.cause or "at 66.67 %" in rollout.cause
    then_whole(checkout, "1")
    then_failure_is_told(rollout)


@parametrize("function", ALL, short=2)
def test_a_task_that_lambda_throttles_for_a_while_is_tried_again(
    world: World, function: str
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler(function, "throttle", times=4)
    rollout = world.when_released(checkout, steps=2, interval=60)
    then_promoted(rollout, checkout, [50, 100])


@parametrize("function", PROMOTING, short=1)
def test_a_task_that_lambda_throttles_for_ever_rolls_back(world: World, function: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler(function, "throttle", times=FOREVER)
    rollout = world.when_released(checkout, steps=2, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert "TooManyRequestsException" in rollout.cause
    then_whole(checkout, "1")
    then_failure_is_told(rollout)


@pytest.mark.proves("F7")
@parametrize("kind", [*NAMES, "throttle"], short=1)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rollback_that_dies_is_tried_again(
    world: World, kind: HandlerFailure, when: When
) -> None:
    checkout = world.given_function(canary=BAD)
    world.faults.on_handler("RollBackFunction", kind, when=when, times=2)
    rollout = world.when_released(checkout, steps=2, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    assert f"live of {checkout.name} routes 100 % to version 1" in rollout.cause
    then_whole(checkout, "1")
    then_failure_is_told(rollout)


@pytest.mark.proves("F12", "A79")
@parametrize("kind", [*NAMES, "throttle"], short=1)
def test_a_promotion_that_cannot_be_told_stays(world: World, kind: HandlerFailure) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler("NotifyFunction", kind, times=FOREVER)
    rollout = world.when_released(checkout, steps=2, interval=60)
    assert (rollout.status, rollout.told) == ("SUCCEEDED", [])
    then_whole(checkout, "2")


@pytest.mark.proves("F12")
def test_a_message_that_the_topic_does_not_take_raises_an_alarm(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_call("sns", "Publish", error="AuthorizationErrorException", times=FOREVER)
    rollout = world.when_released(checkout, steps=2, interval=60)
    then_whole(checkout, "2")
    assert rollout.told == []
    world.sandbox.run_for(120)
    name = world.stack.physical_id("MessageNotDeliveredAlarm")
    [found] = world.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert found["StateValue"] == "ALARM"


@pytest.mark.proves("F13")
@parametrize("kind", [*NAMES, "throttle"], short=1)
def test_a_failure_that_the_function_cannot_tell_is_told_without_it(
    world: World, kind: HandlerFailure
) -> None:
    checkout = world.given_function(canary=BAD)
    world.faults.on_handler("NotifyFunction", kind, times=FOREVER)
    rollout = world.when_released(checkout, steps=2, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    then_whole(checkout, "1")
    then_failure_is_told(rollout)
    assert len(rollout.messages) == 1
