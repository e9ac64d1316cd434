"""Every AWS call that a rollout makes fails, once or for ever, before or after its effect."""

from typing import NamedTuple

import pytest

from sandbox.kernel.faults import FOREVER, When
from tests.long import parametrize
from tests.scenario.aws_errors import BROKEN, DENIED, THROTTLING
from tests.scenario.observed import Released, Rollout
from tests.scenario.then import then_failure_is_told, then_whole
from tests.scenario.world import World, release_of


class Call(NamedTuple):
    """Who calls which operation; `machine` is the workflow itself."""

    caller: str
    service: str
    operation: str


CALLS = [
    Call("machine", "lambda", "Invoke"),
    Call("ShiftWeightFunction", "lambda", "UpdateAlias"),
    Call("PlanFunction", "lambda", "GetFunctionConfiguration"),
    Call("PlanFunction", "lambda", "GetAlias"),
    Call("PlanFunction", "lambda", "ListAliases"),
    Call("PlanFunction", "lambda", "GetProvisionedConcurrencyConfig"),
    Call("PlanFunction", "cloudwatch", "DescribeAlarms"),
    Call("PublishFunction", "lambda", "GetFunction"),
    Call("PublishFunction", "lambda", "PublishVersion"),
    Call("PublishFunction", "lambda", "GetFunctionConfiguration"),
    Call("CheckHealthFunction", "lambda", "GetAlias"),
    Call("CheckHealthFunction", "ssm", "GetParameters"),
    Call("CheckHealthFunction", "cloudwatch", "GetMetricData"),
    Call("CheckHealthFunction", "cloudwatch", "DescribeAlarms"),
    Call("CheckHealthFunction", "cloudwatch", "DescribeAlarmHistory"),
    Call("FinalizeFunction", "lambda", "UpdateAlias"),
    Call("FinalizeFunction", "lambda", "CreateAlias"),
    Call("NotifyFunction", "sns", "Publish"),
]
every_call = parametrize("call", CALLS, short=2, ids=[" ".join(call) for call in CALLS])


class Group(NamedTuple):
    """A group that needs every call: both publish, one shifts, one has no alias yet."""

    shifted: Released
    new: Released
    alarm: str

    @property
    def members(self) -> list[Released]:
        return [self.shifted, self.new]


@pytest.fixture
def group(world: World) -> Group:
    shifted = world.given_function("shifted", published=1)
    new = world.given_function("new", published=1)
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    new.seen.clear()
    return Group(shifted, new, world.given_alarm(shifted))


def when_group_is_released(world: World, group: Group) -> Rollout:
    given = release_of(group.members, new_version=None, steps=1, interval=60, alarms=[group.alarm])
    return world.when_ended(world.when_started(given))


@pytest.mark.proves("F4")
def test_a_cloudwatch_that_does_not_answer_is_asked_again_at_the_next_check(
    world: World, group: Group
) -> None:
    """Each call hangs until the client gives up: that for alarms, and that for metric data."""
    world.faults.on_call(
        "cloudwatch", error="ReadTimeout", seconds=30, times=9, caller="CheckHealthFunction"
    )
    given = release_of(group.members, new_version=None, steps=2, interval=60, alarms=[group.alarm])
    rollout = world.when_ended(world.when_started(given))
    assert (rollout.status, rollout.cause) == ("SUCCEEDED", "")


def given_fault(
    world: World, call: Call, error: str, when: When = "before", times: float = 1
) -> None:
    caller = None if call.caller == "machine" else call.caller
    world.faults.on_call(
        call.service, call.operation, error=error, when=when, times=times, caller=caller
    )


def then_group_is_promoted(rollout: Rollout, group: Group) -> None:
    assert (rollout.status, rollout.cause) == ("SUCCEEDED", "")
    assert group.shifted.weights == [100]
    then_whole(group.shifted, "2")
    then_whole(group.new, "2", description=f"Created by {rollout.arn}")


def then_group_is_as_it_was(rollout: Rollout, group: Group) -> None:
    then_whole(group.shifted, "1")
    assert group.new.now is None
    then_failure_is_told(rollout)


def test_these_are_all_the_calls_of_a_rollout(world: World, group: Group) -> None:
    then_group_is_promoted(when_group_is_released(world, group), group)
    made = {
        (
            "machine" if call.caller.startswith("arn:") else call.caller.split("-")[2],
            call.service,
            call.operation,
        )
        for call in world.calls
        if call.caller not in ("operator", "events.amazonaws.com") and "Guard" not in call.caller
    }
    assert made == set(CALLS)


@pytest.mark.proves("F1")
@every_call
def test_a_throttled_call_is_made_again(world: World, group: Group, call: Call) -> None:
    given_fault(world, call, THROTTLING[call.service])
    then_group_is_promoted(when_group_is_released(world, group), group)


@every_call
def test_a_call_that_fails_on_awss_side_is_made_again(
    world: World, group: Group, call: Call
) -> None:
    given_fault(world, call, BROKEN[call.service])
    then_group_is_promoted(when_group_is_released(world, group), group)


@pytest.mark.proves("F1")
@parametrize("caller", ["ShiftWeightFunction", "FinalizeFunction"], short=1)
def test_a_write_that_meets_another_operation_is_made_again(
    world: World, group: Group, caller: str
) -> None:
    call = Call(caller, "lambda", "UpdateAlias")
    given_fault(world, call, "ResourceConflictException", times=3)
    then_group_is_promoted(when_group_is_released(world, group), group)


@pytest.mark.proves("F2")
@every_call
def test_a_call_whose_answer_is_lost_after_its_effect_is_made_again(
    world: World, group: Group, call: Call
) -> None:
    """The second time Lambda refuses what the first has done already."""
    given_fault(world, call, "ConnectionClosed", when="after")
    then_group_is_promoted(when_group_is_released(world, group), group)


@every_call
def test_a_call_that_fails_although_it_took_effect_is_made_again(
    world: World, group: Group, call: Call
) -> None:
    given_fault(world, call, BROKEN[call.service], when="after")
    then_group_is_promoted(when_group_is_released(world, group), group)


@every_call
def test_more_failures_than_boto3_retries_are_outlasted(
    world: World, group: Group, call: Call
) -> None:
    """boto3 tries four times; then the workflow does."""
    given_fault(world, call, THROTTLING[call.service], times=5)
    then_group_is_promoted(when_group_is_released(world, group), group)


@pytest.mark.proves("F3")
@every_call
@parametrize("errors", [THROTTLING, BROKEN, DENIED], short=1, ids=["throttled", "5xx", "denied"])
def test_a_call_that_fails_for_ever_changes_nothing_in_the_end(
    world: World, group: Group, call: Call, errors: dict[str, str]
) -> None:
    given_fault(world, call, errors[call.service], times=FOREVER)
    rollout = when_group_is_released(world, group)
    if call.service == "sns":
        then_group_is_promoted(rollout, group)
        assert rollout.messages == []
        return
    if call.caller == "CheckHealthFunction" and call.operation == "GetAlias":
        then_group_is_promoted(rollout, group)  # it matters only where somebody else routes it
        return
    denied = errors is DENIED and call.operation not in {"GetMetricData", "GetParameters"}
    asked = call.caller == "CheckHealthFunction" and not denied
    error = "HealthCheckFailed" if asked else "InternalError"
    assert (rollout.status, rollout.error) == ("FAILED", error), rollout.cause
    then_group_is_as_it_was(rollout, group)
