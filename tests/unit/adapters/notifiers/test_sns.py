import json
from typing import Any
from unittest.mock import Mock

import pytest

from adapters.notifiers.sns import Sns
from domain.ending.message import Message, message
from domain.model.errors import AwsUnavailable, Failure
from tests.unit.builders import planned, rollout
from tests.unit.stubs import stubbed

ARN = "arn:aws:sns:us-east-1:123456789012:rollouts"
MESSAGE = Message(
    subject="Promoted: checkout live",
    text="It went well.",
    body={"status": "SUCCEEDED"},
    attributes={"status": "SUCCEEDED", "function": ["cart", "checkout"]},
)


def test_people_get_the_text_and_machines_the_json_body() -> None:
    asked: dict[str, Any] = {
        "TopicArn": ARN,
        "Subject": "Promoted: checkout live",
        "MessageStructure": "json",
        "Message": json.dumps({"default": '{"status": "SUCCEEDED"}', "email": "It went well."}),
        "MessageAttributes": {
            "status": {"DataType": "String", "StringValue": "SUCCEEDED"},
            "function": {"DataType": "String.Array", "StringValue": '["cart", "checkout"]'},
        },
    }
    with stubbed("sns") as (client, stub):
        stub.add_response("publish", {"MessageId": "m1"}, asked)
        Sns(client, ARN).send(MESSAGE)


@pytest.mark.proves("A67")
@pytest.mark.parametrize("character", ["x", "\x00", '"', "\u00e9", "\U0001f600", "\ud800"])
def test_the_longest_cause_is_still_taken(character: str) -> None:
    """Whatever a hook, a check or an input made of it, a failure is told: SNS takes 256 KiB."""
    failure = Failure(Error="InternalError", Cause=30_000 * character)
    told = message("failure", {**planned(rollout()), "failure": failure})
    client = Mock()
    Sns(client, ARN).send(told or MESSAGE)
    [call] = client.publish.call_args_list
    assert character in json.loads(call.kwargs["Message"])["email"]
    assert len(call.kwargs["Message"].encode()) < 250_000  # a little is the attributes'


def test_a_throttled_topic_is_unavailable() -> None:
    with stubbed("sns") as (client, stub):
        stub.add_client_error("publish", "Throttled", http_status_code=429)
        with pytest.raises(AwsUnavailable, match="publishing to SNS"):
            Sns(client, ARN).send(MESSAGE)
