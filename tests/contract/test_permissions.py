"""What the roles may do: one role a function, no action or resource wider than it has to be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.cloudformation.preview import transformed
from tests.contract.definition import DEFINITIONS, ROOT

RESOURCES = transformed(ROOT / "template.yaml", {})["Resources"]
ROLES = {
    logical_id: resource["Properties"]
    for logical_id, resource in RESOURCES.items()
    if resource["Type"] == "AWS::IAM::Role"
}
FUNCTIONS = [
    logical_id
    for logical_id, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Lambda::Function"
]

# Why an action is granted on every resource.
ON_EVERYTHING = {
    "cloudwatch:PutMetricData": "knows no resources, but a condition on the namespace",
    "cloudwatch:GetMetricData": "knows no resources",
    "cloudwatch:DescribeAlarms": "shows composite alarms to nobody who may do it on less",
    "logs:CreateLogDelivery": "log delivery knows no resources",
    "logs:GetLogDelivery": "log delivery knows no resources",
    "logs:UpdateLogDelivery": "log delivery knows no resources",
    "logs:DeleteLogDelivery": "log delivery knows no resources",
    "logs:ListLogDeliveries": "log delivery knows no resources",
    "logs:PutResourcePolicy": "log delivery knows no resources",
    "logs:DescribeResourcePolicies": "log delivery knows no resources",
    "logs:DescribeLogGroups": "log delivery knows no resources",
}

# Where SAM adds a policy: it lets the role send what could not be run to a queue.
HAS_DESTINATION = {"GuardFunction"}

# What SAM attaches by itself: writing logs and traces, nothing else.
MANAGED_BY_AWS = {
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        statement
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_function_has_a_role_of_its_own(logical_id: str) -> None:
    role = RESOURCES[logical_id]["Properties"]["Role"]
    assert role == {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]}
    assert len(ROLES[f"{logical_id}Role"]["Policies"]) == 1 + (logical_id in HAS_DESTINATION)


def test_every_role_belongs_to_a_function_or_a_state_machine() -> None:
    assert ROLES.keys() == {f"{owner}Role" for owner in [*FUNCTIONS, *DEFINITIONS]}


def test_a_rollout_runs_on_in_its_own_stack_alone() -> None:
    started = [
        (logical_id, statement["Resource"])
        for logical_id, role in ROLES.items()
        for statement in statements(role)
        if "states:StartExecution" in listed(statement["Action"])
    ]
    assert started == [("DeployStateMachineRole", {"Ref": "RelayStateMachine"})]


@pytest.mark.parametrize("logical_id", ROLES)
def test_actions_are_named_one_by_one(logical_id: str) -> None:
    for statement in statements(ROLES[logical_id]):
        assert statement["Effect"] == "Allow"
        assert "NotAction" not in statement
        assert not [action for action in listed(statement["Action"]) if "*" in action]


@pytest.mark.parametrize("logical_id", ROLES)
def test_resources_are_bounded_unless_there_is_a_reason(logical_id: str) -> None:
    for statement in statements(ROLES[logical_id]):
        assert "NotResource" not in statement
        if "*" in listed(statement["Resource"]):
            assert not [each for each in listed(statement["Action"]) if each not in ON_EVERYTHING]


@pytest.mark.parametrize("logical_id", ROLES)
def test_functions_to_release_are_bounded_by_the_parameter(logical_id: str) -> None:
    """What the stack itself does not own, only FunctionNamePattern may open.

    Besides that, HookFunctionPattern opens functions to be asked: by their names, and nothing else.
    """
    for statement in statements(ROLES[logical_id]):
        for resource in listed(statement["Resource"]):
            if "function:${HookFunctionPattern}" in json.dumps(resource):
                assert statement["Action"] == "lambda:InvokeFunction"
                assert resource["Fn::Sub"].endswith("function:${HookFunctionPattern}")
            elif "function:" in json.dumps(resource):
                assert "function:${FunctionNamePattern}" in resource["Fn::Sub"]


def test_released_functions_are_called_by_version_or_alias_alone() -> None:
    """An unqualified call would reach $LATEST, which nobody has released."""
    called = [
        resource["Fn::Sub"]
        for role in ROLES.values()
        for statement in statements(role)
        if statement["Action"] == "lambda:InvokeFunction"
        for resource in listed(statement["Resource"])
        if "FunctionNamePattern" in json.dumps(resource)
    ]
    assert called
    assert [one for one in called if not one.endswith("function:${FunctionNamePattern}:*")] == []


@pytest.mark.parametrize("logical_id", ROLES)
def test_managed_policies_are_for_logs_and_traces_only(logical_id: str) -> None:
    attached = json.dumps(ROLES[logical_id].get("ManagedPolicyArns", [])).split('"')
    policies = {part.rsplit("/", 1)[-1] for part in attached if ":policy/" in part}
    assert policies <= MANAGED_BY_AWS


def test_every_reason_is_still_needed() -> None:
    granted = {
        action
        for role in ROLES.values()
        for statement in statements(role)
        if "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }
    assert granted == ON_EVERYTHING.keys()
