"""Change sets through the API: what they say, refuse and do."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from tests.sandbox.services.cloudformation.clients import ROLE, SERVERLESS, TEMPLATE, Client, values

IAM = ["CAPABILITY_IAM"]


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox)


def changes(change_set: Any) -> dict[str, tuple[str, str | None]]:
    rows = [one["ResourceChange"] for one in change_set["Changes"]]
    return {row["LogicalResourceId"]: (row["Action"], row.get("Replacement")) for row in rows}


def test_a_stack_is_under_review_until_its_change_set_is_executed(client: Client) -> None:
    proposed = client.propose(TEMPLATE)
    assert proposed["Status"] == "CREATE_COMPLETE"
    assert proposed["ExecutionStatus"] == "AVAILABLE"
    assert changes(proposed) == dict.fromkeys(["Topic", "Logs", "Parameter"], ("Add", None))
    assert client.stack()["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert client.execute()["StackStatus"] == "CREATE_COMPLETE"
    executed = client.api.describe_change_set(ChangeSetName=proposed["ChangeSetId"])
    assert executed["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_executing_is_answered_before_it_is_done(client: Client) -> None:
    client.propose(TEMPLATE)
    client.api.execute_change_set(StackName="app", ChangeSetName="c")
    assert client.stack()["StackStatus"] == "CREATE_IN_PROGRESS"
    with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
        client.propose(TEMPLATE, "UPDATE", "d")


@pytest.mark.proves("S62")
def test_an_update_names_what_it_modifies_replaces_and_removes(client: Client) -> None:
    client.deploy(TEMPLATE)
    smaller = TEMPLATE.replace("  Parameter:", "  Other:")
    proposed = client.propose(smaller, "UPDATE", Parameters=values(Level="high", Name="two"))
    assert changes(proposed) == {
        "Topic": ("Modify", "False"),
        "Logs": ("Modify", "True"),
        "Other": ("Add", None),
        "Parameter": ("Remove", None),
    }
    rows = {one["ResourceChange"]["LogicalResourceId"]: one for one in proposed["Changes"]}
    assert rows["Logs"]["ResourceChange"]["Details"] == [
        {
            "Target": {
                "Attribute": "Properties",
                "Name": "LogGroupName",
                "RequiresRecreation": "Always",
            },
            "Evaluation": "Static",
        }
    ]
    assert rows["Parameter"]["ResourceChange"]["PolicyAction"] == "Delete"


def test_what_speaks_of_a_modified_resources_attribute_may_change_too(client: Client) -> None:
    client.deploy(TEMPLATE)
    proposed = client.propose(TEMPLATE, "UPDATE", Parameters=values(Level="high"))
    assert changes(proposed) == {"Topic": ("Modify", "False"), "Parameter": ("Modify", "False")}
    [_, parameter] = proposed["Changes"]
    [detail] = parameter["ResourceChange"]["Details"]
    assert (detail["Target"]["Name"], detail["Evaluation"]) == ("Value", "Dynamic")


def test_a_replaced_resource_leaves_open_whether_those_that_name_it_are_replaced(
    client: Client,
) -> None:
    more = """  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: me@example.com}
Outputs:"""
    body = TEMPLATE.replace("Outputs:", more)
    client.deploy(body)
    renamed = body.replace("DisplayName: !Ref Level", "TopicName: new")
    proposed = changes(client.propose(renamed, "UPDATE"))
    assert proposed["Topic"] == ("Modify", "True")
    assert proposed["Subscription"] == ("Modify", "Conditional")


@pytest.mark.proves("S62")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (TEMPLATE, "The submitted information didn't contain changes."),
        (SERVERLESS, "No updates are to be performed."),
    ],
)
def test_one_without_changes_fails_and_cannot_be_executed(
    client: Client, body: str, reason: str
) -> None:
    client.deploy(body, Capabilities=IAM)
    proposed = client.propose(body, "UPDATE", Capabilities=IAM)
    assert (proposed["Status"], proposed["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert proposed["StatusReason"].startswith(reason)
    with pytest.raises(ClientError, match=r"cannot be executed in its .* status of \[FAILED\]"):
        client.execute()


def test_tags_and_outputs_alone_are_changes(client: Client) -> None:
    client.deploy(TEMPLATE)
    tags = [{"Key": "team", "Value": "canary"}]
    assert client.deploy(TEMPLATE, "UPDATE", Tags=tags)["Tags"] == tags
    more = f"{TEMPLATE}  Level: {{Value: !Ref Level}}\n"
    outputs = client.deploy(more, "UPDATE")["Outputs"]
    assert {one["OutputKey"]: one["OutputValue"] for one in outputs}["Level"] == "low"
    assert client.stack()["Tags"] == tags


def test_previous_values_and_the_previous_template_can_be_kept(client: Client) -> None:
    client.deploy(TEMPLATE, Parameters=values(Level="high", Secret="old"))
    client.api.create_change_set(
        StackName="app",
        ChangeSetName="c",
        UsePreviousTemplate=True,
        Parameters=[
            *values(Name="two"),
            {"ParameterKey": "Level", "UsePreviousValue": True},
            {"ParameterKey": "Secret", "UsePreviousValue": True},
        ],
    )
    shown = client.execute()["Parameters"]
    assert shown == values(Level="high", Name="two", Secret="****")


def test_a_template_may_come_from_a_bucket(client: Client) -> None:
    s3 = client.sandbox.client("s3")
    s3.create_bucket(Bucket="artefacts")
    s3.put_object(Bucket="artefacts", Key="app.template", Body=TEMPLATE.encode())
    for url in (
        "https://s3.us-east-1.amazonaws.com/artefacts/app.template",
        "https://artefacts.s3.us-east-1.amazonaws.com/app.template",
        "http://127.0.0.1:4600/artefacts/app.template",
    ):
        client.api.create_change_set(
            StackName="app", ChangeSetName="c", ChangeSetType="CREATE", TemplateURL=url
        )
        client.api.delete_change_set(StackName="app", ChangeSetName="c")
    with pytest.raises(ClientError, match="S3 error: The specified key does not exist"):
        client.api.create_change_set(
            StackName="app", ChangeSetName="c", ChangeSetType="CREATE", TemplateURL=f"{url}s"
        )


def test_a_large_template_must_come_from_a_bucket(client: Client) -> None:
    with pytest.raises(ClientError, match="Member must have length less than or equal to 51200"):
        client.propose(TEMPLATE + "#" * 51_200)


def test_capabilities_are_demanded_at_once_of_a_plain_template(client: Client) -> None:
    with pytest.raises(
        ClientError, match=r"Insufficient.*Requires capabilities : \[CAPABILITY_IAM\]"
    ):
        client.propose(ROLE)
    named = ROLE.replace("Properties: {", "Properties: {RoleName: me, ")
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]"):
        client.propose(named, Capabilities=IAM)
    agreed = client.propose(named, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert agreed["Status"] == "CREATE_COMPLETE"


def test_capabilities_are_missed_after_the_transform_in_the_change_set(client: Client) -> None:
    proposed = client.propose(SERVERLESS)
    assert proposed["Status"] == "FAILED"
    assert proposed["StatusReason"] == "Requires capabilities : [CAPABILITY_IAM]"
    agreed = client.propose(SERVERLESS, name="d", Capabilities=IAM)
    assert {
        row["LogicalResourceId"] for row in (c["ResourceChange"] for c in agreed["Changes"])
    } == {"Function", "FunctionRole"}


def test_what_the_transform_refuses_fails_the_change_set(client: Client) -> None:
    wrong = SERVERLESS.replace("Handler: index.handler", "Handlers: index.handler")
    proposed = client.propose(wrong, Capabilities=IAM)
    assert proposed["Status"] == "FAILED"
    assert proposed["StatusReason"].startswith("Transform AWS::Serverless-2016-10-31 failed with:")


@pytest.mark.parametrize(
    ("body", "parameters", "message"),
    [
        (TEMPLATE, values(Level="middle"), "'middle' must be one of"),
        (TEMPLATE, values(Colour="red"), r"Parameters: \[Colour\] do not exist in the template"),
        (TEMPLATE.replace("!Ref Level", "!Ref Levels"), [], "unresolved resource dependency"),
        ("Resources: {", [], "Template format error"),
    ],
)
def test_a_wrong_template_or_parameter_leaves_no_stack(
    client: Client, body: str, parameters: Any, message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        client.propose(body, Parameters=parameters)
    assert client.api.list_stacks()["StackSummaries"] == []


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("UPDATE", "app", r"Stack \[app\] does not exist"),
        ("IMPORT", "app", "does not support change sets of type IMPORT"),
        ("CREATE", "my_app", "Member must satisfy regular expression pattern"),
    ],
)
def test_a_change_set_needs_a_stack_that_it_can_be_for(
    client: Client, kind: str, name: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        client.api.create_change_set(
            StackName=name, ChangeSetName="c", ChangeSetType=kind, TemplateBody=TEMPLATE
        )


def test_a_stack_that_is_there_is_not_created_again(client: Client) -> None:
    client.deploy(TEMPLATE)
    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        client.propose(TEMPLATE)


def test_executing_one_discards_the_others(client: Client) -> None:
    client.propose(TEMPLATE, name="c")
    client.propose(TEMPLATE, name="d")
    client.execute("c")
    with pytest.raises(client.api.exceptions.ChangeSetNotFoundException):
        client.api.describe_change_set(StackName="app", ChangeSetName="d")


def test_names_are_taken_once_and_free_again_when_deleted(client: Client) -> None:
    client.propose(TEMPLATE)
    with pytest.raises(client.api.exceptions.AlreadyExistsException):
        client.propose(TEMPLATE)
    client.api.delete_change_set(StackName="app", ChangeSetName="c")
    client.api.delete_change_set(StackName="app", ChangeSetName="c")
    assert client.propose(TEMPLATE)["Status"] == "CREATE_COMPLETE"


def test_many_changes_come_in_pages(client: Client) -> None:
    queues = {f"Queue{number}": {"Type": "AWS::SQS::Queue"} for number in range(130)}
    client.propose(json.dumps({"Resources": queues}))
    pages = client.api.get_paginator("describe_change_set")
    found = [page["Changes"] for page in pages.paginate(StackName="app", ChangeSetName="c")]
    assert [len(page) for page in found] == [100, 30]


@pytest.mark.proves("S60")
def test_what_the_sandbox_does_not_model_it_refuses_by_name(client: Client) -> None:
    with pytest.raises(ClientError, match="does not support NotificationARNs"):
        client.propose(TEMPLATE, NotificationARNs=["arn:aws:sns:us-east-1:123456789012:t"])
    with pytest.raises(NotImplementedError, match="list_types"):
        client.api.list_types()


def test_what_is_switched_off_is_not_asked_for(client: Client) -> None:
    """`sam deploy` sends DisableRollback=false."""
    client.propose(TEMPLATE)
    client.api.execute_change_set(StackName="app", ChangeSetName="c", DisableRollback=False)
    client.sandbox.run_for(60)
    assert client.stack()["StackStatus"] == "CREATE_COMPLETE"
