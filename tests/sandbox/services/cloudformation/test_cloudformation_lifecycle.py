"""Stacks are made in order, updated by difference, rolled back on failure and deleted."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sandbox.services.cloudformation import (
    DeploymentFailedError,
    Engine,
    NothingToUpdateError,
    Stack,
)
from sandbox.services.cloudformation.template import parse


def create(engine: Engine, text: str, **parameters: str) -> Stack:
    return engine.create("app", parse(text), parameters)


def topics(engine: Engine) -> list[str]:
    return [item["TopicArn"] for item in engine.client("sns").list_topics()["Topics"]]


def history(stack: Stack, since: int = 0) -> list[str]:
    return [f"{event.logical_id} {event.status}" for event in stack.events[since:]]


CHAIN = """
Parameters: {Label: {Type: String, Default: one}}
Conditions: {Labelled: !Not [!Equals [!Ref Label, ""]]}
Resources:
  Last:
    Type: AWS::SNS::TopicPolicy
    Properties: {Topics: [!Ref Middle], PolicyDocument: {Statement: []}}
  Middle:
    Type: AWS::SNS::Topic
    DependsOn: First
    Properties: {DisplayName: !Ref Label}
  First: {Type: AWS::Logs::LogGroup}
  Unwanted: {Type: AWS::SNS::Topic, Condition: Labelled, Properties: {DisplayName: b}}
Outputs:
  Topic:
    Description: Where it is told.
    Value: !Ref Middle
    Export: {Name: !Sub "${AWS::StackName}-topic"}
  Never: {Condition: Labelled, Value: !Ref Unwanted}
"""
FAILING = """
Parameters: {Policy: {Type: String, Default: Missing}, Label: {Type: String, Default: one}}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Label}}
  Role:
    Type: AWS::IAM::Role
    DependsOn: Topic
    Properties:
      AssumeRolePolicyDocument: {Statement: []}
      ManagedPolicyArns: [!Sub "arn:aws:iam::aws:policy/${Policy}"]
"""


def test_resources_are_made_after_what_they_need_and_recorded(engine: Engine) -> None:
    stack = create(engine, CHAIN, Label="")
    assert history(stack) == [
        "app CREATE_IN_PROGRESS",
        "First CREATE_IN_PROGRESS",
        "First CREATE_COMPLETE",
        "Middle CREATE_IN_PROGRESS",
        "Middle CREATE_COMPLETE",
        "Last CREATE_IN_PROGRESS",
        "Last CREATE_COMPLETE",
        "app CREATE_COMPLETE",
    ]
    assert stack.status == "CREATE_COMPLETE"
    assert stack.events[4].physical_id == stack.physical_id("Middle")


def test_outputs_are_those_whose_condition_holds(engine: Engine) -> None:
    stack = create(engine, CHAIN, Label="")
    assert stack.outputs == {"Topic": stack.physical_id("Middle")}
    assert stack.exported_outputs["Topic"].export == "app-topic"
    assert stack.exported_outputs["Topic"].description == "Where it is told."


def test_generated_names_are_stack_logical_id_and_a_suffix_of_the_seed(engine: Engine) -> None:
    text = "Resources: {Logs: {Type: AWS::Logs::LogGroup}, More: {Type: AWS::Logs::LogGroup}}"
    names = create(engine, text).resources
    again = Engine(engine.client, engine.region, engine.account, seed=2)
    other = again.create("app", parse(text), {}).resources
    prefix, _, suffix = names["Logs"].physical_id.rpartition("-")
    assert (prefix, len(suffix)) == ("app-Logs", 12)
    for name in ("Logs", "More"):
        engine.client("logs").delete_log_group(logGroupName=names[name].physical_id)
    same = Engine(engine.client, engine.region, engine.account).create("app", parse(text), {})
    assert same.physical_id("Logs") == names["Logs"].physical_id != other["Logs"].physical_id


def test_a_long_name_is_cut_to_the_limit_and_keeps_both_parts(engine: Engine) -> None:
    trust = "{Statement: []}"
    text = f"Resources: {{{'Logical' * 10}: {{Type: AWS::IAM::Role, Properties: " + (
        f"{{AssumeRolePolicyDocument: {trust}}}}}}}"
    )
    stack = engine.create("stack" * 20, parse(text), {})
    name = stack.physical_id("Logical" * 10)
    assert len(name) == 64
    assert name.startswith("stackstackstackstackstack-LogicalLogicalLogicalLog")


def test_a_failed_creation_names_the_resource_and_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(DeploymentFailedError, match=r"Role \(AWS::IAM::Role\) failed: .*Missing"):
        create(engine, FAILING)
    [stack] = engine.stacks.values()
    assert topics(engine) == []
    assert engine.client("iam").list_roles()["Roles"] == []
    assert stack.resources == {}
    assert history(stack)[3:] == [
        "Role CREATE_IN_PROGRESS",
        "Role CREATE_FAILED",
        "app ROLLBACK_IN_PROGRESS",
        "Topic DELETE_IN_PROGRESS",
        "Topic DELETE_COMPLETE",
        "app ROLLBACK_COMPLETE",
    ]


@pytest.mark.parametrize(("policy", "left"), [("Retain", 1), ("RetainExceptOnCreate", 0)])
def test_a_failed_creation_leaves_what_is_to_be_retained(
    engine: Engine, policy: str, left: int
) -> None:
    text = FAILING.replace("{Type: AWS::SNS", f"{{DeletionPolicy: {policy}, Type: AWS::SNS")
    with pytest.raises(DeploymentFailedError):
        create(engine, text)
    assert len(topics(engine)) == left


def test_a_value_of_the_wrong_type_fails_its_resource(engine: Engine) -> None:
    text = "Parameters: {D: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: "
    with pytest.raises(DeploymentFailedError, match="DelaySeconds: expected integer, found 'soon'"):
        create(engine, text + "{DelaySeconds: !Ref D}}}", D="soon")


def test_an_update_changes_only_what_differs(engine: Engine) -> None:
    stack = create(engine, CHAIN)
    middle, seen = stack.physical_id("Middle"), len(stack.events)
    engine.update(stack, parse(CHAIN), {"Label": "two"})
    attributes = engine.client("sns").get_topic_attributes(TopicArn=middle)["Attributes"]
    assert attributes["DisplayName"] == "two"
    assert stack.parameters == {"Label": "two"}
    assert history(stack, seen) == [
        "app UPDATE_IN_PROGRESS",
        "Middle UPDATE_IN_PROGRESS",
        "Middle UPDATE_COMPLETE",
        "app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "app UPDATE_COMPLETE",
    ]


def test_an_update_that_changes_nothing_is_refused(engine: Engine) -> None:
    stack = create(engine, CHAIN)
    with pytest.raises(NothingToUpdateError, match=r"No updates are to be performed\."):
        engine.update(stack, parse(CHAIN), {})


def test_an_update_deletes_what_is_not_wanted_any_more(engine: Engine) -> None:
    stack = create(engine, CHAIN)
    assert len(topics(engine)) == 2
    engine.update(stack, parse(CHAIN), {"Label": ""})
    assert topics(engine) == [stack.physical_id("Middle")]
    assert list(stack.resources) == ["First", "Middle", "Last"]


def test_a_replacement_is_made_before_the_old_one_goes_and_is_passed_on(engine: Engine) -> None:
    stack = create(engine, CHAIN)
    old, seen = stack.physical_id("Middle"), len(stack.events)
    engine.update(stack, parse(CHAIN.replace("{DisplayName: !Ref", "{TopicName: !Ref")), {})
    new = stack.physical_id("Middle")
    assert new.endswith(":one")
    assert old not in topics(engine)
    assert stack.resources["Last"].properties["Topics"] == [new]
    assert [line for line in history(stack, seen) if line.startswith("Middle")] == [
        "Middle CREATE_IN_PROGRESS",
        "Middle CREATE_COMPLETE",
        "Middle DELETE_IN_PROGRESS",
        "Middle DELETE_COMPLETE",
    ]


@pytest.mark.proves("S61")
def test_a_failed_update_brings_everything_back(engine: Engine) -> None:
    stack = create(engine, FAILING, Policy="ReadOnlyAccess")
    before = dict(stack.resources)
    extended = FAILING + "  Extra: {Type: AWS::SNS::Topic}\n"
    template = parse(extended.replace("DependsOn: Topic", "DependsOn: [Topic, Extra]"))
    with pytest.raises(DeploymentFailedError, match="UPDATE of Role"):
        engine.update(stack, template, {"Policy": "Missing", "Label": "two"})
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources == before
    assert stack.parameters == {"Policy": "ReadOnlyAccess", "Label": "one"}
    assert topics(engine) == [stack.physical_id("Topic")]
    attributes = engine.client("sns").get_topic_attributes(TopicArn=topics(engine)[0])
    assert attributes["Attributes"]["DisplayName"] == "one"
    role = stack.physical_id("Role")
    attached = engine.client("iam").list_attached_role_policies(RoleName=role)
    assert [item["PolicyName"] for item in attached["AttachedPolicies"]] == ["ReadOnlyAccess"]
    engine.update(stack, parse(FAILING), {"Policy": "PowerUserAccess"})
    assert stack.status == "UPDATE_COMPLETE"


@pytest.mark.proves("S61")
def test_deleting_goes_backwards_and_spares_what_is_retained(engine: Engine) -> None:
    stack = create(engine, CHAIN.replace("DependsOn: First", "DeletionPolicy: Retain"))
    kept, seen = stack.physical_id("Middle"), len(stack.events)
    engine.delete(stack)
    assert topics(engine) == [kept]
    assert history(stack, seen) == [
        "app DELETE_IN_PROGRESS",
        "Unwanted DELETE_IN_PROGRESS",
        "Unwanted DELETE_COMPLETE",
        "First DELETE_IN_PROGRESS",
        "First DELETE_COMPLETE",
        "Last DELETE_IN_PROGRESS",
        "Last DELETE_COMPLETE",
        "app DELETE_COMPLETE",
    ]


def test_a_stack_deployed_again_has_other_names(engine: Engine) -> None:
    text = "Resources: {Logs: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain}}"
    first = create(engine, text)
    name = first.physical_id("Logs")
    engine.delete(first)
    assert create(engine, text).physical_id("Logs") != name


def test_a_failed_deletion_names_the_resource(engine: Engine) -> None:
    stack = create(engine, "Resources: {Logs: {Type: AWS::Logs::LogGroup}}")
    engine.client("logs").delete_log_group(logGroupName=stack.physical_id("Logs"))
    with pytest.raises(DeploymentFailedError, match="DELETE of Logs") as failed:
        engine.delete(stack)
    assert isinstance(failed.value.__cause__, ClientError)
    assert stack.status == "DELETE_FAILED"
