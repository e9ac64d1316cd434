"""Something of every kind in a served sandbox, for requests to meet."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

CODE = "def handler(event, context):\n    return event\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    },
}
MAY = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
WAITS = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}}
TEMPLATE = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}


def package(code: str = CODE) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", code)
    return buffer.getvalue()


def prepare(client: Callable[[str], Any]) -> list[str]:
    """Their names, ARNs and URLs. `client` makes the client of a service."""
    iam, functions, machines = client("iam"), client("lambda"), client("stepfunctions")
    role = iam.create_role(RoleName="one", AssumeRolePolicyDocument=json.dumps(TRUST))
    role_arn = role["Role"]["Arn"]
    iam.put_role_policy(RoleName="one", PolicyName="one", PolicyDocument=json.dumps(MAY))
    function = functions.create_function(
        FunctionName="one",
        Runtime="python3.13",
        Role=role_arn,
        Handler="app.handler",
        Code={"ZipFile": package()},
    )["FunctionArn"]
    functions.publish_version(FunctionName="one")
    functions.create_alias(FunctionName="one", Name="two", FunctionVersion="1")
    machine = machines.create_state_machine(
        name="one", definition=json.dumps(WAITS), roleArn=role_arn
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine)["executionArn"]
    topic = client("sns").create_topic(Name="one")["TopicArn"]
    queue = client("sqs").create_queue(QueueName="one")["QueueUrl"]
    queue_arn = topic.replace(":sns:", ":sqs:")
    client("s3").create_bucket(Bucket="one")
    client("s3").put_object(Bucket="one", Key="two", Body=b"text")
    client("cloudwatch").put_metric_alarm(
        AlarmName="one",
        Namespace="one",
        MetricName="one",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    rule = client("events").put_rule(Name="one", ScheduleExpression="rate(1 hour)")["RuleArn"]
    client("ssm").put_parameter(Name="one", Value="two", Type="String")
    key = client("kms").create_key()["KeyMetadata"]
    client("logs").create_log_group(logGroupName="one")
    stack = client("cloudformation").create_stack(
        StackName="one", TemplateBody=json.dumps(TEMPLATE)
    )["StackId"]
    return [
        *(role_arn, function, machine, execution, topic, queue, queue_arn, rule, stack),
        *(key["Arn"], key["KeyId"], "rate(1 minute)", "python3.13", "app.handler"),
        *(json.dumps(WAITS), json.dumps(MAY), json.dumps(TRUST), json.dumps(TEMPLATE)),
    ]
