"""Rollouts in one call that are killed: GuardCall looks after them when they must be over."""

import json
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER, KILLED, When
from tests.long import parametrize
from tests.sandbox.given import policy
from tests.scenario.observed import Released
from tests.scenario.test_simple_deploy import Answer, told, when_simply_deployed
from tests.scenario.then import then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of

CALL = 900  # seconds that the function has, and that its note is held back
RETRY = 360


def given_a_death(world: World, skip: int, when: When = "after") -> None:
    """SimpleDeploy is killed in a write after so many others, before or after its effect."""
    world.faults.on_call(
        "lambda", "UpdateAlias", error=KILLED, skip=skip, when=when, caller="SimpleDeployFunction"
    )


def when_killed(world: World, *released: Released, **settings: Any) -> Answer:
    answer = when_simply_deployed(
        world, release_of(list(released), steps=2, interval=60, **settings)
    )
    assert answer.error[0] == "Runtime.ExitError"
    return answer


def when_its_note_is_read(world: World) -> None:
    """Wait until the note is read, which was sent a few seconds after the call began."""
    world.sandbox.run_for(CALL + 5)


def causes(world: World, released: Released) -> list[str]:
    """Return what every message of a bad end says of this function."""
    messages = [one for one in world.sandbox.inbox(world.topic) if released.name in one.body()]
    bodies = [json.loads(one.body()) for one in messages]
    return [body["cause"] for body in bodies if "cause" in body]


@pytest.mark.proves("F28")
@parametrize(("when", "skip"), [("after", 0), ("after", 1), ("before", 2)], short=1)
def test_a_killed_call_is_given_back_with_its_own_description_and_told(
    world: World, when: When, skip: int
) -> None:
    """At its first weight, at its last, and with the promotion decided and not begun."""
    checkout = world.given_function()
    given_a_death(world, skip, when)
    when_killed(world, checkout)
    assert checkout.now is not None
    assert checkout.now.weights
    assert told(world, checkout) == []
    when_its_note_is_read(world)
    then_whole(checkout, "1")
    [cause] = causes(world, checkout)
    assert "did not give its aliases back by itself" in cause
    assert f"live of {checkout.name} routes 100 % to version 1" in cause


@pytest.mark.proves("F30")
def test_a_promotion_half_done_is_undone_on_both(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    given_a_death(world, 4)
    when_killed(world, checkout, basket)
    then_whole(checkout, "2")
    when_its_note_is_read(world)
    then_whole(checkout, "1")
    then_whole(basket, "1")


@pytest.mark.proves("F31")
def test_an_alias_that_a_killed_promotion_had_created_is_deleted(world: World) -> None:
    checkout, new = world.given_function("checkout"), world.given_function("new")
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    given_a_death(world, 2, "before")
    when_killed(world, checkout, new)
    created = new.now
    assert created is not None
    when_its_note_is_read(world)
    assert new.now is None
    then_whole(checkout, "1")


@pytest.mark.proves("F32")
@parametrize("kind", ["promoted", "killed after the promotion", "rolled back"], short=1)
def test_what_is_whole_is_neither_touched_nor_told_of_again(world: World, kind: str) -> None:
    checkout = world.given_function(canary=BAD if kind == "rolled back" else HEALTHY)
    if kind == "killed after the promotion":
        given_a_death(world, 2)
    when_simply_deployed(world, release_of(checkout, steps=2, interval=60))
    seen, messages = list(checkout.seen), told(world, checkout)
    when_its_note_is_read(world)
    assert len(world.calls_of("GuardCallFunction", "GetAlias")) == 1
    assert checkout.seen == seen
    assert told(world, checkout) == messages
    then_whole(checkout, "1" if kind == "rolled back" else "2")


@pytest.mark.proves("F28")
def test_a_rollback_that_failed_is_made_good(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call(
        "lambda", "UpdateAlias", skip=1, times=FOREVER, caller="SimpleDeployFunction"
    )
    error, _ = when_simply_deployed(world, release_of(checkout, steps=2, interval=60)).error
    assert error == "RollbackFailed"
    when_its_note_is_read(world)
    then_whole(checkout, "1")
    assert len(causes(world, checkout)) == 2


@pytest.mark.proves("F32")
def test_what_somebody_changed_in_between_stays(world: World) -> None:
    checkout = world.given_function()
    given_a_death(world, 0)
    when_killed(world, checkout)
    world.functions.update_alias(
        FunctionName=checkout.name, Name="live", FunctionVersion="2", RoutingConfig={}
    )
    when_its_note_is_read(world)
    then_whole(checkout, "2")  # and the call's mark is gone
    assert causes(world, checkout) == []


@pytest.mark.proves("F34")
def test_what_cannot_be_given_back_is_told_once_and_tried_again(world: World) -> None:
    checkout = world.given_function()
    given_a_death(world, 0)
    world.faults.on_call(
        "lambda", "UpdateAlias", error="AccessDeniedException", times=2, caller="GuardCallFunction"
    )
    when_killed(world, checkout)
    when_its_note_is_read(world)
    world.sandbox.run_for(RETRY)
    [cause] = causes(world, checkout)
    assert "may still be weighted" in cause
    world.sandbox.run_for(RETRY)
    then_whole(checkout, "1")
    assert len(causes(world, checkout)) == 2


@pytest.mark.proves("F34")
def test_a_note_that_can_never_be_dealt_with_is_put_aside(world: World) -> None:
    checkout = world.given_function()
    given_a_death(world, 0)
    world.faults.on_handler("GuardCallFunction", "crash", times=FOREVER)
    when_killed(world, checkout)
    world.sandbox.run_for(CALL + 10 * RETRY + 5)
    url = world.stack.outputs["GuardQueueUrl"]
    sqs = world.sandbox.client("sqs")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    [aside] = [message for message in found if checkout.name in message["Body"]]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=aside["ReceiptHandle"])
    [member] = json.loads(aside["Body"])["members"]
    assert (member["function"], member["alias"]) == (checkout.name, "live")
    world.when_guard_asked({"function-name": checkout.name, "alias-name": "live"})


@pytest.mark.proves("F33")
def test_a_note_that_cannot_be_sent_keeps_the_rollout_from_beginning(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call("sqs", "SendMessage", error="AccessDenied", times=FOREVER)
    error, cause = when_simply_deployed(world, release_of(checkout, steps=2, interval=60)).error
    assert error == "InternalError"
    assert "SendMessage" in cause
    assert checkout.seen == []
    assert told(world, checkout) == ["FAILED"]


@pytest.mark.proves("A40")
def test_nobody_else_can_send_a_note(world: World) -> None:
    """Not even who may send to any queue: the queue's own policy denies it."""
    iam, queue = world.sandbox.client("iam"), world.stack.physical_id("CallQueue")
    role = world.stack.physical_id("GuardFunctionRole")
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=policy(allowed))
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    sqs = world.sandbox.client("sqs")
    try:
        with (
            world.sandbox.acting_as(arn),
            pytest.raises(sqs.exceptions.ClientError, match="explicit deny"),
        ):
            sqs.send_message(QueueUrl=queue, MessageBody="{}")
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="more")
