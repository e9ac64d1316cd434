"""Macros rewrite templates, among the transforms of AWS's own.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation.sam import SAM
from tests.sandbox.given import function, role
from tests.sandbox.services.cloudformation.clients import Client, values

AGREED = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
MACRO = """
Resources:
  Macro: {Type: AWS::CloudFormation::Macro, Properties: {Name: %s, FunctionName: %s}}
Outputs: {Name: {Value: !Ref Macro}}
"""
# Puts what it was asked into the display name of a topic.
REWRITE = """
import json

def handler(event, context):
    fragment = event["fragment"]
    told = {key: value for key, value in event.items() if key != "fragment"}
    told["sections"] = sorted(fragment)
    told["types"] = sorted(one["Type"] for one in fragment["Resources"].values())
    topic = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String",
             "Name": event["transformId"].split("::")[1], "Value": json.dumps(told)}}
    fragment["Resources"][f"Told{len(fragment['Resources'])}"] = topic
    return {"requestId": event["requestId"], "status": "SUCCESS", "fragment": fragment}
"""
TEMPLATE = """
Transform: Rewrite
Parameters:
  Level: {Type: String, Default: low}
  Names: {Type: CommaDelimitedList, Default: "a,b"}
Metadata: {Rewrite: {of: {Ref: Level}}}
Resources: {Topic: {Type: AWS::SNS::Topic}}
"""
SERVERLESS = """
Transform: [%s]
Metadata: {Kept: true}
Resources:
  Function:
    Type: AWS::Serverless::Function
    Metadata: {Kept: true}
    Properties:
      {Runtime: python3.13, Handler: index.handler, InlineCode: "def handler(*_): return 1",
       AutoPublishAlias: live}
"""


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox)


def macro(sandbox: Sandbox, name: str = "Rewrite", code: str = REWRITE) -> str:
    """Make a macro of this code in a stack of its own, and return the stack's name."""
    stack = f"macro-{name}"
    api = sandbox.client("cloudformation")
    api.create_stack(StackName=stack, TemplateBody=MACRO % (name, function(sandbox, name, code)))
    sandbox.run_for(60)
    [made] = api.describe_stacks(StackName=stack)["Stacks"]
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert made["Outputs"][0]["OutputValue"] == name
    return stack


def told(sandbox: Sandbox, name: str = "Rewrite") -> Any:
    """Return what a macro was asked."""
    ssm = sandbox.client("ssm")
    return json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])


def reason(client: Client, body: str, **more: Any) -> str:
    proposed = client.propose(body, **more)
    assert (proposed["Status"], proposed["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    return str(proposed["StatusReason"])


@pytest.mark.proves("S66")
def test_a_macro_gets_the_template_and_the_values_of_its_parameters(client: Client) -> None:
    macro(client.sandbox)
    client.deploy(TEMPLATE, Parameters=values(Level="high"))
    asked = told(client.sandbox)
    assert asked == {
        "region": "us-east-1",
        "accountId": "123456789012",
        "transformId": "123456789012::Rewrite",
        "params": {},
        "requestId": asked["requestId"],
        "templateParameterValues": {"Level": "high", "Names": ["a", "b"]},
        "sections": ["Metadata", "Parameters", "Resources"],
        "types": ["AWS::SNS::Topic"],
    }


def test_a_transform_may_have_parameters_of_its_own(client: Client) -> None:
    macro(client.sandbox)
    own = "[{Name: Rewrite, Parameters: {Input: !Ref Level, Fixed: 1}}]"
    client.deploy(TEMPLATE.replace("Transform: Rewrite", f"Transform: {own}"))
    assert told(client.sandbox)["params"] == {"Input": "low", "Fixed": 1}


@pytest.mark.proves("S66")
@pytest.mark.parametrize(
    ("order", "types"),
    [
        (f"{SAM}, Rewrite", ["Alias", "Function", "Role", "Version"]),
        (f"Rewrite, {SAM}", ["Function"]),
    ],
)
def test_transforms_come_in_their_order_with_sams_as_one_of_them(
    client: Client, order: str, types: list[str]
) -> None:
    macro(client.sandbox)
    client.deploy(SERVERLESS % order, Capabilities=AGREED)
    asked = told(client.sandbox)
    assert sorted(name.split("::")[2] for name in asked["types"]) == types
    assert asked["sections"] == ["Metadata", "Resources"]
    processed = client.api.get_template(StackName="app", TemplateStage="Processed")["TemplateBody"]
    assert "Transform" not in processed
    assert processed["Metadata"] == {"Kept": True}
    assert processed["Resources"]["Function"]["Metadata"]["Kept"] is True


@pytest.mark.proves("S66")
def test_the_original_and_the_processed_template_are_kept(client: Client) -> None:
    macro(client.sandbox)
    client.propose(TEMPLATE)
    for of in ({"ChangeSetName": "c"}, {}):
        original = client.api.get_template(StackName="app", **of)
        processed = client.api.get_template(StackName="app", TemplateStage="Processed", **of)
        assert original["TemplateBody"] == TEMPLATE
        assert processed["TemplateBody"]["Resources"].keys() == {"Topic", "Told1"}
        client.execute() if of else None


FAILURES = {
    "with a message": (
        'return {"requestId": event["requestId"], "status": "failure", "errorMessage": "no"}',
        "Transform 123456789012::Fails failed with: no",
    ),
    "without one": (
        'return {"requestId": event["requestId"], "status": "failure"}',
        "Transform 123456789012::Fails failed without an error message.",
    ),
    "by an exception": (
        'raise ValueError("no")',
        "Received malformed response from transform 123456789012::Fails",
    ),
    "by another's request": (
        'return {"requestId": "another", "status": "success", "fragment": event["fragment"]}',
        "Received malformed response from transform 123456789012::Fails",
    ),
    "by no answer": (
        "return None",
        "Received malformed response from transform 123456789012::Fails",
    ),
    "by no fragment": (
        'return {"requestId": event["requestId"], "status": "success"}',
        "Fragment returned by transform 123456789012::Fails is null",
    ),
    "by no template": (
        'return {"requestId": event["requestId"], "status": "success", "fragment": "text"}',
        "Template format error: unsupported structure.",
    ),
    "by a template with problems": (
        'event["fragment"]["Resources"]["Topic"]["Type"] = "AWS::Nobodys::Type"\n'
        '    return {"requestId": event["requestId"], "status": "success",'
        ' "fragment": event["fragment"]}',
        "Topic (AWS::Nobodys::Type): the resource type is not supported",
    ),
    "by a macro in it": (
        'event["fragment"]["Resources"]["Topic"]["Properties"] = {"Fn::Transform": {"Name": "X"}}\n'
        '    return {"requestId": event["requestId"], "status": "success",'
        ' "fragment": event["fragment"]}',
        "Resources.Topic.Properties: Fn::Transform is not supported",
    ),
    "by a template too large to go on with": (
        'event["fragment"]["Description"] = "x" * 1_000_000\n'
        '    return {"requestId": event["requestId"], "status": "success",'
        ' "fragment": event["fragment"]}',
        "Transformation data limit exceeded",
    ),
    "by a template too large for what was given": (
        'event["fragment"]["Description"] = "x" * 51_200\n'
        '    return {"requestId": event["requestId"], "status": "success",'
        ' "fragment": event["fragment"]}',
        "Template may not exceed 51200 bytes in size.",
    ),
}


@pytest.mark.proves("S66")
@pytest.mark.parametrize(("code", "words"), FAILURES.values(), ids=FAILURES.keys())
def test_a_macro_that_fails_fails_the_change_set(client: Client, code: str, words: str) -> None:
    macro(client.sandbox, "Fails", f"def handler(event, context):\n    {code}")
    assert reason(client, TEMPLATE.replace("Rewrite\n", "Fails\n", 1)) == words
    assert client.stack()["StackStatus"] == "REVIEW_IN_PROGRESS"


def test_a_template_from_a_bucket_may_grow_to_a_megabyte(client: Client) -> None:
    code = REWRITE.replace(
        "    topic =", '    fragment["Description"] = "x" * 900_000\n    topic ='
    )
    macro(client.sandbox, code=code)
    s3 = client.sandbox.client("s3")
    s3.create_bucket(Bucket="artefacts")
    s3.put_object(Bucket="artefacts", Key="app.template", Body=TEMPLATE.encode())
    client.api.create_change_set(
        StackName="app",
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateURL="https://s3.us-east-1.amazonaws.com/artefacts/app.template",
    )
    told = client.api.describe_change_set(StackName="app", ChangeSetName="c")
    assert told["Status"] == "CREATE_COMPLETE"


@pytest.mark.proves("S66")
def test_a_macro_that_is_not_there_is_named(client: Client) -> None:
    assert reason(client, TEMPLATE) == "No transform named 123456789012::Rewrite found"
    stack = macro(client.sandbox)
    assert client.propose(TEMPLATE, name="d")["Status"] == "CREATE_COMPLETE"
    client.api.delete_stack(StackName=stack)
    client.sandbox.run_for(60)
    failed = client.propose(TEMPLATE, name="e")
    assert failed["StatusReason"] == "No transform named 123456789012::Rewrite found"


def test_the_preview_of_a_template_has_no_macros(tmp_path: Path) -> None:
    from sandbox.services.cloudformation import TemplateError, transformed

    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    with pytest.raises(TemplateError, match="No transform named Rewrite found"):
        transformed(path, {})


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        ("AWS::Include", "Transform AWS::Include is not supported"),
        ("{Name: !Ref Level}", "Key Name of transform definition must be a string."),
        ("[1]", "Key Name of transform definition must be a string."),
    ],
)
def test_a_transform_that_is_none_is_refused(client: Client, transform: str, message: str) -> None:
    body = TEMPLATE.replace("Transform: Rewrite", f"Transform: {transform}")
    with pytest.raises(ClientError, match=message):
        client.api.create_stack(StackName="app", TemplateBody=body, Capabilities=AGREED)


@pytest.mark.proves("S66")
@pytest.mark.parametrize("place", ["Resources", "Properties"])
def test_macros_for_a_part_of_a_template_are_refused_by_name(client: Client, place: str) -> None:
    snippet = "Fn::Transform: {Name: Rewrite}"
    bodies = {
        "Resources": f"Resources: {{Topic: {{Type: AWS::SNS::Topic}}, {snippet}}}",
        "Properties": f"Resources: {{Topic: {{Type: AWS::SNS::Topic, Properties: {{{snippet}}}}}}}",
    }
    with pytest.raises(ClientError, match=r"Resources.*: Fn::Transform is not supported"):
        client.propose(bodies[place])


@pytest.mark.proves("S66")
def test_who_looks_at_no_change_set_agrees_beforehand_to_macros(client: Client) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html."""
    macro(client.sandbox)
    api = client.api
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        api.create_stack(StackName="app", TemplateBody=TEMPLATE)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        told(client.sandbox)
    api.create_stack(StackName="app", TemplateBody=TEMPLATE, Capabilities=AGREED)
    client.sandbox.run_for(60)
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        api.update_stack(StackName="app", UsePreviousTemplate=True, Parameters=values(Level="high"))
    api.update_stack(
        StackName="app",
        UsePreviousTemplate=True,
        Parameters=values(Level="high"),
        Capabilities=AGREED,
    )
    client.sandbox.run_for(60)
    assert told(client.sandbox)["templateParameterValues"]["Level"] == "high"


def test_a_summary_names_the_transforms_and_what_they_may_need(client: Client) -> None:
    body = TEMPLATE.replace("Transform: Rewrite", "Transform: [{Name: Rewrite}, Other]")
    summary = client.api.get_template_summary(TemplateBody=body)
    assert summary["DeclaredTransforms"] == ["Rewrite", "Other"]
    assert "CAPABILITY_AUTO_EXPAND" in summary["Capabilities"]


@pytest.mark.proves("S66")
def test_whoever_deploys_must_be_allowed_to_call_the_macro(client: Client) -> None:
    macro(client.sandbox)
    cloudformation = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
    deployer = role(client.sandbox, "deployer", cloudformation)
    with client.sandbox.acting_as(deployer):
        words = reason(client, TEMPLATE)
    assert "not authorized to perform: lambda:InvokeFunction on resource" in words


def test_a_name_has_one_macro(client: Client) -> None:
    macro(client.sandbox)
    stack = client.deploy(MACRO % ("Rewrite", "Rewrite"))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    renamed = client.deploy
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(60)
    assert renamed(MACRO % ("Second", "Rewrite"))["StackStatus"] == "CREATE_COMPLETE"


def test_a_macro_may_change_its_function_and_its_name(client: Client) -> None:
    function(client.sandbox, "first", REWRITE)
    function(client.sandbox, "second", REWRITE.replace('["Type"] for', '["Type"].lower() for'))
    for stack, name, body in (
        ("CREATE", "first", MACRO % ("Old", "first")),
        ("UPDATE", "second", MACRO % ("Old", "second")),
        ("UPDATE", "third", MACRO % ("Rewrite", "second")),
    ):
        client.api.create_change_set(
            StackName="macros", ChangeSetName=name, ChangeSetType=stack, TemplateBody=body
        )
        client.api.execute_change_set(StackName="macros", ChangeSetName=name)
        client.sandbox.run_for(60)
    client.deploy(TEMPLATE)
    assert told(client.sandbox)["types"] == ["aws::sns::topic"]
    old = TEMPLATE.replace("Transform: Rewrite", "Transform: Old")
    with pytest.raises(ClientError, match="No transform named 123456789012::Old found"):
        client.api.update_stack(StackName="app", TemplateBody=old, Capabilities=AGREED)


def test_a_template_file_is_deployed_with_its_macros(sandbox: Sandbox, tmp_path: Path) -> None:
    macro(sandbox)
    path = tmp_path / "template.yaml"
    path.write_text(SERVERLESS % f"{SAM}, Rewrite")
    stack = sandbox.deploy(path, "app")
    assert stack.resources.keys() >= {"Function", "FunctionAliaslive", "Told4"}
