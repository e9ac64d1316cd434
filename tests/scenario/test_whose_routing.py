"""Routing is versions and weights: what else somebody changes of an alias stops no rollout."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from tests.long import parametrize
from tests.scenario.observed import Released, Rollout
from tests.scenario.test_emergencies import given_no_function_runs
from tests.scenario.then import (
    then_failure_is_told,
    then_left,
    then_promoted,
    then_whole,
)
from tests.scenario.world import BAD, DESCRIPTION, HEALTHY, World, release_of, sweep

SWEEP = 300
Change = Callable[[World, Released], str]  # which returns the description that is to stay


def a_permission(world: World, released: Released) -> str:
    world.functions.add_permission(
        FunctionName=released.name,
        Qualifier=released.alias,
        StatementId=f"trigger-{len(released.seen)}",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    return DESCRIPTION


def a_description(world: World, released: Released) -> str:
    world.functions.update_alias(
        FunctionName=released.name, Name=released.alias, Description="ours, says Terraform"
    )
    return "ours, says Terraform"


def the_old_description(world: World, released: Released) -> str:
    world.functions.update_alias(
        FunctionName=released.name, Name=released.alias, Description=DESCRIPTION
    )
    return DESCRIPTION


def no_description(world: World, released: Released) -> str:
    world.functions.update_alias(FunctionName=released.name, Name=released.alias, Description="")
    return ""


CHANGES = [a_permission, the_old_description, a_description, no_description]
changes = parametrize("change", CHANGES, short=3, ids=lambda change: change.__name__)


@pytest.fixture(params=[True, False], ids=["a new revision", "the same revision"])
def revisions(request: pytest.FixtureRequest, world: World) -> Iterator[None]:
    """Let a permission on an alias move its RevisionId or not: AWS has done both."""
    world.sandbox.permissions.move_revisions = request.param
    yield
    world.sandbox.permissions.move_revisions = True


@pytest.mark.proves("F49")
@changes
@pytest.mark.usefixtures("revisions")
def test_a_healthy_version_is_promoted_with_what_somebody_changed(
    world: World, change: Change
) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=60))
    world.when_at(50, checkout)
    change(world, checkout)
    world.when_at(100, checkout)
    kept = change(world, checkout)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("SUCCEEDED", None)
    assert [shift["weight"] for shift in rollout.output["weights"]] == [50, 100]
    then_whole(checkout, "2", description=kept)


@pytest.mark.proves("F50")
@changes
@pytest.mark.usefixtures("revisions")
def test_a_bad_version_is_rolled_back_whatever_else_somebody_changed(
    world: World, change: Change
) -> None:
    checkout = world.given_function(canary=BAD)
    settings: dict[str, Any] = {"type": "canary", "first-weight": 25, "interval": 600}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(25, checkout)
    kept = change(world, checkout)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    then_whole(checkout, "1", description=kept)
    then_failure_is_told(rollout)
    assert str(rollout.messages[-1].subject).startswith("Rolled back: ")


@pytest.mark.proves("F50")
@changes
def test_an_ordered_rollback_gives_it_back(world: World, change: Change) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=600))
    world.when_at(50, checkout)
    kept = change(world, checkout)
    world.when_ordered("roll-back", checkout)
    rollout = world.when_ended(execution)
    assert rollout.error == "RolledBackByOperator"
    then_whole(checkout, "1", description=kept)


@pytest.mark.proves("F50")
@changes
@pytest.mark.parametrize("event", ["told", "lost"])
def test_the_guard_gives_it_back_after_a_stop(world: World, change: Change, event: str) -> None:
    """The change is younger than the last health check: only the routing is known to be ours."""
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=600))
    world.when_at(50, checkout)
    if event == "lost":
        sweep(world.sandbox, world.stack, on=True)
        detail = {"executionArn": execution, "status": "ABORTED"}
        world.faults.on_event("lost", detail=detail)
    kept = change(world, checkout)
    world.when_stopped(execution)
    world.sandbox.run_for(SWEEP + 5)
    sweep(world.sandbox, world.stack, on=False)
    then_whole(checkout, "1", description=kept)


@pytest.mark.proves("F50")
@changes
def test_step_functions_gives_it_back_without_any_function(world: World, change: Change) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=4, interval=60))
    world.when_at(50, basket)
    given_no_function_runs(world)
    kept = change(world, checkout)
    rollout = world.when_ended(execution)
    assert rollout.error == "InternalError"
    then_whole(checkout, "1", description=kept)
    then_whole(basket, "1")


@changes
def test_a_rollout_in_one_call_goes_on_too(world: World, change: Change) -> None:
    checkout = world.given_function(canary=BAD)
    world.functions.invoke(
        FunctionName=world.stack.outputs["SimpleDeployFunctionName"],
        InvocationType="Event",
        Payload=world.payload(release_of(checkout, steps=2, interval=240)),
    )
    world.when_at(50, checkout)
    kept = change(world, checkout)
    world.sandbox.run_for(900)
    assert checkout.weights[:1] == [50]
    then_whole(checkout, "1", description=kept)


FOREIGN: dict[str, dict[str, Any]] = {
    "weight": {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.9}}},
    "version": {"RoutingConfig": {"AdditionalVersionWeights": {"3": 0.5}}},
    "promoted": {"FunctionVersion": "3", "RoutingConfig": {"AdditionalVersionWeights": {}}},
}
foreign = parametrize("routing", FOREIGN.values(), short=2, ids=FOREIGN.keys())


@pytest.mark.proves("F39")
@foreign
def test_step_functions_leaves_foreign_routing_where_a_shift_was_in_flight(
    world: World, routing: dict[str, Any]
) -> None:
    """Under our mark, too, and while our next weight may just have been written."""
    checkout = world.given_function(versions=[HEALTHY] * 3)
    execution = world.when_started(release_of(checkout, steps=4, interval=60))
    world.when_at(25, checkout)
    world.faults.on_handler("ShiftWeightFunction", "crash", times=FOREVER)
    world.faults.on_handler("RollBackFunction", "crash", times=FOREVER)
    world.when(lambda: "ShiftWeight" in _last_states(world, execution))
    world.functions.update_alias(FunctionName=checkout.name, Name="live", **routing)
    theirs = checkout.now
    rollout = world.when_ended(execution)
    assert "RollBackDirectly" in rollout.states
    then_left(checkout, theirs, execution)
    assert theirs
    stays = "2" in theirs.weights
    assert rollout.error == ("RollbackFailed" if stays else "InternalError")
    assert str(rollout.messages[-1].subject).startswith("NOT rolled back") is stays


def _last_states(world: World, execution: str) -> list[str]:
    """Return the states entered since the last health check."""
    events = world.sandbox.client("stepfunctions").get_execution_history(
        executionArn=execution, reverseOrder=True, maxResults=30
    )["events"]
    names = [
        one["stateEnteredEventDetails"]["name"]
        for one in events
        if "stateEnteredEventDetails" in one
    ]
    return names[: names.index("CheckHealth")] if "CheckHealth" in names else []


@pytest.mark.proves("F38")
@foreign
def test_foreign_routing_ends_the_rollout_at_the_next_check(
    world: World, routing: dict[str, Any]
) -> None:
    checkout = world.given_function(versions=[HEALTHY] * 3)
    execution = world.when_started(release_of(checkout, steps=2, interval=1800))
    world.when_at(50, checkout)
    world.functions.update_alias(FunctionName=checkout.name, Name="live", **routing)
    theirs, since = checkout.now, world.sandbox.clock.now
    rollout = world.when_ended(execution)
    assert rollout.error == "AliasChanged"
    assert world.sandbox.clock.now - since < 90
    then_left(checkout, theirs, execution)


@pytest.mark.proves("F38")
def test_a_rollback_by_hand_ends_the_rollout_at_the_next_check(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=1800))
    world.when_at(50, checkout)
    world.functions.update_alias(FunctionName=checkout.name, Name="live", RoutingConfig={})
    since = world.sandbox.clock.now
    rollout = world.when_ended(execution)
    assert rollout.error == "AliasChanged"
    assert world.sandbox.clock.now - since < 90
    then_whole(checkout, "1")


@pytest.mark.proves("F53")
def test_a_member_that_is_at_the_new_version_already_is_read_again(world: World) -> None:
    there, basket = world.given_function("there"), world.given_function("basket")
    world.functions.update_alias(FunctionName=there.name, Name="live", FunctionVersion="2")
    execution = world.when_started(release_of([there, basket], steps=2, interval=300))
    world.when_at(50, basket)
    world.functions.update_alias(FunctionName=there.name, Name="live", FunctionVersion="1")
    rollout = world.when_ended(execution)
    assert rollout.error == "AliasChanged"
    assert f"live of {there.name} was changed by somebody else" in rollout.cause
    then_whole(there, "1")
    then_whole(basket, "1")


def test_each_health_check_reads_each_alias_once(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    rollout = world.when_released([checkout, basket], steps=2, interval=120)
    assert rollout.status == "SUCCEEDED"
    reads = world.calls_of("CheckHealthFunction", "GetAlias")
    assert len(reads) == 2 * rollout.states.count("CheckHealth")


def test_aliases_that_cannot_be_read_do_not_end_a_healthy_rollout(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call(
        "lambda",
        "GetAlias",
        error="AccessDeniedException",
        times=FOREVER,
        caller="CheckHealthFunction",
    )
    then_promoted(world.when_released(checkout, steps=2, interval=120), checkout, [50, 100])


@pytest.mark.proves("F52")
@pytest.mark.usefixtures("sweeping")
def test_a_persons_later_weights_are_not_ours(world: World) -> None:
    """Somebody gives the stopped version another try, by hand and at the very same weight."""
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=600))
    world.when_at(50, checkout)
    world.when_stopped(execution)
    world.sandbox.run_for(2 * SWEEP + 30)
    then_whole(checkout, "1")
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    world.functions.update_alias(FunctionName=checkout.name, Name="live", RoutingConfig=weights)
    theirs = checkout.now
    world.sandbox.run_for(2 * SWEEP)
    assert checkout.now == theirs


@pytest.mark.proves("F52")
@pytest.mark.parametrize("how", ["promoted", "created", "rolled back"])
@pytest.mark.usefixtures("sweeping")
def test_our_mark_is_nowhere_when_a_rollout_is_over(world: World, how: str) -> None:
    """So weights that a person sets later are refused as a person's, not as a leftover."""
    checkout = world.given_function(canary=BAD if how == "rolled back" else HEALTHY)
    if how == "created":
        world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    first = world.when_released(checkout, steps=2, interval=60)
    assert checkout.now
    assert checkout.now.description != first.arn
    weights = {"AdditionalVersionWeights": {"1" if checkout.now.version == "2" else "2": 0.5}}
    world.functions.update_alias(FunctionName=checkout.name, Name="live", RoutingConfig=weights)
    theirs = checkout.now
    asked = {"function-name": checkout.name, "alias-name": "live"}
    assert world.when_guard_asked(asked)["changed"] is False
    refused = world.when_released(checkout, steps=2, interval=60)
    assert refused.error == "PreflightFailed"
    assert "the guard" not in refused.cause
    world.sandbox.run_for(SWEEP + 5)
    assert checkout.now == theirs


def test_the_guard_leaves_a_persons_weights_under_a_dead_rollouts_mark(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=600))
    world.when_at(50, checkout)
    weights = {"AdditionalVersionWeights": {"2": 0.07}}
    world.functions.update_alias(FunctionName=checkout.name, Name="live", RoutingConfig=weights)
    theirs = checkout.now
    world.when_stopped(execution)
    world.sandbox.run_for(SWEEP + 5)
    then_left(checkout, theirs, execution)
    assert world.told_of(execution) == []


@pytest.mark.proves("F51")
def test_an_alias_that_stays_weighted_on_a_bad_version_is_said_and_rings(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    settings: dict[str, Any] = {"type": "canary", "first-weight": 50, "interval": 600}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(50, checkout)
    world.sandbox.run_for(115)
    weights = {"AdditionalVersionWeights": {"2": 0.6}}
    world.functions.update_alias(FunctionName=checkout.name, Name="live", RoutingConfig=weights)
    theirs = checkout.now
    rollout = world.when_ended(execution)
    then_not_rolled_back(world, rollout)
    then_left(checkout, theirs, execution)


def then_not_rolled_back(world: World, rollout: Rollout) -> None:
    assert (rollout.status, rollout.error) == ("FAILED", "RollbackFailed"), rollout.cause
    assert "HealthCheckFailed: " in rollout.cause
    assert "as somebody else left it" in rollout.cause
    then_failure_is_told(rollout)
    assert str(rollout.messages[-1].subject).startswith("NOT rolled back, needs you: ")
    world.sandbox.run_for(120)
    alarms = world.cloudwatch.describe_alarms()["MetricAlarms"]
    ringing = [one["AlarmName"] for one in alarms if one["StateValue"] == "ALARM"]
    assert any("RollbackFailed" in name for name in ringing), ringing


@pytest.mark.proves("F43")
def test_a_version_deleted_under_way_is_named(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    world.faults.on_handler("ShiftWeightFunction", "throttle", times=3)
    execution = world.when_started(release_of([basket, checkout], steps=2, interval=60))
    world.sandbox.run_for(0.5)
    world.functions.delete_function(FunctionName=checkout.name, Qualifier="2")
    rollout = world.when_ended(execution)
    assert rollout.error == "InternalError"
    assert f"2 of {checkout.name} was deleted during the rollout" in rollout.cause
    assert "somebody else" not in rollout.cause
    then_whole(checkout, "1")
    then_whole(basket, "1")
