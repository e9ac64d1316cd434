"""Versions and aliases as CloudFormation makes and changes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import DeploymentFailedError, Engine, Stack, TemplateError
from sandbox.services.cloudformation.template import parse
from tests.sandbox.given import role

FUNCTION = """
Parameters: {Code: {Type: String, Default: one}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: shop
      Code: {ZipFile: !Sub "def handler(event, context): return '${Code}'"}
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Runtime: python3.13
"""
VERSION = """
  Version%s: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
"""
ALIAS = """
  Alias:
    Type: AWS::Lambda::Alias
    Properties:
      {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version%s.Version, Name: live}
"""
FIRST = FUNCTION + VERSION % 1 + ALIAS % 1


@pytest.fixture
def engine(sandbox: Sandbox) -> Engine:
    return sandbox.cloudformation.engine


def deploy(engine: Engine, text: str, **parameters: str) -> Stack:
    return engine.create("app", parse(text), parameters)


def alias(engine: Engine) -> Any:
    return engine.client("lambda").get_alias(FunctionName="shop", Name="live")


@pytest.mark.proves("S80")
def test_unchanged_code_makes_no_new_version_and_fails(engine: Engine) -> None:
    """https://github.com/aws/aws-cdk/issues/5334."""
    stack = deploy(engine, FIRST)
    with pytest.raises(DeploymentFailedError) as failed:
        engine.update(stack, parse(FIRST + VERSION % 2), {})
    assert failed.value.reason == (
        "A version for this Lambda function exists ( 1 ). "
        "Modify the function to create a new version."
    )
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    versions = engine.client("lambda").list_versions_by_function(FunctionName="shop")["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1"]


def test_a_version_published_by_hand_is_in_the_way_too(engine: Engine) -> None:
    stack = deploy(engine, FUNCTION)
    engine.client("lambda").publish_version(FunctionName="shop")
    with pytest.raises(DeploymentFailedError, match=r"exists \( 1 \)"):
        engine.update(stack, parse(FUNCTION + VERSION % 1), {})


@pytest.mark.proves("S80")
@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_the_old_version_goes_or_stays_as_its_policy_says(engine: Engine, policy: str) -> None:
    kept = (VERSION % 1).replace("Version1: {", f"Version1: {{DeletionPolicy: {policy}, ")
    stack = deploy(engine, FUNCTION + kept + ALIAS % 1)
    engine.update(stack, parse(FUNCTION + VERSION % 2 + ALIAS % 2), {"Code": "two"})
    versions = engine.client("lambda").list_versions_by_function(FunctionName="shop")["Versions"]
    numbers = [one["Version"] for one in versions]
    assert numbers == (["$LATEST", "1", "2"] if policy == "Retain" else ["$LATEST", "2"])


def test_a_replaced_version_goes_or_stays_as_its_own_policy_says(engine: Engine) -> None:
    kept = (VERSION % 1).replace("Version1: {", "Version1: {UpdateReplacePolicy: Retain, ")
    described = kept.replace("!Ref Function}", "!Ref Function, Description: second}")
    stack = deploy(engine, FUNCTION + kept + ALIAS % 1)
    engine.update(stack, parse(FUNCTION + described + ALIAS % 1), {"Code": "two"})
    versions = engine.client("lambda").list_versions_by_function(FunctionName="shop")["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1", "2"]
    assert alias(engine)["FunctionVersion"] == "2"


@pytest.mark.proves("S80")
def test_an_alias_is_left_alone_while_the_template_says_the_same_of_it(engine: Engine) -> None:
    stack = deploy(engine, FIRST)
    two = FUNCTION + VERSION % 1 + VERSION % 2 + ALIAS % 1
    client = engine.client("lambda")
    client.update_alias(FunctionName="shop", Name="live", Description="changed by hand")
    before = alias(engine)
    engine.update(stack, parse(two), {"Code": "two"})
    now = alias(engine)
    assert (now["Description"], now["RevisionId"]) == ("changed by hand", before["RevisionId"])
    assert now["FunctionVersion"] == "1"


@pytest.mark.proves("S80")
def test_an_update_of_an_alias_leaves_weights_to_whom_they_are(engine: Engine) -> None:
    """Lambda refuses the primary version as an additional one, so it is seen that weights stay."""
    stack = deploy(engine, FIRST)
    both = FUNCTION + VERSION % 1 + VERSION % 2 + ALIAS % 1
    engine.update(stack, parse(both), {"Code": "two"})
    client = engine.client("lambda")
    weights = {"AdditionalVersionWeights": {"2": 0.1}}
    client.update_alias(FunctionName="shop", Name="live", RoutingConfig=weights)
    described = both.replace("Name: live}", "Name: live, Description: d}")
    engine.update(stack, parse(described), {"Code": "two"})
    assert (alias(engine)["RoutingConfig"], alias(engine)["Description"]) == (weights, "d")
    with pytest.raises(DeploymentFailedError, match="already included in routing configuration"):
        engine.update(
            stack, parse(FUNCTION + VERSION % 1 + VERSION % 2 + ALIAS % 2), {"Code": "two"}
        )
    assert alias(engine)["RoutingConfig"] == weights


@pytest.mark.proves("S80")
def test_it_may_be_that_an_update_of_an_alias_takes_weights_away(engine: Engine) -> None:
    """No documentation says whether, so both can be had."""
    engine.clears_weights = True
    stack = deploy(engine, FIRST)
    both = FUNCTION + VERSION % 1 + VERSION % 2
    engine.update(stack, parse(both + ALIAS % 1), {"Code": "two"})
    engine.client("lambda").update_alias(
        FunctionName="shop",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
    )
    engine.update(stack, parse(both + ALIAS % 2), {"Code": "two"})
    assert alias(engine)["FunctionVersion"] == "2"
    assert "RoutingConfig" not in alias(engine)


def test_weights_and_a_description_of_the_templates_go_with_it(engine: Engine) -> None:
    both = FUNCTION + VERSION % 1 + ALIAS % 1
    stack = deploy(engine, both)
    weighted = (both + VERSION % 2).replace(
        "Name: live}",
        "Name: live, Description: d, RoutingConfig: {AdditionalVersionWeights: "
        "[{FunctionVersion: !GetAtt Version2.Version, FunctionWeight: 0.5}]}}",
    )
    engine.update(stack, parse(weighted), {"Code": "two"})
    assert alias(engine)["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.5}}
    engine.update(stack, parse(both + VERSION % 2), {"Code": "two"})
    assert "RoutingConfig" not in alias(engine)
    assert alias(engine)["Description"] == ""


def test_an_update_of_an_alias_minds_no_revision(engine: Engine) -> None:
    stack = deploy(engine, FIRST)
    engine.client("lambda").update_alias(FunctionName="shop", Name="live", Description="by hand")
    engine.update(stack, parse(FUNCTION + VERSION % 2 + ALIAS % 2), {"Code": "two"})
    assert alias(engine)["FunctionVersion"] == "2"


@pytest.mark.proves("S80")
def test_what_only_a_function_url_may_do_nobody_else_may(sandbox: Sandbox, engine: Engine) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html."""
    permissions = """
  Url:
    Type: AWS::Lambda::Permission
    Properties:
      {Action: lambda:InvokeFunctionUrl, FunctionName: !Ref Alias, Principal: "*",
       FunctionUrlAuthType: NONE}
  Call:
    Type: AWS::Lambda::Permission
    Properties:
      {Action: lambda:InvokeFunction, FunctionName: !Ref Alias, Principal: "*",
       InvokedViaFunctionUrl: true}
"""
    deploy(engine, FIRST + permissions)
    policy = engine.client("lambda").get_policy(FunctionName="shop", Qualifier="live")["Policy"]
    conditions = [one["Condition"] for one in json.loads(policy)["Statement"]]
    assert sorted(conditions, key=str) == [
        {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    ]
    guest = role(sandbox, "guest", {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
    with sandbox.acting_as(guest), pytest.raises(ClientError, match="not authorized to perform"):
        engine.client("lambda").invoke(FunctionName="shop:live")


SHIFTED = """
  Application: {Type: AWS::CodeDeploy::Application, Properties: {ComputePlatform: Lambda}}
  Group:
    Type: AWS::CodeDeploy::DeploymentGroup
    Properties:
      AlarmConfiguration: {Alarms: [{Name: errors}], Enabled: true}
      ApplicationName: !Ref Application
      AutoRollbackConfiguration: {Enabled: true, Events: [DEPLOYMENT_FAILURE]}
      DeploymentConfigName: CodeDeployDefault.LambdaCanary10Percent5Minutes
      DeploymentStyle: {DeploymentType: BLUE_GREEN, DeploymentOption: WITH_TRAFFIC_CONTROL}
      ServiceRoleArn: !GetAtt Role.Arn
"""
POLICY = """
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        {ApplicationName: !Ref Application, DeploymentGroupName: !Ref Group}
"""


@pytest.mark.proves("S81")
def test_codedeploys_resources_are_recorded(engine: Engine) -> None:
    stack = deploy(engine, FIRST + POLICY + SHIFTED)
    assert alias(engine)["FunctionVersion"] == "1"
    assert stack.physical_id("Group").startswith("app-Group-")
    named = SHIFTED.replace(
        "ComputePlatform: Lambda", "ApplicationName: mine, ComputePlatform: Lambda"
    )
    engine.update(stack, parse(FIRST + POLICY + named.replace("errors", "others")), {"Code": "x"})
    assert stack.physical_id("Application") == "mine"
    assert stack.resources["Group"].properties["ApplicationName"] == "mine"
    engine.delete(stack)


@pytest.mark.proves("S81")
def test_a_shift_that_codedeploy_would_do_is_refused_before_anything_happens(
    engine: Engine,
) -> None:
    stack = deploy(engine, FIRST + POLICY + SHIFTED)
    second = FUNCTION + VERSION % 2 + ALIAS % 2
    with pytest.raises(TemplateError, match="its UpdatePolicy has CodeDeploy shift it"):
        engine.update(stack, parse(second + POLICY + SHIFTED), {"Code": "two"})
    assert stack.status == "CREATE_COMPLETE"
    engine.update(stack, parse(second), {"Code": "two"})
    assert alias(engine)["FunctionVersion"] == "2"


@pytest.mark.parametrize(("shifts", "refused"), [("yes", True), ("no", False)])
def test_conditions_say_whether_codedeploy_would(
    engine: Engine, shifts: str, refused: bool
) -> None:
    conditional = """
    UpdatePolicy:
      Fn::If:
        - Shifts
        - CodeDeployLambdaAliasUpdate:
            {ApplicationName: !Ref Application, DeploymentGroupName: !Ref Group}
        - !Ref AWS::NoValue
"""
    condition = f"\nConditions: {{Shifts: !Equals [{shifts!r}, 'yes']}}\n"
    stack = deploy(engine, condition + FIRST + conditional + SHIFTED)
    second = condition + FUNCTION + VERSION % 2 + ALIAS % 2 + conditional + SHIFTED
    if refused:
        with pytest.raises(TemplateError, match="its UpdatePolicy has CodeDeploy shift it"):
            engine.update(stack, parse(second), {"Code": "two"})
    else:
        engine.update(stack, parse(second), {"Code": "two"})
    assert alias(engine)["FunctionVersion"] == ("1" if refused else "2")


@pytest.mark.parametrize(
    "text",
    [
        "  Topic: {Type: AWS::SNS::Topic, UpdatePolicy: {CodeDeployLambdaAliasUpdate: {}}}",
        "  Topic: {Type: AWS::SNS::Topic, UpdatePolicy: {AutoScalingRollingUpdate: {}}}",
        "  Topic: {Type: AWS::SNS::Topic, UpdatePolicy: text}",
    ],
)
def test_other_update_policies_are_refused(engine: Engine, text: str) -> None:
    with pytest.raises(TemplateError, match="an UpdatePolicy other than an alias's"):
        deploy(engine, f"Resources:\n{text}")
