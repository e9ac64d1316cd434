"""The stack is deleted in the middle of rollouts, or a state machine of it is replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from sandbox.kernel.faults import FOREVER, KILLED
from sandbox.kernel.signals import ApiCall
from sandbox.sandbox import PROJECT_TEMPLATE, Sandbox
from sandbox.services.cloudformation import Stack
from sandbox.services.cloudformation.errors import DeploymentFailedError
from sandbox.services.sns import Message
from tests import grants
from tests.long import long, parametrize
from tests.scenario.application import QUICK
from tests.scenario.observed import Released
from tests.scenario.test_hooks import answering, returning
from tests.scenario.then import then_whole
from tests.scenario.world import BAD, World, release_of, sweep

STEPS: dict[str, Any] = {"steps": 2, "interval": 600}
GONE, STAYS = "DELETE_COMPLETE", "DELETE_FAILED"
ENDS = "EndRolloutsFunction"


@pytest.fixture
def world(deployed: tuple[Sandbox, Stack], request: pytest.FixtureRequest) -> Iterator[World]:
    """Provide a stack of the scenario's own, whose guard hears of no end."""
    sandbox, _ = deployed
    name = f"end-{crc32(request.node.nodeid.encode()):08x}"
    stack = sandbox.deploy(stack_name=name, MacroName="")
    sweep(sandbox, stack, on=False)
    world = World(sandbox, stack, scenario=request.node.nodeid)
    world.faults.on_handler("GuardFunction", "throttle", times=FOREVER)
    deleting: list[str] = []

    def note(call: ApiCall) -> None:
        """Note what was used before the second thing is deleted: the roles still stand."""
        deletes = call.operation == "DeleteFunctionEventInvokeConfig"
        if deletes and stack.status == "DELETE_IN_PROGRESS" and not deleting:
            deleting.append(call.operation)
            grants.note(request.config, sandbox, stack)

    sandbox.signals.called.append(note)
    yield world
    world.faults.clear()
    if stack.status != GONE:
        assert when_deleted(world) == GONE
    sandbox.signals.called.remove(note)
    world.end()


def when_deleted(world: World, within: float = 5_000) -> str:
    """Delete the stack, and return how it stands then."""
    begins(world)
    return ends(world, within)


def begins(world: World) -> None:
    client = world.sandbox.client("cloudformation")
    client.delete_stack(StackName=world.stack.id)
    world.sandbox.run_for(1)


def ends(world: World, within: float = 5_000) -> str:
    last = world.sandbox.clock.now + within
    while world.stack.status.endswith("_IN_PROGRESS"):
        assert world.sandbox.clock.now < last
        world.sandbox.run_for(10)
    return world.stack.status


def reason(world: World) -> str:
    """Return why the resource could not be deleted."""
    client = world.sandbox.client("cloudformation")
    events = client.describe_stack_events(StackName=world.stack.id)["StackEvents"]
    failed = [one for one in events if one["ResourceStatus"] == STAYS]
    return str(
        next(
            one["ResourceStatusReason"] for one in failed if one["LogicalResourceId"] == "Rollouts"
        )
    )


def told(world: World, execution: str) -> list[Message]:
    """Return what the topic, which may be gone, was told of this rollout."""
    return [one for one in world.sandbox.messages() if execution in one.body()]


def then_told(world: World, execution: str, released: Released) -> None:
    """Assert that the topic was told once how the alias stands, while it was there."""
    [message] = told(world, execution)
    assert str(message.subject).startswith("Given back")
    assert f"live of {released.name} routes 100 % to version 1" in message.body()


@pytest.mark.proves("F130")
def test_where_nothing_runs_the_stack_is_gone_within_two_minutes(world: World) -> None:
    began = world.sandbox.clock.now
    assert when_deleted(world) == GONE
    assert world.sandbox.clock.now - began < 120


@pytest.mark.proves("F131")
def test_a_bake_is_ended_given_back_and_told(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    began = world.sandbox.clock.now
    assert when_deleted(world) == GONE
    assert world.sandbox.clock.now - began < 240
    then_whole(checkout, "1")
    then_told(world, execution, checkout)


@long
@pytest.mark.proves("F131")
def test_of_a_group_every_alias_goes_back(world: World) -> None:
    group = [world.given_function("checkout"), world.given_function("basket")]
    world.when_started(release_of(group, **STEPS))
    world.when_at(50, group[1])
    assert when_deleted(world) == GONE
    for one in group:
        then_whole(one, "1")


@long
@pytest.mark.proves("F131")
def test_a_hold_is_ended(world: World) -> None:
    checkout = world.given_function(calls_per_second=0)
    world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    world.sandbox.run_for(1_000)
    assert when_deleted(world) == GONE
    then_whole(checkout, "1")


@pytest.mark.proves("F131")
@parametrize("mode", ["callback", "return"], short=1)
def test_a_hook_that_is_asked_is_let_go(world: World, mode: str) -> None:
    checkout = world.given_function()
    if mode == "callback":
        hook = answering(world, after=800)
    else:
        hook = returning(world, 'return {"status": "Succeeded"}', after=600)
    asked = {"function": hook, "mode": mode, "timeout": 840}
    world.when_started(
        release_of(checkout, type="all-at-once", interval=60, hooks={"post-traffic": asked})
    )
    world.when(lambda: world.sandbox.logs(hook), 1_000)
    assert when_deleted(world) == GONE
    then_whole(checkout, "1")


@pytest.mark.proves("F132")
@parametrize("when", ["before", "after"], short=1)
def test_a_shift_in_flight_is_waited_for(world: World, when: Any) -> None:
    checkout = world.given_function()
    world.faults.on_call(
        "lambda", "UpdateAlias", error=None, seconds=60, when=when, caller="ShiftWeightFunction"
    )
    world.when_started(release_of(checkout, **STEPS))
    world.sandbox.run_for(30)
    assert when_deleted(world) == GONE
    world.sandbox.run_for(300)
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F131")
@pytest.mark.parametrize("alone", [False, True])
def test_a_continuation_is_ended_with_the_rollout_that_waits_for_it(
    world: World, alone: bool
) -> None:
    """Step Functions tries to stop it, once; where that fails, it would run on alone."""
    checker = world.stack.physical_id("CheckHealthFunction")
    before = world.functions.get_function_configuration(FunctionName=checker)["Environment"]
    soon = {"Variables": before["Variables"] | {"HAND_OVER_AFTER_EVENTS": "60"}}
    world.functions.update_function_configuration(FunctionName=checker, Environment=soon)
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=3_000))
    relay = world.stack.physical_id("RelayStateMachine")
    client = world.sandbox.client("stepfunctions")
    world.when(lambda: client.list_executions(stateMachineArn=relay)["executions"], 3_000)
    if alone:
        world.faults.on_call("stepfunctions", "StopExecution", caller=execution, times=FOREVER)
    assert when_deleted(world) == GONE
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F131")
def test_an_alias_that_a_promotion_has_just_made_is_deleted_with_the_group(world: World) -> None:
    new, checkout = world.given_function("new"), world.given_function("checkout")
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    given = release_of([new, checkout], type="all-at-once", interval=60)
    world.faults.on_call(
        "lambda", "UpdateAlias", error=KILLED, skip=0, times=FOREVER, caller="FinalizeFunction"
    )
    world.when_started(given)
    world.when(lambda: new.now is not None, 1_000)
    assert when_deleted(world) == GONE
    assert new.now is None
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F133")
def test_a_foreign_alias_stays_as_it_is(world: World) -> None:
    checkout = world.given_function(versions=[BAD, BAD, BAD])
    world.when_started(release_of(checkout, **STEPS, health_check=False))
    world.when_at(50, checkout)
    world.functions.update_alias(
        FunctionName=checkout.name,
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"3": 0.25}},
    )
    assert when_deleted(world) == GONE
    assert checkout.now is not None
    assert checkout.now.weights == {"3": 25}


@pytest.mark.proves("F134")
def test_where_lambda_refuses_the_deletion_fails_by_name_and_goes_through_later(
    world: World,
) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    world.faults.on_call("lambda", "UpdateAlias", error="AccessDeniedException", times=FOREVER)
    assert when_deleted(world) == STAYS
    assert f"live of {checkout.name} may still be weighted" in reason(world)
    for kept in ("DeployStateMachine", "GuardFunction", "NotificationTopic", "StrandedAlarm"):
        assert world.stack.resources[kept].physical_id
    [message] = told(world, execution)
    assert str(message.subject).startswith("STRANDED, needs you: ")
    world.faults.clear()
    assert when_deleted(world) == GONE
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F134")
def test_the_deletion_can_go_on_without_the_aliases(world: World) -> None:
    checkout = world.given_function()
    world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    world.faults.on_call("lambda", "UpdateAlias", error="AccessDeniedException", times=FOREVER)
    assert when_deleted(world) == STAYS
    client = world.sandbox.client("cloudformation")
    client.delete_stack(StackName=world.stack.id, RetainResources=["Rollouts"])
    world.sandbox.run_for(1)
    assert ends(world) == GONE


@pytest.mark.proves("F135")
@parametrize("kind", ["throttle", "crash", "timeout"], short=1)
def test_a_function_that_does_not_run_at_first_is_run_again(world: World, kind: Any) -> None:
    checkout = world.given_function()
    world.when_started(release_of(checkout, steps=2, interval=7_200))
    world.when_at(50, checkout)
    world.faults.on_handler(ENDS, kind, times=2)
    assert when_deleted(world) == GONE
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F136")
def test_a_function_that_never_runs_lets_nothing_go(world: World) -> None:
    checkout = world.given_function()
    world.when_started(release_of(checkout, steps=2, interval=7_200))
    world.when_at(50, checkout)
    world.faults.on_handler(ENDS, "crash", times=FOREVER)
    assert when_deleted(world) == STAYS
    assert "did not receive a response" in reason(world)
    queue = world.stack.outputs["GuardQueueUrl"].rpartition("/")[2]
    assert world.sandbox.queue(f"arn:aws:sqs:us-east-1:123456789012:{queue}")
    world.faults.clear()
    assert when_deleted(world) == GONE
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F140")
def test_a_first_deployment_that_fails_leaves_nothing(world: World) -> None:
    """Its resource is not answered when it is made, and is when it is deleted."""
    world.faults.on_handler(ENDS, "crash", times=3)
    name = f"{world.stack.name}-other"
    with pytest.raises(DeploymentFailedError, match="did not receive a response"):
        world.sandbox.deploy(stack_name=name, MacroName="")
    client = world.sandbox.client("cloudformation")
    stands = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    assert stands == "ROLLBACK_COMPLETE"


def simply(world: World, given: object) -> None:
    world.functions.invoke(
        FunctionName=world.stack.outputs["SimpleDeployFunctionName"],
        InvocationType="Event",
        Payload=json.dumps(given),
    )


@long
@pytest.mark.proves("F137")
def test_a_rollout_in_one_call_is_waited_for(world: World) -> None:
    checkout = world.given_function()
    simply(world, release_of(checkout, steps=2, interval=120))
    world.when_at(50, checkout)
    assert when_deleted(world) == GONE
    then_whole(checkout, "2")


@long
@pytest.mark.proves("F137")
def test_a_rollout_in_one_call_that_was_killed_is_given_back_first(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call(
        "lambda", "UpdateAlias", error=KILLED, when="after", caller="SimpleDeployFunction"
    )
    simply(world, release_of(checkout, steps=2, interval=60))
    world.when_at(50, checkout)
    began = world.sandbox.clock.now
    assert when_deleted(world) == GONE
    assert world.sandbox.clock.now - began > 800
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F137")
def test_a_call_that_is_never_given_back_fails_the_deletion_within_the_hour(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call(
        "lambda", "UpdateAlias", error=KILLED, when="after", caller="SimpleDeployFunction"
    )
    world.faults.on_handler("GuardCallFunction", "throttle", times=FOREVER)
    simply(world, release_of(checkout, steps=2, interval=60))
    world.when_at(50, checkout)
    assert when_deleted(world) == STAYS
    assert "rollouts in one call: 1 may be under way" in reason(world)
    world.faults.clear()
    assert when_deleted(world, 9_000) == GONE
    then_whole(checkout, "1")


@long
@pytest.mark.proves("F131")
def test_what_somebody_starts_meanwhile_is_ended_too(world: World) -> None:
    checkout, late = world.given_function("checkout"), world.given_function("late")
    world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    begins(world)
    world.sandbox.run_for(30)
    execution = world.when_started(release_of(late, **STEPS))
    assert ends(world) == GONE
    then_whole(checkout, "1")
    then_whole(late, "1")
    assert not late.weights or told(world, execution)


@long
@pytest.mark.proves("F131")
def test_many_rollouts_are_ended_together(world: World) -> None:
    many = [world.given_function(f"f{at}", calls_per_second=1) for at in range(10)]
    for one in many:
        world.when_started(release_of(one, **STEPS))
    world.when_at(50, many[-1])
    began = world.sandbox.clock.now
    assert when_deleted(world) == GONE
    assert world.sandbox.clock.now - began < 240
    for one in many:
        then_whole(one, "1")


@long
@pytest.mark.proves("F138")
def test_a_stack_with_a_gate_is_answered_before_its_gate_is_gone(world: World) -> None:
    shop, checkout = given_shop(world)
    client = world.sandbox.client("cloudformation")
    client.update_stack(StackName=shop, TemplateBody=gated(world, checkout, "2"))
    world.when_at(10, checkout)
    assert when_deleted(world) == GONE
    stands = client.describe_stacks(StackName=shop)["Stacks"][0]["StackStatus"]
    assert stands.startswith("UPDATE_ROLLBACK")
    then_whole(checkout, "1", description="")


def gated(world: World, checkout: Released, version: str) -> str:
    named = {"FunctionName": checkout.name}
    token = world.stack.outputs["GateFunctionArn"]
    asked = {"ServiceToken": token, "AliasName": "live", "NewVersion": version, "Rollout": QUICK}
    of_it = {"FunctionVersion": {"Fn::GetAtt": ["Gate", "Version"]}, "Name": "live"}
    gate = {"Type": "Custom::LambdaCanary", "Properties": named | asked}
    alias = {"Type": "AWS::Lambda::Alias", "Properties": named | of_it}
    return json.dumps({"Resources": {"Gate": gate, "Alias": alias}})


def given_shop(world: World) -> tuple[str, Released]:
    checkout = world.given_function()
    world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    shop = f"{checkout.name}-stack"
    client = world.sandbox.client("cloudformation")
    client.create_stack(StackName=shop, TemplateBody=gated(world, checkout, "1"))
    world.when(lambda: checkout.now, 100)
    world.sandbox.run_for(5)
    checkout.seen.clear()
    return shop, checkout


@long
@pytest.mark.proves("F139")
def test_the_rollouts_of_a_machine_that_is_replaced_are_ended(world: World, tmp_path: Path) -> None:
    checkout, calm = world.given_function("checkout"), world.given_function("calm")
    execution = world.when_started(release_of(checkout, **STEPS))
    world.when_at(50, checkout)
    when_updated(world, PROJECT_TEMPLATE, LogLevel="DEBUG")
    assert world.status_of(execution) == "RUNNING"
    text = PROJECT_TEMPLATE.read_text(encoding="utf-8")
    renamed = text.replace(
        "  DeployStateMachine:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n",
        "  DeployStateMachine:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
        "      Name: !Sub DeployStateMachine-${AWS::StackName}\n",
    )
    assert renamed != text
    for folder in ("functions", "statemachine"):
        (tmp_path / folder).symlink_to(PROJECT_TEMPLATE.with_name(folder))
    (tmp_path / "template.yaml").write_text(renamed, encoding="utf-8")
    when_updated(world, tmp_path / "template.yaml", LogLevel="DEBUG")
    then_whole(checkout, "1")
    then_told(world, execution, checkout)
    began = world.when_started(release_of(calm, **STEPS))
    world.when_at(50, calm)
    assert world.status_of(began) == "RUNNING"


def when_updated(world: World, template: Path, **parameters: str) -> None:
    given = {"MacroName": "", **parameters}
    world.sandbox.cloudformation.update(world.stack, template, given)
    sweep(world.sandbox, world.stack, on=False)
