"""What keeps the stack's data and its last resort safe, with the parameters that turn it on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation.errors import DeploymentFailedError
from sandbox.services.cloudformation.preview import transformed
from tests.contract.definition import ROOT
from tests.long import long

RESOURCES = transformed(ROOT / "template.yaml", {})["Resources"]
WITH_THE_KEY = {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}

# The last resort, which must run when nothing else does.
ROLL_BACK = {"RollBackFunction", "GuardFunction", "GuardCallFunction"}


def given_key(sandbox: Sandbox) -> str:
    """Make a key with the policy that docs/deploying.md asks for, beside every key's own."""
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    own = json.loads(block.replace("REGION", REGION).replace("ACCOUNT", ACCOUNT))
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    first = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [first, *own]}
    made = sandbox.client("kms").create_key(Policy=json.dumps(policy))
    arn: str = made["KeyMetadata"]["Arn"]
    return arn


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


@pytest.mark.proves("A76", "A77")
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
    assert {one["Action"] for one in statements} == {"sns:Publish"}


@pytest.mark.proves("A49")
def test_only_the_stacks_own_rules_call_the_guard_and_fill_its_queue() -> None:
    rules = [{"Fn::GetAtt": [name, "Arn"]} for name in of_type("AWS::Events::Rule")]
    permissions = [one["Properties"] for one in of_type("AWS::Lambda::Permission").values()]
    queue = RESOURCES["GuardQueuePolicy"]
    [statement] = queue["Properties"]["PolicyDocument"]["Statement"]
    assert [one["SourceArn"] for one in permissions] == rules
    called = {one["FunctionName"]["Ref"] for one in permissions}
    assert called == {"GuardFunction", "GateAnswerFunction"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}


@pytest.mark.proves("A40")
def test_only_rollouts_in_one_call_leave_notes_and_only_guard_call_reads_them() -> None:
    queue = {"Fn::GetAtt": ["CallQueue", "Arn"]}
    sender = {"Fn::GetAtt": ["SimpleDeployFunctionRole", "Arn"]}
    [statement] = RESOURCES["CallQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", queue)
    assert statement["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": sender}}
    roles = {
        name
        for name, role in of_type("AWS::IAM::Role").items()
        if json.dumps(queue) in json.dumps(role["Properties"].get("Policies", []))
    }
    counts = "EndRolloutsFunctionRole"
    assert roles == {"SimpleDeployFunctionRole", "GuardCallFunctionRole", counts}
    policies = RESOURCES[counts]["Properties"]["Policies"]
    allowed = [one for each in policies for one in each["PolicyDocument"]["Statement"]]
    assert [one["Action"] for one in allowed if one["Resource"] == queue] == [
        "sqs:GetQueueAttributes"
    ]


@pytest.mark.proves("A95")
def test_what_is_deployed_is_pinned_and_hashed() -> None:
    makefile = (ROOT / "functions" / "Makefile").read_text(encoding="utf-8")
    assert "pip install" in makefile
    assert "--require-hashes --no-deps" in makefile
    text = (ROOT / "functions" / "requirements.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9-]+==[0-9.]+( ; .*)? \\\n", package), package
        assert "--hash=sha256:" in package


@pytest.mark.proves("A80")
def test_queues_are_encrypted_by_a_key_that_nobody_can_take_away() -> None:
    """What ends there is what nothing else could deliver: no key's policy may refuse it."""
    for queue in of_type("AWS::SQS::Queue").values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True


@pytest.mark.proves("A84")
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
    key = given_key(sandbox)
    stack = sandbox.deploy(KmsKeyArn=key, RollBackConcurrency="5", Architecture="x86_64")
    topic, role, function = (
        stack.physical_id(name)
        for name in ("NotificationTopic", "NotifyFunctionRole", "RollBackFunction")
    )
    attributes = sandbox.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    groups = sandbox.client("logs").describe_log_groups()["logGroups"]
    policies = sandbox.client("iam").list_role_policies(RoleName=role)["PolicyNames"]
    found = sandbox.client("lambda").get_function(FunctionName=function)
    assert attributes["KmsMasterKeyId"] == key
    assert {group["kmsKeyId"] for group in groups} == {key}
    assert "UseOfTheKey" in policies
    assert found["Concurrency"]["ReservedConcurrentExecutions"] == 5
    assert found["Configuration"]["Architectures"] == ["x86_64"]


def test_everybody_who_should_can_publish_under_the_key(sandbox: Sandbox) -> None:
    stack = sandbox.deploy(KmsKeyArn=given_key(sandbox))
    machine, topic = (stack.outputs[name] for name in ("StateMachineArn", "NotificationTopicArn"))
    sandbox.client("cloudwatch").set_alarm_state(
        AlarmName=stack.physical_id("ExecutionsFailedAlarm"),
        StateValue="ALARM",
        StateReason="as it happens",
    )
    sandbox.finish(sandbox.start({"dry": "wet"}, machine=machine))
    told = [str(message.subject) for message in sandbox.inbox(topic)]
    assert told[0].startswith("ALARM: ")
    assert told[1].startswith("Refused: ")


def test_a_small_account_can_deploy_as_long_as_it_reserves_nothing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_LAMBDA_CONCURRENCY_QUOTA", "100")
    with pytest.raises(DeploymentFailedError, match="below its minimum value"):
        sandbox.deploy(RollBackConcurrency="5")
    sandbox.deploy(stack_name="unreserved")


@pytest.mark.proves("A97")
@long
def test_logs_outlive_the_stack_and_do_not_stand_in_the_way_of_the_next(sandbox: Sandbox) -> None:
    def groups() -> set[str]:
        found = sandbox.client("logs").describe_log_groups()["logGroups"]
        return {group["logGroupName"] for group in found}

    sandbox.cloudformation.delete(sandbox.deploy())
    kept = groups()
    assert len(kept) == len(of_type("AWS::Logs::LogGroup"))
    sandbox.deploy()
    assert len(groups() - kept) == len(kept)
