"""Event source mappings of queues: when Lambda calls, with what, and what becomes of messages."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.kernel.faults import FOREVER
from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import Answer, behave
from tests.sandbox import given

DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
POLL = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
ROLE = {"Effect": "Allow", "Action": POLL, "Resource": ORDERS}


class Shop:
    """A function with a queue `orders`, whose messages go to `dead` after two tries."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.began = sandbox, sandbox.clock.now
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.failures = 0.0
        self.sqs, self.functions = sandbox.client("sqs"), sandbox.client("lambda")
        self.sqs.create_queue(QueueName="dead")
        redrive = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 2})
        self.url = self.sqs.create_queue(
            QueueName="orders", Attributes={"VisibilityTimeout": "30", "RedrivePolicy": redrive}
        )["QueueUrl"]
        given.function(sandbox, "shop", "")
        behave("shop", self)

    def answer(self, version: str, event: bytes, now: float) -> Answer:  # noqa: ARG002
        self.events.append((int(now - self.began), json.loads(event)))
        self.failures -= 1
        return Answer(b"{}", error=self.failures >= 0, milliseconds=0)

    def map(self, **settings: Any) -> str:
        made = self.functions.create_event_source_mapping(
            EventSourceArn=ORDERS, FunctionName="shop", **settings
        )
        uuid: str = made["UUID"]
        return uuid

    def send(self, body: str = "one", **how: Any) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **how)

    @property
    def times(self) -> list[int]:
        return [at for at, _ in self.events]

    @property
    def bodies(self) -> list[list[str]]:
        return [[record["body"] for record in event["Records"]] for _, event in self.events]

    def left(self, queue: str = ORDERS) -> list[str]:
        return [message.body for message in self.sandbox.queue(queue)]


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    given.role(sandbox, "role", ROLE)
    return Shop(sandbox)


@pytest.mark.proves("S46")
def test_a_message_is_brought_when_its_delay_is_over_and_then_deleted(shop: Shop) -> None:
    shop.map(BatchSize=1)
    shop.send(DelaySeconds=900)
    shop.sandbox.run_for(899)
    assert shop.events == []
    shop.sandbox.run_for(3_600)
    assert shop.times == [900]
    assert shop.left() == []


def test_a_record_is_as_documented(shop: Shop) -> None:
    shop.map()
    kind = {"kind": {"DataType": "String", "StringValue": "express"}}
    shop.send(MessageAttributes=kind)
    shop.sandbox.run_for(1)
    [(_, event)] = shop.events
    [record] = event["Records"]
    attributes = record.pop("attributes")
    assert attributes["ApproximateReceiveCount"] == "1"
    assert {"SenderId", "SentTimestamp", "ApproximateFirstReceiveTimestamp"} < attributes.keys()
    assert record.pop("messageId")
    assert record.pop("receiptHandle")
    assert record == {
        "body": "one",
        "messageAttributes": {"kind": {"dataType": "String", "stringValue": "express"}},
        "md5OfBody": "f97c5d29941bfb1b2fdab0874906ab82",
        "eventSource": "aws:sqs",
        "eventSourceARN": ORDERS,
        "awsRegion": "us-east-1",
    }


def test_what_fails_comes_back_after_the_visibility_timeout(shop: Shop) -> None:
    shop.map(BatchSize=1)
    shop.failures = 1
    shop.send()
    shop.sandbox.run_for(300)
    assert shop.times == [0, 30]
    records = [event["Records"][0] for _, event in shop.events]
    assert [one["attributes"]["ApproximateReceiveCount"] for one in records] == ["1", "2"]
    assert shop.left() == []


@pytest.mark.proves("S46")
def test_what_fails_too_often_is_put_aside(shop: Shop) -> None:
    shop.map(BatchSize=1)
    shop.failures = FOREVER
    shop.send()
    shop.sandbox.run_for(300)
    assert shop.times == [0, 30]
    assert (shop.left(), shop.left(DEAD)) == ([], ["one"])


def test_a_throttled_function_gets_its_message_later(shop: Shop) -> None:
    shop.map(BatchSize=1)
    shop.sandbox.faults.on_handler("shop", "throttle")
    shop.send()
    shop.sandbox.run_for(60)
    assert shop.times == [30]


def test_messages_come_in_batches_of_what_is_there(shop: Shop) -> None:
    for body in ("one", "two", "three"):
        shop.send(body)
    shop.map(BatchSize=2)
    shop.sandbox.run_for(10)
    assert shop.bodies == [["one", "two"], ["three"]]


def test_a_mapping_that_is_disabled_or_deleted_leaves_messages_alone(shop: Shop) -> None:
    uuid = shop.map(Enabled=False)
    shop.send()
    shop.sandbox.run_for(60)
    assert shop.events == []
    shop.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    shop.sandbox.run_for(1)
    assert shop.bodies == [["one"]]
    shop.functions.delete_event_source_mapping(UUID=uuid)
    shop.send("two")
    shop.sandbox.run_for(60)
    assert shop.left() == ["two"]


@pytest.mark.proves("S46")
@pytest.mark.parametrize("missing", POLL)
def test_the_functions_role_must_allow_the_polling(shop: Shop, missing: str) -> None:
    allowed = {**ROLE, "Action": [action for action in POLL if action != missing]}
    iam = shop.sandbox.client("iam")
    name = missing.partition(":")[2]

    def may(statement: dict[str, Any]) -> None:
        iam.put_role_policy(
            RoleName="role", PolicyName="may", PolicyDocument=given.policy(statement)
        )

    may(allowed)
    with pytest.raises(ClientError, match=f"permissions to call {name} on SQS"):
        shop.map()
    may(ROLE)
    shop.map()
    may({**ROLE, "Action": POLL[:1]})  # taken away later: nothing is polled for
    shop.send()
    shop.sandbox.run_for(600)
    assert shop.events == []
    may(ROLE)
    shop.sandbox.run_for(60)
    assert shop.bodies == [["one"]]


def test_a_queue_that_shows_messages_again_too_early_is_refused(shop: Shop) -> None:
    shop.functions.update_function_configuration(FunctionName="shop", Timeout=31)
    with pytest.raises(ClientError, match="visibility timeout: 30 seconds is less than Function"):
        shop.map()


def test_a_mapping_can_go_over_to_another_function(shop: Shop) -> None:
    given.function(shop.sandbox, "other", "def handler(event, context):\n    print('taken')")
    uuid = shop.map()
    shop.functions.update_event_source_mapping(UUID=uuid, FunctionName="other")
    shop.send()
    shop.sandbox.run_for(1)
    assert (shop.events, shop.left()) == ([], [])
    assert "taken" in shop.sandbox.logs("other")


def test_an_empty_queue_costs_nothing(shop: Shop) -> None:
    shop.map()
    shop.send()
    shop.sandbox.run_for(60)
    calls: list[object] = []
    shop.sandbox.signals.called.append(calls.append)
    shop.sandbox.run_for(30 * 86_400)
    assert calls == []


@pytest.mark.parametrize("more", [{"MaximumBatchingWindowInSeconds": 5}, {"BatchSize": 100}])
def test_what_is_not_modelled_is_refused_by_name(shop: Shop, more: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError, match="event source mappings with more than"):
        shop.map(**more)
