"""Stacks give each other values by name, and hold each other to what they gave.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox

GIVER = """
Parameters: {Value: {Type: String, Default: one}, Name: {Type: String, Default: shared}}
Resources: {Queue: {Type: AWS::SQS::Queue}}
Outputs:
  Shared: {Value: !Ref Value, Export: {Name: !Ref Name}}
  Another: {Value: always, Export: {Name: !Sub "${AWS::StackName}-another"}}
"""
TAKER = """
Parameters: {Name: {Type: String, Default: shared}, Take: {Type: String, Default: "yes"}}
Conditions: {Takes: !Equals [!Ref Take, "yes"]}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !If [Takes, !ImportValue {Ref: Name}, none]
"""


class Stacks:
    """Several stacks of one account, by name."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.api = sandbox.client("cloudformation")

    def create(self, name: str, body: str, **parameters: str) -> Any:
        given = [{"ParameterKey": key, "ParameterValue": text} for key, text in parameters.items()]
        self.api.create_stack(StackName=name, TemplateBody=body, Parameters=given)
        return self.settled(name)

    def update(self, name: str, body: str, **parameters: str) -> Any:
        given = [{"ParameterKey": key, "ParameterValue": text} for key, text in parameters.items()]
        self.api.update_stack(StackName=name, TemplateBody=body, Parameters=given)
        return self.settled(name)

    def delete(self, name: str) -> None:
        self.api.delete_stack(StackName=name)
        self.sandbox.run_for(60)

    def settled(self, name: str) -> Any:
        self.sandbox.run_for(60)
        [stack] = self.api.describe_stacks(StackName=name)["Stacks"]
        return stack

    def reason(self, name: str, status: str) -> str:
        """Why the stack itself came into that status, last."""
        events = self.api.describe_stack_events(StackName=name)["StackEvents"]
        own = [one for one in events if one["LogicalResourceId"] == name]
        return next(
            str(one["ResourceStatusReason"]) for one in own if one["ResourceStatus"] == status
        )

    def display_name(self) -> str:
        sns = self.sandbox.client("sns")
        [topic] = sns.list_topics()["Topics"]
        return str(sns.get_topic_attributes(**topic)["Attributes"]["DisplayName"])


@pytest.fixture
def stacks(sandbox: Sandbox) -> Stacks:
    return Stacks(sandbox)


@pytest.mark.proves("S65")
def test_an_import_is_worth_what_the_other_stack_exports(stacks: Stacks) -> None:
    giver = stacks.create("giver", GIVER)
    assert stacks.create("taker", TAKER)["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.display_name() == "one"
    told = stacks.api.list_exports()["Exports"]
    assert told == [
        {"ExportingStackId": giver["StackId"], "Name": "giver-another", "Value": "always"},
        {"ExportingStackId": giver["StackId"], "Name": "shared", "Value": "one"},
    ]
    assert stacks.api.list_imports(ExportName="shared")["Imports"] == ["taker"]


@pytest.mark.proves("S65")
def test_what_nobody_exports_fails_the_stack_before_it_makes_anything(stacks: Stacks) -> None:
    assert stacks.create("taker", TAKER)["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reason("taker", "ROLLBACK_IN_PROGRESS")
    assert reason == "No export named shared found. Rollback requested by user."
    events = stacks.api.describe_stack_events(StackName="taker")["StackEvents"]
    assert {event["LogicalResourceId"] for event in events} == {"taker"}


def test_a_branch_that_is_not_taken_imports_nothing(stacks: Stacks) -> None:
    assert stacks.create("taker", TAKER, Take="no")["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.display_name() == "none"
    with pytest.raises(ClientError, match="Export 'shared' is not imported by any stack"):
        stacks.api.list_imports(ExportName="shared")


@pytest.mark.proves("S65")
def test_an_export_in_use_keeps_its_value(stacks: Stacks) -> None:
    stacks.create("giver", GIVER)
    stacks.create("taker", TAKER)
    assert stacks.update("giver", GIVER, Value="two")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reason = stacks.reason("giver", "UPDATE_ROLLBACK_IN_PROGRESS")
    assert reason.startswith("Export shared cannot be updated as it is in use by taker")
    stacks.update("taker", TAKER, Take="no")
    assert stacks.update("giver", GIVER, Value="two")["StackStatus"] == "UPDATE_COMPLETE"


def test_an_export_in_use_cannot_be_taken_away(stacks: Stacks) -> None:
    stacks.create("giver", GIVER)
    stacks.create("taker", TAKER)
    renamed = stacks.update("giver", GIVER, Name="other")
    assert renamed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reason = stacks.reason("giver", "UPDATE_ROLLBACK_IN_PROGRESS")
    assert reason.startswith(
        "Delete canceled. Cannot delete export shared as it is in use by taker"
    )


@pytest.mark.proves("S65")
def test_a_stack_whose_exports_are_in_use_is_not_deleted(stacks: Stacks) -> None:
    """It stays in the status that it had: https://github.com/rlister/stax/issues/40."""
    stacks.create("giver", GIVER)
    stacks.create("taker", TAKER)
    stacks.delete("giver")
    stack = stacks.settled("giver")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["StackStatusReason"] == (
        "Delete canceled. Cannot delete export shared as it is in use by taker."
    )
    stacks.delete("taker")
    stacks.delete("giver")
    assert stacks.api.describe_stacks()["Stacks"] == []
    assert stacks.api.list_exports()["Exports"] == []


@pytest.mark.proves("S65")
def test_a_name_is_exported_once(stacks: Stacks) -> None:
    stacks.create("giver", GIVER)
    second = stacks.create("second", GIVER)
    assert second["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.reason("second", "ROLLBACK_IN_PROGRESS") == (
        "Export with name shared is already exported by stack giver. Rollback requested by user."
    )
    assert stacks.create("third", GIVER, Name="third")["StackStatus"] == "CREATE_COMPLETE"


def test_two_outputs_of_a_stack_do_not_share_an_exports_name(stacks: Stacks) -> None:
    twice = stacks.create("giver", GIVER, Name="giver-another")
    assert twice["StackStatus"] == "ROLLBACK_COMPLETE"


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (
            "{A: {Value: a, Export: {Name: !Ref Queue}}}",
            "Output A is malformed. The Name field of Export must not depend on any resources",
        ),
        (
            "{A: {Value: a, Export: {Name: !ImportValue b}}}",
            "Output A is malformed. The Name field of Export must not depend on any resources",
        ),
        (
            "{A: {Value: !ImportValue {'Fn::FindInMap': [A, b, c]}}}",
            "Template error: unable to get mapping for A::b::c",
        ),
        (
            "{A: {Value: !ImportValue {Ref: Queue}}}",
            "the attribute in Fn::ImportValue must not depend on any resources",
        ),
    ],
)
def test_names_are_known_before_anything_is_made(
    stacks: Stacks, outputs: str, message: str
) -> None:
    body = f"Resources: {{Queue: {{Type: AWS::SQS::Queue}}}}\nOutputs: {outputs}"
    with pytest.raises(ClientError, match=message):
        stacks.create("giver", body)


def test_an_import_that_fails_with_its_stack_holds_nobody(stacks: Stacks) -> None:
    stacks.create("giver", GIVER)
    stacks.sandbox.client("logs").create_log_group(logGroupName="taken")
    failing = f"""{TAKER}
  Taken: {{Type: AWS::Logs::LogGroup, DependsOn: Topic, Properties: {{LogGroupName: taken}}}}"""
    assert stacks.create("taker", failing)["StackStatus"] == "ROLLBACK_COMPLETE"
    stacks.delete("giver")
    assert [one["StackName"] for one in stacks.api.describe_stacks()["Stacks"]] == ["taker"]


def test_a_change_set_may_import_what_is_not_there_yet(stacks: Stacks) -> None:
    stacks.api.create_change_set(
        StackName="taker", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=TAKER
    )
    stacks.create("giver", GIVER)
    stacks.api.execute_change_set(StackName="taker", ChangeSetName="c")
    assert stacks.settled("taker")["StackStatus"] == "CREATE_COMPLETE"
