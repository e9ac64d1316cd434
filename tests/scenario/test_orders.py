"""Which orders count, in whatever words and parameter they are written, and how others learn."""

import re

import pytest

from sandbox.kernel.faults import FOREVER
from tests.scenario.test_steering import when_run
from tests.scenario.then import then_promoted, then_rolled_back
from tests.scenario.world import HEALTHY, World, release_of

SETTINGS = {"type": "custom", "weights": [10, 50, 100], "interval": 120}
MINUTE = 60


@pytest.mark.proves("F60")
def test_a_roll_back_stands_whatever_is_ordered_after_it(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, approvals=[50], **SETTINGS))
    world.when_at(50, checkout)
    world.sandbox.run_for(5 * MINUTE)
    world.when_ordered("roll-back", checkout)
    world.sandbox.run_for(20)
    world.when_approved(execution, checkout)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10, 50], error="RolledBackByOperator")


def test_every_order_between_two_health_checks_counts(world: World) -> None:
    checkout = world.given_function()
    settings = {**SETTINGS, "interval": 600, "check_interval": 300}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(10, checkout)
    for order in ("pause", "promote", "pause", "resume", "promote"):
        world.when_ordered(order, checkout)
        world.sandbox.run_for(1)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 100])
    assert [one["order"] for one in rollout.output["orders"]] == [
        "pause",
        "promote",
        "pause",
        "resume",
        "promote",
    ]


def test_an_order_costs_one_call_more_than_none(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    for order in ("pause", "resume"):
        world.when_ordered(order, checkout)
    rollout = world.when_ended(execution)
    made = [call.operation for call in world.calls if call.service == "ssm"]
    asked = [name for name in made if name != "PutParameter"]
    assert asked.count("GetParameters") == rollout.states.count("CheckHealth")
    assert asked.count("GetParameterHistory") == 1


@pytest.mark.parametrize("word", ["rollback", "Roll Back", "abort!", "cancel"])
def test_other_words_for_roll_back_roll_back(world: World, word: str) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    world.when_ordered(word, checkout)
    then_rolled_back(world.when_ended(execution), checkout, [10], error="RolledBackByOperator")


def test_continue_ends_a_pause(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    world.when_ordered("hold", checkout)
    world.sandbox.run_for(20 * MINUTE)
    assert checkout.weights == [10]
    world.when_ordered("continue", checkout)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert [one["order"] for one in rollout.output["orders"]] == ["pause", "resume"]


@pytest.mark.proves("A33", "F61")
def test_an_order_that_nobody_knows_is_answered_at_once_with_what_was_meant(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **{**SETTINGS, "interval": 600}))
    world.when_at(10, checkout)
    world.when_ordered("rolback!", checkout)
    world.sandbox.run_for(MINUTE + 1)
    [told] = world.told_of(execution)
    assert (told.subject or "").startswith("Order not obeyed: ")
    when_run(world, command_in(told.body("email")))
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10], error="RolledBackByOperator")
    logs = world.sandbox.logs(world.stack.physical_id("CheckHealthFunction"))
    assert len([line for line in logs if "order not obeyed" in line and execution in line]) == 1


def test_an_order_that_nobody_knows_is_in_the_result_as_ignored(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    world.when_ordered("faster", checkout)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 50, 100])
    [order] = rollout.output["orders"]
    assert (order["order"], order["ignored"]) == ("faster", True)
    assert rollout.told == ["RUNNING", "SUCCEEDED"]


def test_an_answer_that_cannot_be_sent_holds_nothing_up(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call("sns", "Publish", error="AuthorizationError", times=1)
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    world.when_ordered("faster", checkout)
    then_promoted(world.when_ended(execution), checkout, [10, 50, 100])


@pytest.mark.proves("A37")
@pytest.mark.parametrize("at", [0, 1, 11], ids=["first", "second", "twelfth"])
def test_a_group_is_steered_by_any_of_its_functions(world: World, at: int) -> None:
    group = [world.given_function(f"of-group-{number}") for number in range(12)]
    execution = world.when_started(release_of(group, **SETTINGS))
    world.when_at(10, group[-1])
    world.when_ordered("roll-back", group[at])
    rollout = world.when_ended(execution)
    for one in (group[0], group[-1]):
        then_rolled_back(rollout, one, [10], error="RolledBackByOperator")


def test_of_orders_for_two_functions_of_a_group_both_count(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], **SETTINGS))
    world.when_at(10, basket)
    world.when_ordered("pause", basket)
    world.sandbox.run_for(1)
    world.when_ordered("promote", checkout)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 100])
    assert [one["order"] for one in rollout.output["orders"]] == ["pause", "promote"]


@pytest.mark.proves("F62")
def test_orders_that_can_never_be_read_roll_back(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call("ssm", "GetParameters", error="AccessDeniedException", times=FOREVER)
    rollout = world.when_released(checkout, **SETTINGS)
    then_rolled_back(rollout, checkout, [10])
    assert rollout.cause.startswith("orders: could not be made 3 times in a row; last: orders not")


def test_an_order_that_cannot_be_read_twice_is_obeyed_the_third_time(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, **{**SETTINGS, "interval": 600}))
    world.when_at(10, checkout)
    world.when_ordered("pause", checkout)
    world.sandbox.run_for(1)
    world.when_ordered("roll-back", checkout)
    world.faults.on_call("ssm", "GetParameterHistory", error="AccessDeniedException", times=2)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10], error="RolledBackByOperator")


@pytest.mark.proves("F63")
def test_the_command_of_an_old_approval_approves_no_other_rollout(world: World) -> None:
    checkout = world.given_function()
    settings = {**SETTINGS, "approvals": [50], "approval_timeout": 1_200}
    old = world.when_started(release_of(checkout, **settings))
    world.when_at(50, checkout)
    world.sandbox.run_for(5 * MINUTE)
    command = command_in(world.told_of(old)[0].body("email"))
    world.when_ordered("roll-back", checkout)
    then_rolled_back(world.when_ended(old), checkout, [10, 50], error="RolledBackByOperator")
    checkout.seen.clear()

    new = world.when_started(release_of(checkout, **settings))
    world.when_at(50, checkout)
    world.sandbox.run_for(5 * MINUTE)
    when_run(world, command)
    rollout = world.when_ended(new)
    then_rolled_back(rollout, checkout, [10, 50], error="ApprovalTimedOut")
    answer = world.told_of(new)[1]
    assert (answer.subject or "").startswith("Order not obeyed: ")
    assert f"this one is {new.rpartition(':')[2]}" in answer.body("email")


def test_an_approval_that_names_no_rollout_is_answered_with_the_one_that_does(
    world: World,
) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, approvals=[50], **SETTINGS))
    world.when_at(50, checkout)
    world.sandbox.run_for(5 * MINUTE)
    world.when_ordered("approve", checkout)
    world.sandbox.run_for(20 * MINUTE)
    assert checkout.weights == [10, 50]
    when_run(world, command_in(world.told_of(execution)[1].body("email")))
    then_promoted(world.when_ended(execution), checkout, [10, 50, 100])


def test_an_approval_at_a_weight_that_wants_none_is_answered(world: World) -> None:
    checkout = world.given_function()
    settings = {**SETTINGS, "approvals": [50], "approval_timeout": 600}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(10, checkout)
    world.when_approved(execution, checkout)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10, 50], error="ApprovalTimedOut")
    answer = world.told_of(execution)[0].body("email")
    assert "nothing waits for approval at 10 %; weights that do: 50 %" in answer


@pytest.mark.proves("F64")
@pytest.mark.parametrize("order", ["approve", "promote"])
def test_a_person_ends_a_hold_by_the_very_command_of_its_message(world: World, order: str) -> None:
    quiet = world.given_function(calls_per_second=0)
    settings = {**SETTINGS, "max_hold": 86_400, "on_insufficient_data": "roll-back"}
    execution = world.when_started(release_of(quiet, **settings))
    world.when_at(10, quiet)
    world.sandbox.run_for(30 * MINUTE)
    assert quiet.weights == [10]
    [told] = world.told_of(execution)
    assert (told.subject or "").startswith("On hold at 10 % (weight 1 of 3), too little is known: ")
    assert told.attributes["status"].value == "RUNNING"
    began = world.sandbox.clock.now
    when_run(world, command_in(told.body("email"), order))
    if order == "promote":
        rollout = world.when_ended(execution)
        then_promoted(rollout, quiet, [10, 100])
        assert rollout.output["unproven"] is True
        assert world.sandbox.clock.now - began < 10 * MINUTE
        return
    world.when_at(50, quiet)
    assert world.sandbox.clock.now - began <= MINUTE + 5
    world.sandbox.run_for(30 * MINUTE)
    assert quiet.weights == [10, 50]
    assert len(world.told_of(execution)) == 2
    world.when_ordered("roll-back", quiet)
    then_rolled_back(world.when_ended(execution), quiet, [10, 50], "RolledBackByOperator")


def test_a_promotion_in_a_hold_promotes_nothing_that_fails_at_100_percent(world: World) -> None:
    quiet = world.given_function(calls_per_second=0)
    fails_at_100 = """
def handler(event, context):
    return {"status": "fail" if event["weight"] == 100 else "pass", "reason": "looked"}
"""
    asked = {"type": "function", "function": world.given_code("asked", fails_at_100)}
    settings = {**SETTINGS, "max_hold": 86_400, "checks": [asked]}
    execution = world.when_started(release_of(quiet, **settings))
    world.when_at(10, quiet)
    world.sandbox.run_for(30 * MINUTE)
    world.when_ordered("promote", quiet)
    then_rolled_back(world.when_ended(execution), quiet, [10, 100])


def test_a_hold_that_ends_by_itself_soon_is_not_told(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY, calls_per_second=20)
    rollout = world.when_released(checkout, **{**SETTINGS, "interval": 30})
    then_promoted(rollout, checkout, [10, 50, 100])
    assert rollout.told == ["SUCCEEDED"]


def command_in(text: str, order: str = "") -> str:
    """Return the first command in the text of a message that gives this order."""
    found = re.findall(rf"^  (aws ssm put-parameter .*{order}.*)$", text, re.MULTILINE)
    return str(found[0])
