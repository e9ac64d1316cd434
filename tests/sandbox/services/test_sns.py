"""SNS: what is refused, who gets what, and what one can read afterwards."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import Answer, behave
from sandbox.traffic import create_function
from tests.sandbox import given


@pytest.fixture
def topic(sandbox: Sandbox) -> str:
    arn: str = sandbox.client("sns").create_topic(Name="releases")["TopicArn"]
    return arn


def subscribe(sandbox: Sandbox, topic: str, protocol: str, endpoint: str, **attributes: Any) -> str:
    answer = sandbox.client("sns").subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes
    )
    return str(answer["SubscriptionArn"])


def publish(sandbox: Sandbox, topic: str, message: str = "all is well", **more: Any) -> str:
    answer = sandbox.client("sns").publish(TopicArn=topic, Message=message, **more)
    return str(answer["MessageId"])


def text(value: str, kind: str = "String") -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


def queue_of(sandbox: Sandbox, name: str = "watchers") -> tuple[str, Callable[[], list[str]]]:
    sqs = sandbox.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])

    def receive() -> list[str]:
        return [m["Body"] for m in sqs.receive_message(QueueUrl=url).get("Messages", [])]

    return arn["Attributes"]["QueueArn"], receive


def test_the_inbox_holds_every_message_in_order(sandbox: Sandbox, topic: str) -> None:
    first = publish(sandbox, topic, "one", Subject="First", MessageAttributes={"a": text("b")})
    sandbox.run_for(60)
    publish(sandbox, topic, "two")
    one, two = sandbox.inbox(topic)
    assert (one.id, one.subject, one.body(), two.body()) == (first, "First", "one", "two")
    assert one.attributes["a"].value == "b"
    assert 60 <= two.at - one.at < 61
    assert sandbox.inbox(topic + "-other") == []


def test_each_protocol_gets_its_own_text(sandbox: Sandbox, topic: str) -> None:
    bodies = {"default": "{}", "email": "Dear all"}
    publish(sandbox, topic, json.dumps(bodies), MessageStructure="json")
    (message,) = sandbox.inbox(topic)
    assert (message.body(), message.body("email"), message.body("sqs")) == ("{}", "Dear all", "{}")


@pytest.mark.parametrize(
    "subject", ["x" * 101, "", "two\nlines", "naïve", " leading", "bell\a"], ids=ascii
)
def test_subjects_that_aws_refuses(sandbox: Sandbox, topic: str, subject: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameter"):
        publish(sandbox, topic, Subject=subject)
    assert sandbox.inbox(topic) == []


def test_a_subject_may_have_100_characters(sandbox: Sandbox, topic: str) -> None:
    publish(sandbox, topic, Subject="x" * 100)


@pytest.mark.proves("S43")
@pytest.mark.parametrize(
    ("message", "structure"),
    [
        ("", None),
        ("é" * 131_073, None),
        ("not json", "json"),
        ('["default"]', "json"),
        ('{"email": "no default"}', "json"),
        ('{"default": {"not": "text"}}', "json"),
        ("text", "xml"),
    ],
    ids=["empty", "bytes", "no json", "no object", "no default", "no text", "structure"],
)
def test_messages_that_aws_refuses(
    sandbox: Sandbox, topic: str, message: str, structure: str | None
) -> None:
    more = {"MessageStructure": structure} if structure else {}
    with pytest.raises(ClientError, match="InvalidParameter"):
        publish(sandbox, topic, message, **more)


def test_a_message_may_have_262144_bytes(sandbox: Sandbox, topic: str) -> None:
    publish(sandbox, topic, "é" * 131_072)


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("status", text("x", "Text")),
        ("status", text("x", "Number")),
        ("status", text("not json", "String.Array")),
        ("status", text('{"no": "list"}', "String.Array")),
        ("AWS.status", text("x")),
        ("sta tus", text("x")),
    ],
)
def test_attributes_that_aws_refuses(
    sandbox: Sandbox, topic: str, name: str, attribute: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="InvalidParameter"):
        publish(sandbox, topic, MessageAttributes={name: attribute})


def test_a_queue_gets_an_envelope_unless_it_wants_the_raw_text(
    sandbox: Sandbox, topic: str
) -> None:
    wrapped, receive_wrapped = queue_of(sandbox, "wrapped")
    raw, receive_raw = queue_of(sandbox, "raw")
    subscribe(sandbox, topic, "sqs", wrapped)
    subscribe(sandbox, topic, "sqs", raw, RawMessageDelivery="true")
    publish(sandbox, topic, "hello", Subject="Hi", MessageAttributes={"status": text("FAILED")})
    (envelope,) = map(json.loads, receive_wrapped())
    assert (envelope["Subject"], envelope["Message"]) == ("Hi", "hello")
    assert envelope["MessageAttributes"] == {"status": {"Type": "String", "Value": "FAILED"}}
    assert receive_raw() == ["hello"]


@pytest.mark.proves("S43")
@pytest.mark.parametrize(
    ("policy", "passes"),
    [
        ({"status": ["FAILED"]}, True),
        ({"status": ["SUCCEEDED"]}, False),
        ({"function": ["checkout"]}, True),
        ({"function": ["check"]}, False),
        ({"status": ["FAILED"], "function": ["other"]}, False),
        ({"alias": [{"exists": False}]}, True),
    ],
)
def test_a_filter_policy_decides_by_attributes(
    sandbox: Sandbox, topic: str, policy: dict[str, Any], passes: bool
) -> None:
    queue, receive = queue_of(sandbox)
    subscribe(sandbox, topic, "sqs", queue, FilterPolicy=json.dumps(policy))
    functions = text('["checkout", "cart"]', "String.Array")
    attributes = {"status": text("FAILED"), "function": functions}
    publish(sandbox, topic, MessageAttributes=attributes)
    assert len(receive()) == passes
    assert len(sandbox.inbox(topic)[0].deliveries) == passes


@pytest.mark.proves("S43")
def test_mail_waits_for_confirmation_and_can_be_read_all_the_same(
    sandbox: Sandbox, topic: str
) -> None:
    arn = subscribe(sandbox, topic, "email", "ops@example.com")
    assert arn == "pending confirmation"
    listed = sandbox.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [item["SubscriptionArn"] for item in listed] == ["PendingConfirmation"]
    bodies = json.dumps({"default": "{}", "email": "Dear all"})
    publish(sandbox, topic, bodies, MessageStructure="json")
    (delivery,) = sandbox.inbox(topic)[0].deliveries
    assert (delivery.endpoint, delivery.body, delivery.confirmed) == (
        "ops@example.com",
        "Dear all",
        False,
    )


def test_the_arn_of_a_pending_subscription_comes_if_asked_for(sandbox: Sandbox, topic: str) -> None:
    sns = sandbox.client("sns")
    arn = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint="o@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"


def test_a_function_is_called_with_the_event_of_sns(sandbox: Sandbox, topic: str) -> None:
    events = []

    class Listener:
        def answer(self, version: str, event: bytes, now: float) -> Answer:
            events.append((version, json.loads(event), now))
            return Answer(b"null", False, 1.0)

    create_function(sandbox.client, "listener")
    behave("listener", Listener())
    function = "arn:aws:lambda:us-east-1:123456789012:function:listener:live"
    given.let_in(sandbox, function, "sns.amazonaws.com")
    subscribe(sandbox, topic, "lambda", function)
    publish(sandbox, topic, "hello", Subject="Hi")
    assert events == [], "SNS does not wait for its subscribers"
    sandbox.run_for(1)
    ((version, event, _),) = events
    assert version == "1"
    told = event["Records"][0]["Sns"]
    assert (told["TopicArn"], told["Subject"], told["Message"]) == (topic, "Hi", "hello")
