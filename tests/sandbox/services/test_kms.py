"""Encrypted topics, queues and log groups: who can send to them, by the policies of their keys."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from tests.long import parametrize
from tests.sandbox import given

ACCOUNT = "us-east-1:123456789012"
OWNER = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
TO_SEND = ["kms:Decrypt", "kms:GenerateDataKey*"]
FROM_HERE = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
AN_ALARM = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{ACCOUNT}:alarm:*"}}
A_RULE = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{ACCOUNT}:rule/*"}}


def lets(service: str, actions: Any = TO_SEND, **more: Any) -> dict[str, Any]:
    principal = {"Service": f"{service}.amazonaws.com"}
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": "*",
        **({"Condition": more["condition"]} if more else {}),
    }


def make_key(sandbox: Sandbox, *statements: dict[str, Any]) -> str:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [OWNER, *statements]})
    arn: str = sandbox.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    return arn


def open_to_services(arn: str, action: str) -> str:
    """Write a policy of a topic or queue, so that all hangs on the key."""
    services = [f"{name}.amazonaws.com" for name in ("cloudwatch", "events", "sns")]
    allow = {"Effect": "Allow", "Principal": {"Service": services}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]})


def make_topic(sandbox: Sandbox, key: str) -> str:
    arn = f"arn:aws:sns:{ACCOUNT}:t"
    attributes = {"KmsMasterKeyId": key, "Policy": open_to_services(arn, "sns:Publish")}
    sandbox.client("sns").create_topic(Name="t", Attributes=attributes)
    return arn


def make_queue(sandbox: Sandbox, key: str = "") -> str:
    arn = f"arn:aws:sqs:{ACCOUNT}:q"
    attributes = {"KmsMasterKeyId": key, "Policy": open_to_services(arn, "sqs:SendMessage")}
    sandbox.client("sqs").create_queue(QueueName="q", Attributes=attributes)
    return arn


def alarm_goes_off(sandbox: Sandbox, topic: str) -> str:
    """Set an alarm off, and return what CloudWatch notes of the action."""
    given.alarm_that_goes_off(sandbox, topic)
    cloudwatch = sandbox.client("cloudwatch")
    [done] = cloudwatch.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    summary: str = done["HistorySummary"]
    return summary


def something_is_sold(sandbox: Sandbox, **target: Any) -> None:
    """Put an event for a rule with this target."""
    events = sandbox.client("events")
    events.put_rule(Name="sales", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="sales", Targets=[{"Id": "t", **target}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "sold", "Detail": "{}"}])
    sandbox.run_for(30)


@parametrize(
    ("statements", "told"),
    [
        ([], False),
        ([lets("cloudwatch")], True),
        ([lets("cloudwatch", ["kms:Decrypt"])], False),
        ([lets("cloudwatch", "kms:GenerateDataKey")], False),
        ([lets("cloudwatch", "kms:*"), {**lets("cloudwatch", "kms:Decrypt"), "Effect": "Deny"}], 0),
        ([lets("cloudwatch", condition=FROM_HERE | AN_ALARM)], True),
        ([lets("cloudwatch", condition=A_RULE)], False),
        ([lets("events")], False),
    ],
    short=2,
)
def test_an_alarm_needs_the_leave_of_the_topics_key(
    sandbox: Sandbox, statements: list[dict[str, Any]], told: bool
) -> None:
    topic = make_topic(sandbox, make_key(sandbox, *statements))
    summary = alarm_goes_off(sandbox, topic)
    assert len(sandbox.inbox(topic)) == told
    assert summary.startswith("Successfully" if told else "Failed to execute")
    assert told or "kms:" in summary


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ([lets("cloudwatch")], False),
        ([lets("events")], True),
        # Which would never hold: EventBridge does not tell KMS for which rule it asks.
        ([lets("events", condition=FROM_HERE)], False),
        ([lets("events", condition=A_RULE)], False),
    ],
)
def test_eventbridge_needs_it_too_and_puts_aside_what_it_may_not_send(
    sandbox: Sandbox, statements: list[dict[str, Any]], told: bool
) -> None:
    topic, aside = make_topic(sandbox, make_key(sandbox, *statements)), make_queue(sandbox)
    something_is_sold(sandbox, Arn=topic, DeadLetterConfig={"Arn": aside})
    assert len(sandbox.inbox(topic)) == told
    codes = [message.attributes["ERROR_CODE"] for message in sandbox.queue(aside)]
    assert codes == ([] if told else ["NO_PERMISSIONS"])


PUBLISHES = """
import boto3

def handler(topic, _):
    boto3.client("sns").publish(TopicArn=topic, Message="hello")
"""
MAY_PUBLISH = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
MAY_USE = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
VIA_SNS = {"StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com"}}
ROLE = {"AWS": "arn:aws:iam::123456789012:role/publisher"}
TO_ROLE = {"Effect": "Allow", "Principal": ROLE, "Action": TO_SEND, "Resource": "*"}


@pytest.mark.proves("S48")
@parametrize(
    ("on_key", "on_role", "told"),
    [
        ([OWNER], [MAY_PUBLISH], False),
        ([OWNER], [MAY_PUBLISH, MAY_USE], True),
        ([OWNER], [MAY_PUBLISH, {**MAY_USE, "Condition": VIA_SNS}], True),
        ([OWNER], [MAY_PUBLISH, {**MAY_USE, "Action": "kms:GenerateDataKey"}], False),
        # Where the key does not leave it to the account, its policies say nothing.
        ([lets("cloudwatch")], [MAY_PUBLISH, MAY_USE], False),
        ([lets("cloudwatch"), TO_ROLE], [MAY_PUBLISH], True),
        ([OWNER, {**TO_ROLE, "Effect": "Deny"}], [MAY_PUBLISH, MAY_USE], False),
        (None, [MAY_PUBLISH], True),
    ],
    short=2,
)
def test_a_function_needs_the_leave_of_its_role_or_of_the_key(
    sandbox: Sandbox, on_key: Any, on_role: list[Any], told: bool
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    iam = sandbox.client("iam")
    role = iam.create_role(
        RoleName="publisher",
        AssumeRolePolicyDocument=json.dumps({"Statement": [{**trust, "Action": "sts:AssumeRole"}]}),
    )["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": on_role})
    iam.put_role_policy(RoleName="publisher", PolicyName="p", PolicyDocument=policy)
    key = "alias/aws/sns"
    if on_key is not None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": on_key})
        key = sandbox.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    topic = make_topic(sandbox, key)
    sandbox.client("lambda").create_function(
        FunctionName="publisher",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": given.package(PUBLISHES)},
    )
    answer = given.invoke(sandbox, "publisher", topic)
    assert len(sandbox.inbox(topic)) == told
    assert (answer is None) == told
    assert told or answer["errorType"] == "KMSAccessDeniedException"


def test_no_service_can_use_the_key_that_aws_manages(sandbox: Sandbox) -> None:
    topic = make_topic(sandbox, "alias/aws/sns")
    queue = make_queue(sandbox, "alias/aws/sqs")
    sandbox.client("sns").publish(TopicArn=topic, Message="from the account itself")
    assert alarm_goes_off(sandbox, topic).startswith("Failed")
    something_is_sold(sandbox, Arn=topic, DeadLetterConfig={"Arn": queue})
    assert len(sandbox.inbox(topic)) == 1
    assert sandbox.queue(queue) == []


@pytest.mark.parametrize(("service", "got"), [("sns", 1), ("events", 0)])
def test_a_topic_needs_the_leave_of_its_queues_key(
    sandbox: Sandbox, service: str, got: int
) -> None:
    queue = make_queue(sandbox, make_key(sandbox, lets(service)))
    sns = sandbox.client("sns")
    topic = sns.create_topic(Name="plain")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="hello")
    assert len(sandbox.queue(queue)) == got


@pytest.mark.proves("S48")
def test_a_key_that_is_off_or_gone_stops_everybody(sandbox: Sandbox) -> None:
    kms, sns = sandbox.client("kms"), sandbox.client("sns")
    key = make_key(sandbox).rpartition("/")[2]
    kms.create_alias(AliasName="alias/messages", TargetKeyId=key)
    topic = make_topic(sandbox, "alias/messages")
    queue = make_queue(sandbox, key)
    url = sandbox.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]

    def codes() -> tuple[str, str]:
        with pytest.raises(ClientError) as by_topic:
            sns.publish(TopicArn=topic, Message="hello")
        with pytest.raises(sandbox.client("sqs").exceptions.ClientError) as by_queue:
            sandbox.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
        return (
            by_topic.value.response["Error"]["Code"],
            by_queue.value.response["Error"]["Code"],
        )

    sns.publish(TopicArn=topic, Message="hello")
    kms.disable_key(KeyId=key)
    assert codes() == ("KMSDisabled", "KmsDisabled")
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    assert codes() == ("KMSInvalidState", "KmsInvalidState")
    kms.delete_alias(AliasName="alias/messages")
    assert codes()[0] == "KMSNotFound"
    assert (len(sandbox.inbox(topic)), sandbox.queue(queue)) == (1, [])


@pytest.mark.parametrize(
    ("actions", "group", "usable"),
    [
        (["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*"], "g", False),
        ("kms:*", "g", True),
        ("kms:*", "another", False),
    ],
)
def test_logs_are_encrypted_with_a_key_that_lets_them(
    sandbox: Sandbox, actions: Any, group: str, usable: bool
) -> None:
    mine = f"arn:aws:logs:{ACCOUNT}:log-group:{group}"
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": mine}}
    key = make_key(sandbox, lets("logs.us-east-1", actions, condition=condition))
    logs = sandbox.client("logs")
    if not usable:
        with pytest.raises(ClientError, match="not allowed to be used with Arn"):
            logs.create_log_group(logGroupName="g", kmsKeyId=key)
        return
    logs.create_log_group(logGroupName="g", kmsKeyId=key)
    logs.disassociate_kms_key(logGroupName="g")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    logs.associate_kms_key(logGroupName="g", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
