"""Applications beside this one, with a macro, an export and triggers, by the real commands."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.user import User

MACRO = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            fragment, answer = event["fragment"], {"requestId": event["requestId"]}
            wanted = fragment["Metadata"].pop("Describe")
            if not wanted:
                return {**answer, "status": "failure", "errorMessage": "say what it is"}
            fragment["Resources"]["ShopAliaslive"]["Properties"]["Description"] = wanted
            return {**answer, "status": "success", "fragment": fragment}
  Macro:
    Type: AWS::CloudFormation::Macro
    Properties: {Name: Describe, FunctionName: !GetAtt Function.Arn}
Outputs:
  Function: {Value: !GetAtt Function.Arn, Export: {Name: describe-function}}
"""
APP = """
Transform: [AWS::Serverless-2016-10-31, Describe]
Metadata: {Describe: a shop}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Shop:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): return {'statusCode': 200, 'body': context.function_version}"
      Runtime: python3.13
      Handler: index.handler
      AutoPublishAlias: live
      Environment: {Variables: {MACRO: !ImportValue describe-function}}
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Api: {Type: Api, Properties: {Path: /orders, Method: get}}
        Http: {Type: HttpApi}
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
Outputs:
  Url: {Value: !GetAtt ShopUrl.FunctionUrl}
  Api:
    Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/orders"
"""  # noqa: E501
DEPLOY = "sam deploy --stack-name shop --resolve-s3 --capabilities CAPABILITY_IAM"


@pytest.fixture(scope="module")
def app(user: User) -> Path:
    """Deploy a stack with a macro, and a folder with an application that uses it."""
    path = user.checkout.parent / "macro.yaml"
    path.write_text(MACRO)
    user.does(
        "aws cloudformation deploy --stack-name describe --capabilities CAPABILITY_IAM "
        f"--template-file {shlex.quote(str(path))}"
    )
    folder = user.checkout.parent / "shop"
    folder.mkdir()
    return folder


def deploy(app: Path, text: str) -> str:
    (app / "template.yaml").write_text(text)
    return f"cd {shlex.quote(str(app))} && sam build && {DEPLOY}"


def output(user: User, key: str) -> str:
    [value] = [
        one["OutputValue"] for one in user.stack("shop")["Outputs"] if one["OutputKey"] == key
    ]
    return str(value)


def ask(user: User, key: str, page: str = "ask", **more: Any) -> Any:
    """Ask one of the application's endpoints as docs/sandbox.md says."""
    body = shlex.quote(json.dumps({"url": output(user, key), **more}))
    told = user.server.shell(
        f'curl -sS "$AWS_ENDPOINT_URL/sandbox/{page}" -H "Content-Type: application/json" -d {body}'
    )
    return json.loads(told)


@pytest.mark.proves("S66", "S82")
def test_an_application_is_deployed_by_its_macro_and_called_by_its_triggers(
    user: User, app: Path
) -> None:
    told = user.does(deploy(app, APP))
    assert "Successfully created/updated stack - shop" in told
    name = user.client("cloudformation").describe_stack_resource(
        StackName="shop", LogicalResourceId="Shop"
    )["StackResourceDetail"]["PhysicalResourceId"]
    alias = user.client("lambda").get_alias(FunctionName=name, Name="live")
    assert alias["Description"] == "a shop"
    for key in ("Url", "Api"):
        assert (ask(user, key)["status"], ask(user, key)["body"]) == (200, "1")
    assert ask(user, "Url", "keep-asking", every=5)["body"] == "1"


@pytest.mark.proves("S66")
def test_a_macro_that_fails_fails_the_deployment_with_its_words(user: User, app: Path) -> None:
    failed = user.tries(deploy(app, APP.replace("Describe: a shop", 'Describe: ""')))
    assert failed.returncode == 1
    assert "Transform 123456789012::Describe failed with: say what it is" in failed.stderr
    assert user.stack("shop")["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.proves("S80", "S82")
def test_new_code_is_a_new_version_behind_the_same_triggers(user: User, app: Path) -> None:
    user.does(deploy(app, APP.replace("return {", "return 0 or {")))
    assert user.stack("shop")["StackStatus"] == "UPDATE_COMPLETE"
    assert [ask(user, key)["body"] for key in ("Url", "Api")] == ["2", "2"]


@pytest.mark.proves("S65")
def test_an_export_is_held_until_nobody_imports_it(user: User) -> None:
    assert user.stack("describe")["StackStatus"] == "CREATE_COMPLETE"
    told = user.does("aws cloudformation list-imports --export-name describe-function")
    assert json.loads(told)["Imports"] == ["shop"]
    user.does("aws cloudformation delete-stack --stack-name describe")
    user.does("sam delete --no-prompts --stack-name shop")
    gone = user.tries("aws cloudformation list-imports --export-name describe-function")
    assert "is not imported by any stack" in gone.stderr
    assert user.stack("describe")["StackStatus"] == "CREATE_COMPLETE"
    user.does(
        "aws cloudformation delete-stack --stack-name describe && "
        "aws cloudformation wait stack-delete-complete --stack-name describe"
    )
    assert json.loads(user.does("aws cloudformation list-exports"))["Exports"] == []
