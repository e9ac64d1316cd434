"""Who is told what, and when: as much as the input wants, and nothing holds up a rollout."""

import json

import pytest

from tests.long import parametrize
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import BAD, HEALTHY, World


@parametrize(
    ("notify", "told"),
    [
        ("none", []),
        ("failures", []),
        ("outcome", ["SUCCEEDED"]),
        ("all", ["RUNNING", "RUNNING", "SUCCEEDED"]),
    ],
    short=1,
)
def test_a_promotion_is_told_as_the_input_wants(world: World, notify: str, told: list[str]) -> None:
    checkout = world.given_function(canary=HEALTHY)
    rollout = world.when_released(checkout, steps=3, interval=60, notify=notify)
    assert (rollout.status, rollout.told) == ("SUCCEEDED", told)


@parametrize(
    ("notify", "told"),
    [
        ("none", []),
        ("failures", ["FAILED"]),
        ("outcome", ["FAILED"]),
        ("all", ["FAILED"]),
    ],
    short=1,
)
def test_a_failure_is_told_as_the_input_wants(world: World, notify: str, told: list[str]) -> None:
    checkout = world.given_function(canary=BAD)
    rollout = world.when_released(checkout, steps=3, interval=60, notify=notify)
    assert (rollout.status, rollout.told) == ("FAILED", told)


@pytest.mark.parametrize(("notify", "told"), [("none", []), ("failures", ["FAILED"])])
def test_a_refusal_is_told_as_the_input_wants(world: World, notify: str, told: list[str]) -> None:
    rollout = world.when_ended(world.when_started({"function-name": "x", "notify": notify}))
    assert (rollout.error, rollout.told) == ("InvalidInput", told)


def test_a_message_reads_well_on_a_phone_in_mail_and_by_machine(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    rollout = world.when_released(checkout, steps=4, interval=60)
    (message,) = rollout.messages
    assert message.subject == f"Rolled back: {checkout.name} live (HealthCheckFailed)"
    mail = message.body("email")
    assert mail.startswith(f"HealthCheckFailed: judge: {checkout.name}:live: ")
    assert f"Now: live of {checkout.name} routes 100 % to version 1." in mail
    assert mail.endswith(f"Execution: {rollout.arn}")
    told = json.loads(message.body("sqs"))
    result = told.pop("result")
    assert told == {
        "status": "FAILED",
        "execution": rollout.arn,
        "error": "HealthCheckFailed",
        "cause": rollout.cause,
    }
    judged = result["checks"][0]
    assert (judged["check"], judged["outcome"], judged["alpha"]) == ("judge", "fail", 0.01)
    assert judged["evidence"][0]["evidence"] >= 2
    assert {name: attribute.value for name, attribute in message.attributes.items()} == {
        "status": "FAILED",
        "function": checkout.name,
        "alias": "live",
    }


def test_a_weight_is_told_with_its_checks(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, steps=2, interval=60, notify="all")
    first, _ = rollout.messages
    assert first.subject == f"Checks passed at 50 % (weight 1 of 2): {checkout.name} live"
    body = json.loads(first.body())
    assert [check["outcome"] for check in body["checks"]] == ["pass", "pass"]


def test_subscribers_get_what_they_filter_for(world: World) -> None:
    """A queue that wants failures only, and only of one function."""
    checkout, basket = world.given_function("checkout", BAD), world.given_function("basket")
    queue = world.sandbox.client("sqs").create_queue(QueueName="failures")["QueueUrl"]
    world.sandbox.client("sns").subscribe(
        TopicArn=world.topic,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-east-1:123456789012:failures",
        Attributes={
            "FilterPolicy": json.dumps({"status": ["FAILED"], "function": [checkout.name]})
        },
    )
    then_promoted(world.when_released(basket, steps=2), basket, [50, 100])
    then_refused(world.when_released(basket, new_version="9"))
    group = world.when_released([basket, checkout], new_version="2", steps=2)
    then_rolled_back(group, checkout, [50])
    received = world.sandbox.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    (letter,) = received["Messages"]
    assert json.loads(json.loads(letter["Body"])["Message"])["execution"] == group.arn
