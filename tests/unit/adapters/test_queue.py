import pytest

from adapters.queue import Queue
from domain.model.errors import AwsUnavailable
from tests.unit.stubs import stubbed

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/calls"


def test_a_message_is_held_back() -> None:
    asked = {"QueueUrl": URL, "MessageBody": "{}", "DelaySeconds": 900}
    with stubbed("sqs") as (client, stub):
        stub.add_response("send_message", {"MessageId": "m1"}, asked)
        Queue(client, URL).send("{}", 900)


def test_a_queue_that_is_away_is_told_from_one_that_refuses() -> None:
    with stubbed("sqs") as (client, stub):
        stub.add_client_error("send_message", "ServiceUnavailable", http_status_code=503)
        with pytest.raises(AwsUnavailable, match="sending to SQS"):
            Queue(client, URL).send("{}", 900)
