"""ReceiveMessage that waits, by WaitTimeSeconds or as its queue is set."""

import json
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from tests.sandbox import given


def queue(sandbox: Sandbox, name: str = "work", **attributes: str) -> str:
    made = sandbox.client("sqs").create_queue(QueueName=name, Attributes=attributes)
    url: str = made["QueueUrl"]
    return url


class Poll:
    """A long poll in a thread of its own."""

    def __init__(self, sandbox: Sandbox, url: str, **how: Any) -> None:
        self.bodies: list[str] | None = None
        self.took = 0.0
        self.gone = False
        self._sandbox, self._url, self._how = sandbox, url, how
        sandbox.clock.spawn(self._poll, "poll")

    def _poll(self) -> None:
        began = self._sandbox.clock.now
        client = self._sandbox.client("sqs")
        try:
            found = client.receive_message(QueueUrl=self._url, **self._how).get("Messages", [])
        finally:
            self.gone = True
        self.took = self._sandbox.clock.now - began
        self.bodies = [message["Body"] for message in found]


@pytest.mark.proves("S45")
@pytest.mark.parametrize(
    ("attributes", "how", "seconds"),
    [
        ({}, {}, 0),
        ({}, {"WaitTimeSeconds": 20}, 20),
        ({"ReceiveMessageWaitTimeSeconds": "7"}, {}, 7),
        ({"ReceiveMessageWaitTimeSeconds": "7"}, {"WaitTimeSeconds": 0}, 0),
        ({"FifoQueue": "true"}, {"WaitTimeSeconds": 3}, 3),
    ],
)
def test_an_empty_queue_answers_when_the_wait_is_over(
    sandbox: Sandbox, attributes: dict[str, str], how: dict[str, int], seconds: int
) -> None:
    url = queue(sandbox, "work.fifo" if "FifoQueue" in attributes else "work", **attributes)
    began = sandbox.clock.now
    assert "Messages" not in sandbox.client("sqs").receive_message(QueueUrl=url, **how)
    assert sandbox.clock.now - began == pytest.approx(seconds, abs=0.1)


@pytest.mark.proves("S45")
def test_what_is_sent_meanwhile_is_received_at_once(sandbox: Sandbox) -> None:
    url = queue(sandbox)
    poll = Poll(sandbox, url, WaitTimeSeconds=20)
    sandbox.run_for(8)
    early = poll.bodies
    assert early is None
    sandbox.client("sqs").send_message(QueueUrl=url, MessageBody="late")
    sandbox.run_for(1)
    assert poll.bodies == ["late"]
    assert poll.took == pytest.approx(8, abs=0.1)


@pytest.mark.parametrize("how", ["delayed", "received before"])
def test_what_cannot_be_received_yet_is_received_when_it_can(sandbox: Sandbox, how: str) -> None:
    url, sqs = queue(sandbox), sandbox.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=5 if how == "delayed" else 0)
    if how != "delayed":
        sandbox.run_for(0.01)
        assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=5)["Messages"]
    poll = Poll(sandbox, url, WaitTimeSeconds=20)
    sandbox.run_for(10)
    assert poll.bodies == ["m"]
    assert poll.took == pytest.approx(5, abs=0.1)


def test_of_two_who_wait_one_gets_the_message(sandbox: Sandbox) -> None:
    url = queue(sandbox)
    polls = [Poll(sandbox, url, WaitTimeSeconds=10) for _ in range(2)]
    sandbox.run_for(2)
    sandbox.client("sqs").send_message(QueueUrl=url, MessageBody="only")
    sandbox.run_for(10)
    assert sorted(len(poll.bodies or []) for poll in polls) == [0, 1]


def test_a_queue_that_is_deleted_ends_the_wait(sandbox: Sandbox) -> None:
    url, sqs = queue(sandbox), sandbox.client("sqs")
    refused: list[str] = []

    def poll() -> None:
        try:
            sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        except sqs.exceptions.QueueDoesNotExist as error:
            refused.append(str(error))

    sandbox.clock.spawn(poll, "poll")
    sandbox.run_for(1)
    sqs.delete_queue(QueueUrl=url)
    sandbox.run_for(2)
    assert len(refused) == 1


def test_a_function_that_polls_waits_in_virtual_time(sandbox: Sandbox) -> None:
    url = queue(sandbox)
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    sqs = boto3.client('sqs', region_name='us-east-1')\n"
        "    return sqs.receive_message(QueueUrl=event, WaitTimeSeconds=15).get('Messages')\n"
    )
    given.function(sandbox, "poller", code, Timeout=30)
    began = sandbox.clock.now
    assert given.invoke(sandbox, "poller", url) is None
    assert sandbox.clock.now - began == pytest.approx(15, abs=0.1)


def test_a_wait_of_a_function_ends_with_its_timeout(sandbox: Sandbox) -> None:
    url = queue(sandbox)
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs', region_name='us-east-1').receive_message(\n"
        "        QueueUrl=event, WaitTimeSeconds=15)\n"
    )
    given.function(sandbox, "poller", code, Timeout=3)
    answer = sandbox.client("lambda").invoke(FunctionName="poller", Payload=json.dumps(url))
    assert "timed out" in answer["Payload"].read().decode()


def test_a_sandbox_that_is_closed_ends_the_wait() -> None:
    with Sandbox() as sandbox:
        poll = Poll(sandbox, queue(sandbox), WaitTimeSeconds=20)
        sandbox.run_for(1)
        early = poll.gone
        assert not early
    assert poll.gone
    assert poll.bodies is None
