"""Stacks through the API: made, changed, failed, deleted; their events, resources, templates."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from tests.sandbox.services.cloudformation.clients import ROLE, SERVERLESS, TEMPLATE, Client, values

TAKEN = """  Taken:
    Type: AWS::Logs::LogGroup
    DependsOn: [Topic, Logs, Parameter]
    Properties: {LogGroupName: taken}
Outputs:"""
FAILING = TEMPLATE.replace("Outputs:", TAKEN)


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    sandbox.client("logs").create_log_group(logGroupName="taken")
    return Client(sandbox)


def test_a_stack_is_described_with_all_but_its_secrets(client: Client) -> None:
    stack = client.deploy(
        TEMPLATE, Tags=[{"Key": "a", "Value": "b"}], Capabilities=["CAPABILITY_IAM"]
    )
    assert stack["StackId"].startswith("arn:aws:cloudformation:us-east-1:123456789012:stack/app/")
    assert stack["Description"] == "Two resources."
    assert stack["Parameters"] == values(Level="low", Name="one", Secret="****")
    assert (stack["Tags"], stack["Capabilities"]) == (
        [{"Key": "a", "Value": "b"}],
        ["CAPABILITY_IAM"],
    )
    [output] = stack["Outputs"]
    assert (output["OutputKey"], output["Description"]) == ("Arn", "The topic's.")
    assert "LastUpdatedTime" not in stack
    assert client.api.describe_stacks()["Stacks"] == [stack]
    assert client.api.describe_stacks(StackName=stack["StackId"])["Stacks"] == [stack]


@pytest.mark.proves("S63")
def test_every_step_of_a_deployment_is_an_event(client: Client) -> None:
    client.deploy(TEMPLATE)
    assert client.events() == [
        "app REVIEW_IN_PROGRESS",
        "app CREATE_IN_PROGRESS",
        "Topic CREATE_IN_PROGRESS",
        "Topic CREATE_COMPLETE",
        "Logs CREATE_IN_PROGRESS",
        "Logs CREATE_COMPLETE",
        "Parameter CREATE_IN_PROGRESS",
        "Parameter CREATE_COMPLETE",
        "app CREATE_COMPLETE",
    ]
    newest = client.api.describe_stack_events(StackName="app")["StackEvents"][0]
    assert newest["PhysicalResourceId"] == newest["StackId"] == client.stack()["StackId"]


def test_events_are_paged_from_the_newest_to_the_oldest(client: Client) -> None:
    queues = {f"Queue{number}": {"Type": "AWS::SQS::Queue"} for number in range(60)}
    client.deploy(json.dumps({"Resources": queues}))
    events = client.events()
    assert len(events) == len(set(events)) == 123
    assert (events[0], events[-1]) == ("app REVIEW_IN_PROGRESS", "app CREATE_COMPLETE")


def test_a_failing_creation_is_rolled_back_and_can_only_be_deleted(client: Client) -> None:
    stack = client.deploy(FAILING)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert client.events()[-10:] == [
        "Taken CREATE_IN_PROGRESS",
        "Taken CREATE_FAILED",
        "app ROLLBACK_IN_PROGRESS",
        "Parameter DELETE_IN_PROGRESS",
        "Parameter DELETE_COMPLETE",
        "Logs DELETE_IN_PROGRESS",
        "Logs DELETE_COMPLETE",
        "Topic DELETE_IN_PROGRESS",
        "Topic DELETE_COMPLETE",
        "app ROLLBACK_COMPLETE",
    ]
    reasons = {
        event["ResourceStatus"]: event.get("ResourceStatusReason")
        for event in client.api.describe_stack_events(StackName="app")["StackEvents"]
    }
    assert "The specified log group already exists" in reasons["CREATE_FAILED"]
    assert reasons["ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [Taken]. Rollback requested by user."
    )
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        client.propose(TEMPLATE, "UPDATE", "again")
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(60)
    assert client.deploy(TEMPLATE)["StackStatus"] == "CREATE_COMPLETE"


def test_a_failing_update_is_taken_back_and_what_it_made_is_cleaned_up(client: Client) -> None:
    before = client.deploy(TEMPLATE, Tags=[{"Key": "a", "Value": "b"}])
    wanted = values(Level="high", Name="two")
    after = client.deploy(FAILING, "UPDATE", Parameters=wanted, Tags=[{"Key": "a", "Value": "c"}])
    assert after["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    kept = ("Parameters", "Outputs", "Tags")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert client.events()[-10:] == [
        "Taken CREATE_IN_PROGRESS",
        "Taken CREATE_FAILED",
        "app UPDATE_ROLLBACK_IN_PROGRESS",
        "Topic UPDATE_IN_PROGRESS",
        "Topic UPDATE_COMPLETE",
        "Logs UPDATE_COMPLETE",
        "app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "Logs DELETE_IN_PROGRESS",
        "Logs DELETE_COMPLETE",
        "app UPDATE_ROLLBACK_COMPLETE",
    ]
    logs = client.resource("Logs")
    assert (logs["PhysicalResourceId"], logs["ResourceStatus"]) == ("one", "UPDATE_COMPLETE")
    assert client.api.get_template(StackName="app")["TemplateBody"] == TEMPLATE
    assert client.propose(TEMPLATE, "UPDATE", "again")["Status"] == "FAILED"


def test_resources_are_listed_as_they_stand(client: Client) -> None:
    client.deploy(TEMPLATE)
    client.deploy(
        TEMPLATE.replace("  Parameter:", "  Other:"), "UPDATE", Parameters=values(Name="two")
    )
    listed = client.api.list_stack_resources(StackName="app")["StackResourceSummaries"]
    assert {one["LogicalResourceId"]: one["ResourceStatus"] for one in listed} == {
        "Logs": "CREATE_COMPLETE",
        "Other": "CREATE_COMPLETE",
        "Topic": "CREATE_COMPLETE",
    }
    described = client.api.describe_stack_resources(StackName="app")["StackResources"]
    assert {one["PhysicalResourceId"] for one in described} == {
        one["PhysicalResourceId"] for one in listed
    }
    one = client.api.describe_stack_resource(StackName="app", LogicalResourceId="Logs")
    assert one["StackResourceDetail"]["PhysicalResourceId"] == "two"
    [found] = client.api.describe_stack_resources(
        PhysicalResourceId="two", LogicalResourceId="Logs"
    )["StackResources"]
    assert found["ResourceType"] == "AWS::Logs::LogGroup"


def test_a_deleted_stack_is_known_by_its_id_alone(client: Client) -> None:
    stack_id = client.deploy(TEMPLATE)["StackId"]
    client.api.delete_stack(StackName="app")
    assert client.stack()["StackStatus"] == "DELETE_IN_PROGRESS"
    client.sandbox.run_for(60)
    with pytest.raises(ClientError, match="Stack with id app does not exist"):
        client.stack()
    [gone] = client.api.describe_stacks(StackName=stack_id)["Stacks"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert client.api.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []
    client.api.delete_stack(StackName="app")


def test_what_cannot_be_deleted_fails_the_deletion_until_it_is_retained(client: Client) -> None:
    bucket = "Resources: {Bucket: {Type: AWS::S3::Bucket}, Queue: {Type: AWS::SQS::Queue}}"
    client.deploy(bucket)
    [name] = [one["Name"] for one in client.sandbox.client("s3").list_buckets()["Buckets"]]
    client.sandbox.client("s3").put_object(Bucket=name, Key="a", Body=b"b")
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(60)
    stack = client.stack()
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"].startswith("The following resource(s) failed to delete: [Buc")
    client.api.delete_stack(StackName="app", RetainResources=["Bucket"])
    client.sandbox.run_for(60)
    assert client.api.describe_stacks()["Stacks"] == []


def test_stacks_can_be_made_and_changed_without_change_sets(client: Client) -> None:
    client.api.create_stack(StackName="app", TemplateBody=TEMPLATE)
    client.sandbox.run_for(60)
    assert client.stack()["StackStatus"] == "CREATE_COMPLETE"
    client.api.update_stack(
        StackName="app", UsePreviousTemplate=True, Parameters=values(Level="high")
    )
    client.sandbox.run_for(60)
    assert client.stack()["StackStatus"] == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match="No updates are to be performed"):
        client.api.update_stack(
            StackName="app", UsePreviousTemplate=True, Parameters=values(Level="high")
        )
    with pytest.raises(client.api.exceptions.AlreadyExistsException):
        client.api.create_stack(StackName="app", TemplateBody=TEMPLATE)


def test_a_transform_needs_agreement_where_there_is_no_change_set_to_look_at(
    client: Client,
) -> None:
    for given in ([], ["CAPABILITY_IAM"], ["CAPABILITY_AUTO_EXPAND"]):
        with pytest.raises(client.api.exceptions.InsufficientCapabilitiesException):
            client.api.create_stack(StackName="app", TemplateBody=SERVERLESS, Capabilities=given)
    both = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    client.api.create_stack(StackName="app", TemplateBody=SERVERLESS, Capabilities=both)


def test_templates_are_given_back_as_submitted_and_as_processed(client: Client) -> None:
    client.deploy(SERVERLESS, Capabilities=["CAPABILITY_IAM"])
    original = client.api.get_template(StackName="app")
    processed = client.api.get_template(StackName="app", TemplateStage="Processed")
    assert original["TemplateBody"] == SERVERLESS
    assert processed["TemplateBody"]["Resources"].keys() == {"Function", "FunctionRole"}


def test_the_template_of_a_change_set_is_to_be_had_before_the_stack_has_one(client: Client) -> None:
    client.propose(TEMPLATE)
    assert client.api.get_template(StackName="app")["TemplateBody"] == ""
    told = client.api.get_template(StackName="app", ChangeSetName="c")
    assert told["TemplateBody"] == TEMPLATE
    with pytest.raises(ClientError, match="REVIEW_IN_PROGRESS"):
        client.api.get_template_summary(StackName="app")


def test_a_template_is_summed_up(client: Client) -> None:
    client.deploy(TEMPLATE)
    summary = client.api.get_template_summary(StackName="app")
    assert summary == client.api.get_template_summary(TemplateBody=TEMPLATE) | {
        "ResponseMetadata": summary["ResponseMetadata"]
    }
    assert summary["Parameters"][0] == {
        "ParameterKey": "Level",
        "DefaultValue": "low",
        "ParameterType": "String",
        "NoEcho": False,
        "ParameterConstraints": {"AllowedValues": ["low", "high"]},
    }
    assert summary["ResourceTypes"] == [
        "AWS::Logs::LogGroup",
        "AWS::SNS::Topic",
        "AWS::SSM::Parameter",
    ]
    assert "Capabilities" not in summary


def test_a_template_is_judged_by_its_form(client: Client) -> None:
    told = client.api.validate_template(TemplateBody=ROLE)
    assert told["Capabilities"] == ["CAPABILITY_IAM"]
    assert told["CapabilitiesReason"].endswith("[AWS::IAM::Role]")
    assert client.api.validate_template(TemplateBody=SERVERLESS)["DeclaredTransforms"]
    with pytest.raises(ClientError, match="Template format error"):
        client.api.validate_template(TemplateBody="Resources: []")


def test_a_stack_that_the_sandbox_deployed_is_one_for_its_clients_too(sandbox: Sandbox) -> None:
    sandbox.deploy()
    client = sandbox.client("cloudformation")
    [stack] = client.describe_stacks()["Stacks"]
    assert (stack["StackName"], stack["StackStatus"]) == ("lambda-canary", "CREATE_COMPLETE")
    client.create_change_set(
        StackName="lambda-canary",
        ChangeSetName="c",
        UsePreviousTemplate=True,
        Parameters=values(LogLevel="DEBUG"),
        Capabilities=["CAPABILITY_IAM"],
    )
    rows = client.describe_change_set(StackName="lambda-canary", ChangeSetName="c")["Changes"]
    assert {row["ResourceChange"]["Action"] for row in rows} == {"Modify"}
