import json
from typing import Any

import pytest

from adapters.topic import Topic
from domain.errors import AwsUnavailable
from domain.message import Message
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
        Topic(client, ARN).publish(MESSAGE)


def test_a_throttled_topic_is_unavailable() -> None:
    with stubbed("sns") as (client, stub):
        stub.add_client_error("publish", "Throttled", http_status_code=429)
        with pytest.raises(AwsUnavailable, match="publishing to SNS"):
            Topic(client, ARN).publish(MESSAGE)
