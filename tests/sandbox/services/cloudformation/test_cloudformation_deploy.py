"""A SAM template deploys from its file into something that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import CloudFormation, transformed

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Greeting: {Type: String}}
Globals: {Function: {CodeUri: code/, Runtime: python3.13, Tracing: Active}}
Resources:
  Logs: {Type: AWS::Logs::LogGroup}
  GreetFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: greet.handler
      LoggingConfig: {LogGroup: !Ref Logs, LogFormat: JSON}
      Environment: {Variables: {GREETING: !Ref Greeting}}
      Policies: [AWSXrayWriteOnlyAccess]
  PartFunction:
    Type: AWS::Serverless::Function
    Properties: {Handler: greet.handler, AutoPublishAlias: live}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: machine.asl.yaml
      DefinitionSubstitutions:
        Partition: !Ref AWS::Partition
        GreetFunctionArn: !GetAtt GreetFunction.Arn
        Seconds: 60
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref GreetFunction}}]
Outputs:
  MachineArn: {Value: !Ref Machine}
"""
DEFINITION = """
StartAt: Pause
States:
  Pause: {Type: Wait, Seconds: ${Seconds}, Next: Greet}
  Greet:
    Type: Task
    Resource: "arn:${Partition}:states:::lambda:invoke"
    Parameters: {FunctionName: "${GreetFunctionArn}", Payload.$: $}
    OutputPath: $.Payload
    End: true
"""
CODE = """
import os

def handler(event, context):
    return f"{os.environ['GREETING']}, {event['name']}"
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "greet.py").write_text(CODE)
    (tmp_path / "machine.asl.yaml").write_text(DEFINITION)
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


def test_what_was_deployed_runs(sandbox: Sandbox, template: Path) -> None:
    stack = sandbox.deploy(template, "greeting", Greeting="Hello")
    execution = sandbox.start({"name": "canary"}, machine=stack.outputs["MachineArn"])
    result = sandbox.finish(execution)
    assert (result.status, result.output) == ("SUCCEEDED", "Hello, canary")


def test_deploying_again_with_another_parameter_updates_the_function(
    cloudformation: CloudFormation, template: Path
) -> None:
    stack = cloudformation.deploy(template, "greeting", {"Greeting": "Hello"})
    made = stack.physical_id("GreetFunction")
    version = stack.resources["PartFunctionAliaslive"].properties["FunctionVersion"]
    cloudformation.update(stack, template, {"Greeting": "Good morning"})
    assert stack.physical_id("GreetFunction") == made
    function = cloudformation.engine.client("lambda").get_function_configuration(FunctionName=made)
    assert function["Environment"]["Variables"] == {"GREETING": "Good morning"}
    assert stack.resources["PartFunctionAliaslive"].properties["FunctionVersion"] == version


def test_new_code_publishes_a_version_and_moves_the_alias(
    cloudformation: CloudFormation, template: Path
) -> None:
    stack = cloudformation.deploy(template, "greeting", {"Greeting": "Hello"})
    (template.parent / "code" / "greet.py").write_text("def handler(event, context): ...")
    cloudformation.update(stack, template, {"Greeting": "Hello"})
    client, name = cloudformation.engine.client("lambda"), stack.physical_id("PartFunction")
    assert client.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "2"
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]


@pytest.mark.proves("S57")
def test_the_transformed_template_holds_the_definition(template: Path) -> None:
    plain = transformed(template, {"Greeting": "Hello"})
    machine: dict[str, Any] = plain["Resources"]["Machine"]
    assert machine["Type"] == "AWS::StepFunctions::StateMachine"
    assert not {"DefinitionS3Location", "DefinitionSubstitutions"} & machine["Properties"].keys()
    states = machine["Properties"]["Definition"]["States"]
    assert states["Pause"]["Seconds"] == 60
    assert states["Greet"]["Resource"] == "arn:aws:states:::lambda:invoke"
    assert states["Greet"]["Parameters"]["FunctionName"] == (
        "arn:aws:lambda:us-east-1:123456789012:function:preview-GreetFunction"
    )
    # Everything else is as the transform left it.
    assert machine["Properties"]["RoleArn"] == {"Fn::GetAtt": ["MachineRole", "Arn"]}
