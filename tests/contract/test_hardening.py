"""What keeps the stack's data and its last resort safe, with the parameters that turn it on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.cloudformation.preview import transformed
from sandbox.sandbox import Sandbox
from tests.contract.definition import ROOT

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
RESOURCES = transformed(ROOT / "template.yaml", {})["Resources"]
WITH_THE_KEY = {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}

# The last resort, which must run when nothing else does.
ROLL_BACK = {"RollBackFunction", "GuardFunction"}


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in RESOURCES.items() if each["Type"] == kind}


def test_logs_and_messages_take_the_key() -> None:
    groups, topics = of_type("AWS::Logs::LogGroup"), of_type("AWS::SNS::Topic")
    assert groups
    assert topics
    assert all(group["Properties"]["KmsKeyId"] == WITH_THE_KEY for group in groups.values())
    assert all(topic["Properties"]["KmsMasterKeyId"] == WITH_THE_KEY for topic in topics.values())


def test_whoever_publishes_to_the_topic_may_use_the_key() -> None:
    publishers = {
        name
        for name, role in of_type("AWS::IAM::Role").items()
        if "sns:Publish" in json.dumps(role["Properties"].get("Policies", []))
    }
    use = RESOURCES["UseOfTheKey"]
    [statement] = use["Properties"]["PolicyDocument"]["Statement"]
    assert use["Condition"] == "HasKey"
    assert {role["Ref"] for role in use["Properties"]["Roles"]} == publishers
    assert statement["Resource"] == {"Ref": "KmsKeyArn"}
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_only_this_account_publishes_to_the_topic_and_only_by_tls() -> None:
    [policy] = of_type("AWS::SNS::TopicPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [denied] = [one for one in statements if one["Effect"] == "Deny"]
    assert denied["Principal"] == "*"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    allowed = [one for one in statements if one["Effect"] == "Allow"]
    services = {one["Principal"]["Service"] for one in allowed}
    assert services == {"cloudwatch.amazonaws.com", "events.amazonaws.com"}
    assert all("AWS::AccountId" in json.dumps(one["Condition"]) for one in allowed)


def test_queues_are_encrypted_by_a_key_that_nobody_can_take_away() -> None:
    """What ends there is what nothing else could deliver: no key's policy may refuse it."""
    for queue in of_type("AWS::SQS::Queue").values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True


def test_machines_log_no_execution_data() -> None:
    for machine in of_type("AWS::StepFunctions::StateMachine").values():
        assert machine["Properties"]["LoggingConfiguration"]["IncludeExecutionData"] is False


@pytest.mark.parametrize("name", sorted(ROLL_BACK & RESOURCES.keys()))
def test_what_rolls_back_may_have_concurrency_of_its_own(name: str) -> None:
    none = {"Ref": "AWS::NoValue"}
    reserved = RESOURCES[name]["Properties"]["ReservedConcurrentExecutions"]
    chosen = ["HasRollBackConcurrency", {"Ref": "RollBackConcurrency"}, none]
    assert reserved == {"Fn::If": chosen}


def test_nothing_else_reserves_concurrency() -> None:
    reserving = {
        name
        for name, function in of_type("AWS::Lambda::Function").items()
        if "ReservedConcurrentExecutions" in function["Properties"]
    }
    assert reserving == ROLL_BACK & RESOURCES.keys()


def test_every_hardening_parameter_deploys(sandbox: Sandbox) -> None:
    stack = sandbox.deploy(KmsKeyArn=KEY, RollBackConcurrency="5", Architecture="x86_64")
    topic, role, function = (
        stack.physical_id(name)
        for name in ("NotificationTopic", "NotifyFunctionRole", "RollBackFunction")
    )
    attributes = sandbox.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    groups = sandbox.client("logs").describe_log_groups()["logGroups"]
    policies = sandbox.client("iam").list_role_policies(RoleName=role)["PolicyNames"]
    found = sandbox.client("lambda").get_function(FunctionName=function)
    assert attributes["KmsMasterKeyId"] == KEY
    assert {group["kmsKeyId"] for group in groups} == {KEY}
    assert "UseOfTheKey" in policies
    assert found["Concurrency"]["ReservedConcurrentExecutions"] == 5
    assert found["Configuration"]["Architectures"] == ["x86_64"]


def test_logs_outlive_the_stack_and_do_not_stand_in_the_way_of_the_next(sandbox: Sandbox) -> None:
    def groups() -> set[str]:
        found = sandbox.client("logs").describe_log_groups()["logGroups"]
        return {group["logGroupName"] for group in found}

    sandbox.cloudformation.delete(sandbox.deploy())
    kept = groups()
    assert len(kept) == len(of_type("AWS::Logs::LogGroup"))
    sandbox.deploy()
    assert len(groups() - kept) == len(kept)
