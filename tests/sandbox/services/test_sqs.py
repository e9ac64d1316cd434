"""Queues: what is in them, and the alarm that sees it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.sandbox import Sandbox

ARN = "arn:aws:sqs:us-east-1:123456789012:dead"
VISIBLE: dict[str, Any] = {
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
    "Dimensions": [{"Name": "QueueName", "Value": "dead"}],
}


@pytest.fixture
def url(sandbox: Sandbox) -> str:
    url: str = sandbox.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    return url


def data(sandbox: Sandbox) -> list[tuple[str, float]]:
    found = sandbox.client("cloudwatch").get_metric_statistics(
        **VISIBLE,
        StartTime=datetime(2026, 1, 5, 9, tzinfo=UTC),
        EndTime=datetime(2026, 1, 6, 9, tzinfo=UTC),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    points = sorted(found, key=lambda point: point["Timestamp"])
    return [(f"{point['Timestamp']:%H:%M}", point["Maximum"]) for point in points]


def test_looking_into_a_queue_takes_nothing_from_it(sandbox: Sandbox, url: str) -> None:
    attribute = {"why": {"DataType": "String", "StringValue": "no stock"}}
    sqs = sandbox.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="one", MessageAttributes=attribute)
    sandbox.run_for(10)
    sqs.send_message(QueueUrl=url, MessageBody="two")
    first, second = sandbox.queue(ARN)
    assert (first.body, first.attributes) == ("one", {"why": "no stock"})
    assert second.at - first.at == pytest.approx(10, abs=0.1)
    [received] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert [one.body for one in sandbox.queue(ARN)] == ["one", "two"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
    assert [one.body for one in sandbox.queue(ARN)] == ["two"]


@pytest.mark.proves("S44")
def test_an_alarm_sees_what_is_in_a_queue(sandbox: Sandbox, url: str) -> None:
    topic = sandbox.client("sns").create_topic(Name="alarms")["TopicArn"]
    sandbox.client("cloudwatch").put_metric_alarm(
        **VISIBLE,
        AlarmName="dead letters",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )
    sandbox.run_for(600)
    assert sandbox.inbox(topic) == []
    sandbox.client("sqs").send_message(QueueUrl=url, MessageBody="lost")
    sandbox.run_for(180)
    [message] = sandbox.inbox(topic)
    assert json.loads(message.body())["NewStateValue"] == "ALARM"


def test_only_messages_that_can_be_received_are_visible(sandbox: Sandbox, url: str) -> None:
    sqs = sandbox.client("sqs")
    sandbox.run_for(61)
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    sandbox.run_for(60)
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=90)
    sandbox.run_for(240)
    assert data(sandbox) == [
        ("09:00", 0.0),
        ("09:01", 1.0),
        ("09:02", 0.0),
        ("09:03", 1.0),
        ("09:04", 1.0),
    ]


def test_an_idle_queue_has_no_metrics_after_six_hours(sandbox: Sandbox, url: str) -> None:
    sandbox.run_for(8 * 3_600)
    assert data(sandbox)[-1] == ("15:00", 0.0)
    sandbox.client("sqs").send_message(QueueUrl=url, MessageBody="lost")
    sandbox.run_for(120)
    assert data(sandbox)[-1] == ("17:00", 1.0)


@pytest.mark.proves("S44")
def test_what_is_too_old_is_gone_and_hides_nothing(sandbox: Sandbox) -> None:
    sqs = sandbox.client("sqs")
    retention = {"MessageRetentionPeriod": "3600"}
    url = sqs.create_queue(QueueName="dead", Attributes=retention)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="old")
    sandbox.run_for(3_500)
    sqs.send_message(QueueUrl=url, MessageBody="young")
    sandbox.run_for(200)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [one["Body"] for one in received] == ["young"]
    assert [one.body for one in sandbox.queue(ARN)] == ["young"]
