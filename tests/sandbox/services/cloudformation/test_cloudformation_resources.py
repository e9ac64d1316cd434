"""Each resource type lands in its service as CloudFormation would set it, and can change there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Engine, Stack
from sandbox.services.cloudformation.template import parse

ROLE = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: &trust
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
"""
FUNCTION = """
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: "def handler(event, context): return event"}
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Runtime: python3.13
"""


@pytest.fixture
def engine(sandbox: Sandbox) -> Engine:
    return sandbox.cloudformation.engine


def create(engine: Engine, resources: str) -> Stack:
    return engine.create("app", parse(f"Resources:\n{resources}"), {})


def update(engine: Engine, stack: Stack, resources: str) -> None:
    engine.update(stack, parse(f"Resources:\n{resources}"), {})


def function_of(engine: Engine, stack: Stack) -> dict[str, Any]:
    name = stack.physical_id("Function")
    answer: dict[str, Any] = engine.client("lambda").get_function(FunctionName=name)
    return answer


@pytest.mark.proves("S59")
def test_function_has_its_whole_configuration(engine: Engine) -> None:
    settings = """
      Architectures: [arm64]
      DeadLetterConfig: {TargetArn: !GetAtt Queue.Arn}
      Description: Plans.
      Environment: {Variables: {LEVEL: 3, DEBUG: true, ROLE: !Ref Role}}
      EphemeralStorage: {Size: 1024}
      LoggingConfig: {LogFormat: JSON, LogGroup: !Ref Logs}
      MemorySize: "256"
      ReservedConcurrentExecutions: 5
      Tags: [{Key: team, Value: canary}]
      Timeout: 30
      TracingConfig: {Mode: Active}
  Queue: {Type: AWS::SQS::Queue}
  Logs: {Type: AWS::Logs::LogGroup}
"""
    stack = create(engine, ROLE + FUNCTION + settings)
    function = function_of(engine, stack)
    configuration = function["Configuration"]
    role, logs = stack.physical_id("Role"), stack.physical_id("Logs")
    assert configuration["Architectures"] == ["arm64"]
    assert configuration["DeadLetterConfig"]["TargetArn"].startswith("arn:aws:sqs:us-east-1:")
    assert configuration["Description"] == "Plans."
    assert configuration["Environment"]["Variables"] == {
        "LEVEL": "3",
        "DEBUG": "true",
        "ROLE": role,
    }
    assert configuration["EphemeralStorage"] == {"Size": 1024}
    assert configuration["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": logs}
    assert (configuration["MemorySize"], configuration["Timeout"]) == (256, 30)
    assert configuration["Role"] == f"arn:aws:iam::123456789012:role/{role}"
    assert configuration["TracingConfig"] == {"Mode": "Active"}
    assert function["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    own = {
        "aws:cloudformation:logical-id": "Function",
        "aws:cloudformation:stack-id": stack.id,
        "aws:cloudformation:stack-name": "app",
    }
    assert function["Tags"] == {"team": "canary", **own}

    update(engine, stack, ROLE + FUNCTION.replace("return event", "return 1"))
    bare = function_of(engine, stack)
    assert bare["Configuration"]["CodeSha256"] != configuration["CodeSha256"]
    assert bare["Configuration"]["Architectures"] == ["x86_64"]
    assert "DeadLetterConfig" not in bare["Configuration"]
    assert "Environment" not in bare["Configuration"]
    assert bare["Configuration"]["LoggingConfig"]["LogGroup"].startswith("/aws/lambda/app-Funct")
    assert (bare["Configuration"]["MemorySize"], bare["Configuration"]["Timeout"]) == (128, 3)
    assert bare["Configuration"]["TracingConfig"] == {"Mode": "PassThrough"}
    assert "Concurrency" not in bare
    assert bare["Tags"] == own


def test_event_source_mapping_brings_messages_until_it_is_deleted(engine: Engine) -> None:
    allowed = """
      Policies:
        - PolicyName: polls
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
                Resource: !GetAtt Queue.Arn
"""
    more = """
  Queue: {Type: AWS::SQS::Queue}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {BatchSize: 1, EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Function}
"""
    stack = create(engine, ROLE + allowed + FUNCTION + more)
    client, uuid = engine.client("lambda"), stack.physical_id("Mapping")
    found = client.get_event_source_mapping(UUID=uuid)
    assert (found["BatchSize"], found["State"]) == (1, "Enabled")
    changed = more.replace("BatchSize: 1", "Enabled: false")
    update(engine, stack, ROLE + allowed + FUNCTION + changed)
    found = client.get_event_source_mapping(UUID=uuid)
    assert (found["BatchSize"], found["State"]) == (10, "Disabled")
    engine.delete(stack)
    assert client.list_event_source_mappings()["EventSourceMappings"] == []


def test_version_alias_permission_and_event_invoke_config(engine: Engine) -> None:
    more = """
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref Function
      FunctionVersion: !GetAtt Version.Version
      Name: live
      Description: One.
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      {FunctionName: !Ref Function, Action: "lambda:InvokeFunction", Principal: sns.amazonaws.com}
  Asynchronous:
    Type: AWS::Lambda::EventInvokeConfig
    DependsOn: Alias
    Properties:
      FunctionName: !Ref Function
      Qualifier: live
      MaximumRetryAttempts: "1"
      DestinationConfig: {OnFailure: {Destination: !GetAtt Queue.Arn}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}
"""
    stack = create(engine, ROLE + FUNCTION + more)
    client, name = engine.client("lambda"), stack.physical_id("Function")
    alias = client.get_alias(FunctionName=name, Name="live")
    assert (alias["FunctionVersion"], alias["Description"]) == ("1", "One.")
    assert stack.physical_id("Alias") == alias["AliasArn"]
    assert stack.physical_id("Version").endswith(f"function:{name}:1")
    [statement] = json.loads(client.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    config = client.get_function_event_invoke_config(FunctionName=name, Qualifier="live")
    assert config["MaximumRetryAttempts"] == 1
    failed = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert failed == "arn:aws:sqs:us-east-1:123456789012:failed"

    changed = more.replace("One.", "Two.").replace('MaximumRetryAttempts: "1"', "")
    update(engine, stack, ROLE + FUNCTION + changed)
    assert client.get_alias(FunctionName=name, Name="live")["Description"] == "Two."
    config = client.get_function_event_invoke_config(FunctionName=name, Qualifier="live")
    assert "MaximumRetryAttempts" not in config
    engine.delete(stack)
    assert client.list_functions()["Functions"] == []


def test_role_and_the_policies_beside_it(engine: Engine) -> None:
    policy = '{Statement: [{Effect: Allow, Action: "lambda:GetAlias", Resource: "*"}]}'
    role = (
        ROLE
        + f"""
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]
      Policies:
        - PolicyName: own
          PolicyDocument: {policy}
      Tags: [{{Key: team, Value: canary}}]
"""
    )
    beside = f"""
  Inline:
    Type: AWS::IAM::Policy
    Properties: {{PolicyName: beside, PolicyDocument: {policy}, Roles: [!Ref Role]}}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: {{PolicyDocument: {policy}, Roles: [!Ref Role]}}
"""
    stack = create(engine, role + beside)
    iam, name = engine.client("iam"), stack.physical_id("Role")
    document = iam.get_role_policy(RoleName=name, PolicyName="beside")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == "lambda:GetAlias"
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["own", "beside"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert {policy["PolicyArn"] for policy in attached} == {
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        stack.physical_id("Managed"),
    }
    changed = beside.replace("PolicyName: beside", "PolicyName: renamed")
    update(engine, stack, role.replace("PolicyName: own", "PolicyName: mine") + changed)
    assert set(iam.list_role_policies(RoleName=name)["PolicyNames"]) == {"mine", "renamed"}
    engine.delete(stack)
    assert iam.list_roles()["Roles"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []


# Whatever Step Functions wants of a role before it makes a machine.
MACHINE_ROLE = (
    ROLE.replace("lambda.", "states.")
    + """
      Policies:
        - PolicyName: may
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{Effect: Allow, Action: "*", Resource: "*"}]
"""
)
MACHINE = """
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
"""


@pytest.mark.parametrize(
    "definition",
    [
        """
      DefinitionString: |
        StartAt: Pause
        States: {Pause: {Type: Wait, Seconds: ${Seconds}, Comment: "${Seconds}", End: true}}
""",
        """
      DefinitionString: >-
        {"StartAt": "Pause", "States": {"Pause":
        {"Type": "Wait", "Seconds": ${Seconds}, "Comment": "${Seconds}", "End": true}}}
""",
    ],
)
def test_substitution_is_textual(engine: Engine, definition: str) -> None:
    substitutions = "      DefinitionSubstitutions: {Seconds: 7}\n"
    stack = create(engine, MACHINE_ROLE + MACHINE + definition + substitutions)
    machine = engine.client("stepfunctions").describe_state_machine(
        stateMachineArn=stack.physical_id("Machine")
    )
    pause = json.loads(machine["definition"])["States"]["Pause"]
    assert (pause["Seconds"], pause["Comment"]) == (7, "7")


def test_a_definition_with_a_placeholder_left_fails_its_machine(engine: Engine) -> None:
    definition = "      Definition: {StartAt: A, States: {A: {Type: Pass, Result: '${A}-${B}'}}}\n"
    substitutions = "      DefinitionSubstitutions: {A: a}\n"
    with pytest.raises(Exception, match=r"Machine .*: DefinitionSubstitutions lacks \$\{B\}"):
        create(engine, MACHINE_ROLE + MACHINE + definition + substitutions)


def test_state_machine_logs_and_traces_as_configured(engine: Engine) -> None:
    definition = "      Definition: {StartAt: A, States: {A: {Type: Succeed}}}\n"
    settings = """
      LoggingConfiguration:
        Level: ERROR
        IncludeExecutionData: "true"
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: !GetAtt Logs.Arn}}]
      Tags: [{Key: team, Value: canary}]
      TracingConfiguration: {Enabled: true}
  Logs: {Type: AWS::Logs::LogGroup}
"""
    stack = create(engine, MACHINE_ROLE + MACHINE + definition + settings)
    client, arn = engine.client("stepfunctions"), stack.physical_id("Machine")
    machine = client.describe_state_machine(stateMachineArn=arn)
    group = stack.resources["Logs"].attributes["Arn"]
    assert machine["loggingConfiguration"] == {
        "level": "ERROR",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    assert machine["tracingConfiguration"] == {"enabled": True}
    tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"key": "team", "value": "canary"}]

    update(engine, stack, MACHINE_ROLE + MACHINE + definition.replace("Succeed", "Fail"))
    changed = client.describe_state_machine(stateMachineArn=arn)
    assert json.loads(changed["definition"])["States"]["A"]["Type"] == "Fail"
    assert changed["loggingConfiguration"]["level"] == "OFF"
    assert changed["tracingConfiguration"] == {"enabled": False}
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == []


def test_topic_subscription_and_policy(engine: Engine) -> None:
    text = """
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: Canary, Tags: [{Key: team, Value: canary}]}
  Mail:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: email
      Endpoint: team@example.com
      FilterPolicy: {status: [FAILED]}
  Policy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "sns:Publish"}]}
"""
    stack = create(engine, text)
    sns, arn = engine.client("sns"), stack.physical_id("Topic")
    topic = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert topic["DisplayName"] == "Canary"
    assert json.loads(topic["Policy"])["Statement"][0]["Action"] == "sns:Publish"
    mail = stack.physical_id("Mail")
    subscription = sns.get_subscription_attributes(SubscriptionArn=mail)["Attributes"]
    assert json.loads(subscription["FilterPolicy"]) == {"status": ["FAILED"]}

    update(engine, stack, text.replace("[FAILED]", "[ABORTED]"))
    subscription = sns.get_subscription_attributes(SubscriptionArn=mail)["Attributes"]
    assert json.loads(subscription["FilterPolicy"]) == {"status": ["ABORTED"]}
    engine.delete(stack)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_alarms_and_dashboard(engine: Engine) -> None:
    text = """
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmActions: ["arn:aws:sns:us-east-1:123456789012:topic"]
      ComparisonOperator: GreaterThanOrEqualToThreshold
      Dimensions: [{Name: FunctionName, Value: checkout}]
      EvaluationPeriods: "2"
      MetricName: Errors
      Namespace: AWS/Lambda
      Period: "60"
      Statistic: Sum
      Threshold: "1"
      TreatMissingData: notBreaching
  Ratio:
    Type: AWS::CloudWatch::Alarm
    Properties:
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Threshold: 0.05
      Metrics:
        - {Id: rate, Expression: errors / 60, ReturnData: "true"}
        - Id: errors
          ReturnData: false
          MetricStat:
            Metric: {MetricName: Errors, Namespace: AWS/Lambda}
            Period: "60"
            Stat: Sum
  Either:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties: {AlarmRule: !Sub 'ALARM("${Errors}") OR ALARM("${Ratio}")'}
  Board: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: '{"widgets": []}'}}
"""
    stack = create(engine, text)
    client = engine.client("cloudwatch")
    names = [stack.physical_id(name) for name in ("Errors", "Ratio", "Either")]
    kinds = ["MetricAlarm", "CompositeAlarm"]
    answer = client.describe_alarms(AlarmNames=names, AlarmTypes=kinds)
    alarms = {alarm["AlarmName"]: alarm for alarm in answer["MetricAlarms"]}
    errors, ratio = alarms[names[0]], alarms[names[1]]
    assert (errors["EvaluationPeriods"], errors["Period"], errors["Threshold"]) == (2, 60, 1.0)
    assert errors["Dimensions"] == [{"Name": "FunctionName", "Value": "checkout"}]
    assert errors["TreatMissingData"] == "notBreaching"
    assert stack.resources["Errors"].attributes["Arn"] == errors["AlarmArn"]
    assert [(metric["Id"], metric["ReturnData"]) for metric in ratio["Metrics"]] == [
        ("rate", True),
        ("errors", False),
    ]
    [either] = answer["CompositeAlarms"]
    assert either["AlarmRule"] == f'ALARM("{names[0]}") OR ALARM("{names[1]}")'
    board = client.get_dashboard(DashboardName=stack.physical_id("Board"))
    assert json.loads(board["DashboardBody"]) == {"widgets": []}

    update(engine, stack, text.replace('"2"', '"3"'))
    [errors] = client.describe_alarms(AlarmNames=names[:1])["MetricAlarms"]
    assert errors["EvaluationPeriods"] == 3


def test_log_group_keeps_for_the_days_given(engine: Engine) -> None:
    text = "  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: '30'}}"
    stack = create(engine, text)
    logs = engine.client("logs")
    [group] = logs.describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (stack.physical_id("Logs"), 30)
    update(engine, stack, "  Logs: {Type: AWS::Logs::LogGroup}")
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]


def test_event_rule_with_its_targets(engine: Engine) -> None:
    text = """
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.states]}
      Targets: [{Id: one, Arn: "arn:aws:lambda:us-east-1:123456789012:function:f"}]
"""
    stack = create(engine, text)
    events, name = engine.client("events"), stack.physical_id("Rule")
    rule = events.describe_rule(Name=name)
    assert json.loads(rule["EventPattern"]) == {"source": ["aws.states"]}
    assert stack.resources["Rule"].attributes == {"Arn": rule["Arn"]}
    update(engine, stack, text.replace("Id: one", "Id: two"))
    assert [target["Id"] for target in events.list_targets_by_rule(Rule=name)["Targets"]] == ["two"]
    engine.delete(stack)
    assert events.list_rules()["Rules"] == []


def test_parameter_with_its_value(engine: Engine) -> None:
    text = "  Order: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: pause}}"
    stack = create(engine, text)
    ssm, name = engine.client("ssm"), stack.physical_id("Order")
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "pause"
    update(engine, stack, text.replace("pause", "resume"))
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "resume"


def test_queue_with_its_policy(engine: Engine) -> None:
    text = """
  Dead: {Type: AWS::SQS::Queue}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
      VisibilityTimeout: 60
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "sqs:*"}]}
"""
    stack = create(engine, text)
    sqs, url = engine.client("sqs"), stack.physical_id("Queue")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["QueueArn"] == stack.resources["Queue"].attributes["Arn"]
    assert attributes["VisibilityTimeout"] == "60"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 3
    assert json.loads(attributes["Policy"])["Statement"][0]["Action"] == "sqs:*"
    update(engine, stack, text.replace("VisibilityTimeout: 60", "DelaySeconds: 5"))
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"]) == ("30", "5")


def test_keys_and_what_they_encrypt(engine: Engine) -> None:
    resources = """
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: Messages.
      EnableKeyRotation: true
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {Service: [cloudwatch.amazonaws.com, !Sub "logs.${AWS::Region}.amazonaws.com"]}
            Action: "kms:*"
            Resource: "*"
      Tags: [{Key: team, Value: canary}]
  Name: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/app, TargetKeyId: !Ref Key}}
  Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: !GetAtt Key.Arn}}
  Queue: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Ref Name}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {KmsKeyId: !GetAtt Key.Arn}}
"""  # noqa: E501
    stack = create(engine, resources)
    kms, key = engine.client("kms"), stack.physical_id("Key")
    found = kms.describe_key(KeyId="alias/app")["KeyMetadata"]
    assert (found["KeyId"], found["Description"], found["KeyState"]) == (
        key,
        "Messages.",
        "Enabled",
    )
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "canary"}]
    [group] = engine.client("logs").describe_log_groups()["logGroups"]
    assert group["kmsKeyId"] == found["Arn"]
    topic = engine.client("sns").get_topic_attributes(TopicArn=stack.physical_id("Topic"))
    assert topic["Attributes"]["KmsMasterKeyId"] == found["Arn"]

    update(
        engine,
        stack,
        resources.replace("EnableKeyRotation: true", "Enabled: false")
        .replace("Messages.", "Nothing.")
        .replace("      Tags: [{Key: team, Value: canary}]\n", ""),
    )
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (found["Description"], found["KeyState"]) == ("Nothing.", "Disabled")
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []

    engine.delete(stack)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
