"""Calls are refused as AWS refuses them, whoever makes them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from tests.sandbox import given

ACCOUNT = "us-east-1:123456789012"
NOTHING = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
NOBODY = given.trust("ec2.amazonaws.com")
TOPIC = f"arn:aws:sns:{ACCOUNT}:news"
MACHINE = f"arn:aws:states:{ACCOUNT}:stateMachine:m"


@pytest.mark.proves("S54")
@pytest.mark.parametrize(
    ("service", "call", "params", "code", "status", "denied"),
    [
        ("lambda", "get_alias", {"FunctionName": "shop", "Name": "live"}, "AccessDeniedException",
         403, f"lambda:GetAlias on resource: arn:aws:lambda:{ACCOUNT}:function:shop"),
        ("lambda", "invoke", {"FunctionName": "shop", "Qualifier": "live"}, "AccessDeniedException",
         403, f"lambda:InvokeFunction on resource: arn:aws:lambda:{ACCOUNT}:function:shop:live"),
        ("sns", "publish", {"TopicArn": TOPIC, "Message": "m"}, "AuthorizationError",
         403, f"sns:Publish on resource: {TOPIC}"),
        ("ssm", "get_parameter", {"Name": "/a/b"}, "AccessDeniedException",
         400, f"ssm:GetParameter on resource: arn:aws:ssm:{ACCOUNT}:parameter/a/b"),
        ("cloudwatch", "describe_alarms", {}, "AccessDenied",
         403, f"cloudwatch:DescribeAlarms on resource: arn:aws:cloudwatch:{ACCOUNT}:alarm:*"),
        ("cloudformation", "describe_stacks", {"StackName": "app"}, "AccessDenied", 403,
         "cloudformation:DescribeStacks on resource: "
         f"arn:aws:cloudformation:{ACCOUNT}:stack/app/*"),
        ("cloudformation", "describe_stack_resources", {"PhysicalResourceId": "id"}, "AccessDenied",
         403, "cloudformation:DescribeStackResources"),
        ("stepfunctions", "start_execution", {"stateMachineArn": MACHINE}, "AccessDeniedException",
         400, f"states:StartExecution on resource: {MACHINE}"),
    ],
)  # fmt: skip
def test_each_service_refuses_in_its_own_words(
    sandbox: Sandbox, service: str, call: str, params: Any, code: str, status: int, denied: str
) -> None:
    role = given.role(sandbox, "guest", NOTHING)
    with sandbox.acting_as(role), pytest.raises(ClientError) as refused:
        getattr(sandbox.client(service), call)(**params)
    action = denied.partition(" ")[0]
    answer = refused.value.response
    assert answer["Error"]["Code"] == code
    assert answer["Error"]["Message"] == (
        "User: arn:aws:sts::123456789012:assumed-role/guest/guest is not authorized to perform: "
        f"{denied} because no identity-based policy allows the {action} action"
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.proves("S49")
def test_a_function_has_the_rights_of_its_role(sandbox: Sandbox) -> None:
    code = """
import boto3
def handler(event, context):
    try:
        return boto3.client("ssm").get_parameter(Name=event)["Parameter"]["Value"]
    except Exception as error:
        return error.response["Error"]["Code"]
"""
    given.function(sandbox, "reader", code)
    mine = f"arn:aws:ssm:{ACCOUNT}:parameter/mine/*"
    allowed = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": mine}
    role = given.role(sandbox, "narrow", allowed)
    sandbox.client("lambda").update_function_configuration(FunctionName="reader", Role=role)
    for name in ("/mine/a", "/yours/a"):
        sandbox.client("ssm").put_parameter(Name=name, Value="found", Type="String")
    assert given.invoke(sandbox, "reader", "/mine/a") == "found"
    assert given.invoke(sandbox, "reader", "/yours/a") == "AccessDeniedException"


@pytest.mark.proves("S49")
def test_a_machine_that_may_not_run_its_task_fails_as_aws_lets_it(sandbox: Sandbox) -> None:
    given.function(sandbox, "shop", "")
    machine = given.machine(sandbox, {"Sell": given.task("shop")})
    role = given.role(sandbox, "narrow", NOTHING)
    sandbox.client("stepfunctions").update_state_machine(stateMachineArn=machine, roleArn=role)
    ended = sandbox.finish(sandbox.start({}, machine=machine))
    assert ended.error == "Lambda.AWSLambdaException"
    assert "is not authorized to perform: lambda:InvokeFunction" in (ended.cause or "")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "Neither the global service principal states.amazonaws.com"),
        ({"loggingConfiguration": {"level": "ALL", "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:{ACCOUNT}:log-group:g:*"}}]}},
         "not authorized to access the Log Destination"),
        ({"definition": json.dumps({"StartAt": "A", "States": {"A": {
            "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": MACHINE}, "End": True}}})},
         "is not authorized to create managed-rule"),
    ],
)  # fmt: skip
def test_a_machine_needs_a_role_that_it_can_work_with(
    sandbox: Sandbox, params: Any, message: str
) -> None:
    role = given.role(sandbox, "narrow", NOTHING)
    if not params:
        sandbox.client("iam").update_assume_role_policy(RoleName="narrow", PolicyDocument=NOBODY)
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    with pytest.raises(ClientError, match=message):
        sandbox.client("stepfunctions").create_state_machine(
            **{"name": "m", "roleArn": role, "definition": definition, **params}
        )


def test_a_role_that_lambda_may_not_assume_is_refused(sandbox: Sandbox) -> None:
    given.role(sandbox)
    sandbox.client("iam").update_assume_role_policy(RoleName="role", PolicyDocument=NOBODY)
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        given.function(sandbox, "shop", "")


@pytest.mark.proves("S50")
def test_a_boundary_bounds_and_a_change_of_it_counts_at_once(sandbox: Sandbox) -> None:
    role, iam = given.role(sandbox, "bounded"), sandbox.client("iam")
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=given.policy(NOTHING))["Policy"]
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=bound["Arn"])
    with (
        sandbox.acting_as(role),
        pytest.raises(ClientError, match="no permissions boundary allows"),
    ):
        sandbox.client("cloudwatch").describe_alarms()
    iam.delete_role_permissions_boundary(RoleName="bounded")
    with sandbox.acting_as(role):
        sandbox.client("cloudwatch").describe_alarms()


def test_a_namespace_can_be_a_condition(sandbox: Sandbox) -> None:
    condition = {"StringEquals": {"cloudwatch:namespace": "Mine"}}
    put = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    role = given.role(sandbox, "meter", {**put, "Condition": condition})
    data = [{"MetricName": "m", "Value": 1}]
    with sandbox.acting_as(role):
        sandbox.client("cloudwatch").put_metric_data(Namespace="Mine", MetricData=data)
        with pytest.raises(
            ClientError, match="not authorized to perform: cloudwatch:PutMetricData"
        ):
            sandbox.client("cloudwatch").put_metric_data(Namespace="Yours", MetricData=data)


@pytest.mark.proves("S52")
def test_a_call_of_which_the_sandbox_does_not_know_who_may_make_it_fails(sandbox: Sandbox) -> None:
    with sandbox.acting_as(given.role(sandbox)), pytest.raises(NotImplementedError) as told:
        sandbox.client("sqs").create_queue(QueueName="q")
    assert "on which resources sqs:CreateQueue is authorised" in str(told.value)


@pytest.mark.proves("S51")
@pytest.mark.parametrize(("allowed", "outcome"), [(True, "Successfully"), (False, "Failed to")])
def test_an_alarm_needs_the_topics_permission(
    sandbox: Sandbox, allowed: bool, outcome: str
) -> None:
    sandbox.client("sns").create_topic(Name="news")
    service = "cloudwatch.amazonaws.com" if allowed else "events.amazonaws.com"
    given.let_in(sandbox, TOPIC, service)
    client = sandbox.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="a", Namespace="N", MetricName="m", Statistic="Sum", Period=60, Threshold=1,
        EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", AlarmActions=[TOPIC],
    )  # fmt: skip
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    assert len(sandbox.inbox(TOPIC)) == allowed
    history = client.describe_alarm_history(AlarmName="a", HistoryItemType="Action")
    assert history["AlarmHistoryItems"][0]["HistorySummary"].startswith(outcome)


@pytest.mark.proves("S51")
def test_an_event_needs_the_functions_permission(sandbox: Sandbox) -> None:
    given.function(sandbox, "shop", "def handler(event, context):\n    print('called')")
    events = sandbox.client("events")
    rule = events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")["RuleArn"]
    function = f"arn:aws:lambda:{ACCOUNT}:function:shop"
    events.put_targets(Rule="r", Targets=[{"Id": "f", "Arn": function}])
    sandbox.run_for(90)
    assert sandbox.logs("shop") == []
    sandbox.client("lambda").add_permission(
        FunctionName="shop", StatementId="r", Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com", SourceArn=rule,
    )  # fmt: skip
    sandbox.run_for(60)
    assert sandbox.logs("shop") == ["called"]
