"""Who may do what: the documented policies are enough, no more; no rollout turns inward."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Stack
from tests.contract.readme import section
from tests.long import long
from tests.sandbox import given
from tests.scenario.then import then_refused
from tests.scenario.world import World, release_of, sweep

STARTER, OPERATOR, WATCHER = re.findall(r"```json\n(.*?)```", section("Who may release"), re.DOTALL)


@pytest.fixture(scope="module")
def narrow(deployed: tuple[Sandbox, Stack]) -> Stack:
    """Deploy a stack for a team's own functions."""
    patterns: dict[str, Any] = {
        "FunctionNamePattern": "shop-*",
        "HookFunctionPattern": "CodeDeployHook_*",
    }
    stack = deployed[0].deploy(stack_name="narrow", MacroName="", **patterns)
    sweep(deployed[0], stack, on=False)
    return stack


def filled(world: World, policy: str) -> dict[str, Any]:
    """Fill in the blanks of one of the policies of docs/operating.md."""
    blanks = {
        "REGION": "us-east-1",
        "ACCOUNT": "123456789012",
        "MACHINE": world.machine.rpartition(":")[2],
        "RELAY": world.stack.physical_id("RelayStateMachine").rpartition(":")[2],
        "GUARD": world.stack.physical_id("GuardFunction"),
    }
    text = re.sub("REGION|ACCOUNT|MACHINE|RELAY|GUARD", lambda blank: blanks[blank[0]], policy)
    found: dict[str, Any] = json.loads(text)
    return found


def role(world: World, name: str, policy: str) -> str:
    """Make a role with one of the policies of docs/operating.md."""
    return given.role(world.sandbox, name, *filled(world, policy)["Statement"])


@pytest.mark.proves("A9", "A39")
def test_the_documented_policies_are_enough_and_not_too_much(world: World) -> None:
    checkout = world.given_function()
    starter = role(world, "starter", STARTER)
    operator, watcher = role(world, "operator", OPERATOR), role(world, "watcher", WATCHER)
    states = world.sandbox.client("stepfunctions")
    with world.sandbox.acting_as(starter):
        execution = world.when_started(release_of(checkout, interval=600))
        states.describe_execution(executionArn=execution)
        with pytest.raises(ClientError, match="not authorized to perform: states:StopExecution"):
            states.stop_execution(executionArn=execution)
        with pytest.raises(ClientError, match="not authorized to perform: lambda:UpdateAlias"):
            world.functions.update_alias(FunctionName=checkout.name, Name="live")
        with pytest.raises(ClientError, match="not authorized to perform: states:StartExecution"):
            states.start_execution(stateMachineArn=world.stack.physical_id("RelayStateMachine"))
        with pytest.raises(ClientError, match="not authorized to perform: states:StartExecution"):
            states.start_execution(stateMachineArn=world.stack.physical_id("HookStateMachine"))
        with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
            world.functions.invoke(FunctionName=world.stack.physical_id("FinalizeFunction"))
    with world.sandbox.acting_as(watcher):
        world.sandbox.client("cloudformation").describe_stacks(StackName="lambda-canary")
        assert states.list_executions(stateMachineArn=world.machine)["executions"]
        states.describe_execution(executionArn=execution)
        states.get_execution_history(executionArn=execution)
        with pytest.raises(ClientError, match="not authorized to perform: ssm:PutParameter"):
            world.when_ordered("roll-back", checkout)
    with world.sandbox.acting_as(operator):
        world.when_ordered("pause", checkout)
        states.stop_execution(executionArn=execution)
        guard = world.stack.physical_id("GuardFunction")
        payload = json.dumps({"execution": execution})
        world.functions.invoke(FunctionName=guard, Payload=payload)
        with pytest.raises(ClientError, match="not authorized to perform: states:StartExecution"):
            world.when_started(release_of(checkout))
    for name, policy in (("starter", STARTER), ("operator", OPERATOR), ("watcher", WATCHER)):
        used = {one.action for one in world.sandbox.iam.used if one.role == name}
        assert used == set(re.findall('"([a-z]+:[A-Z][A-Za-z]+)"', policy))


@pytest.mark.proves("A2")
@pytest.mark.parametrize(
    "settings",
    [
        {"function-name": "{}"},
        {"hooks": {"pre-traffic": "{}"}},
        {"hooks": {"post-traffic": {"function": "{}", "mode": "return"}}},
        {
            "checks": [
                {
                    "type": "function",
                    "function": "arn:aws:lambda:us-east-1:123456789012:function:{}",
                }
            ]
        },
    ],
)
def test_a_rollout_that_turns_on_its_own_functions_is_refused(
    world: World, settings: dict[str, Any]
) -> None:
    checkout = world.given_function()
    own = world.stack.physical_id("SimpleDeployFunction")
    turned = json.loads(json.dumps(settings).replace("{}", own))
    rollout = world.when_ended(world.when_started(release_of(checkout) | turned))
    then_refused(rollout, checkout, error="InvalidInput")
    assert "belongs to lambda-canary itself, which no rollout may release or call" in rollout.cause


@pytest.mark.proves("A2")
@pytest.mark.parametrize(
    ("who", "call", "params"),
    [
        ("CheckHealthFunction", "invoke", {}),
        ("ProbeFunction", "invoke", {"Qualifier": "live"}),
        ("RunHookFunction", "invoke", {}),
        ("SimpleDeployFunction", "invoke", {}),
        ("ShiftWeightFunction", "update_alias", {"Name": "live"}),
        ("FinalizeFunction", "create_alias", {"Name": "live", "FunctionVersion": "1"}),
        ("RollBackFunction", "delete_alias", {"Name": "live"}),
        ("GuardFunction", "delete_alias", {"Name": "live"}),
        ("GuardCallFunction", "update_alias", {"Name": "live"}),
        ("PublishFunction", "publish_version", {}),
        ("HookStateMachine", "invoke", {}),
        ("DeployStateMachine", "update_alias", {"Name": "live"}),
    ],
)
def test_iam_refuses_it_too(world: World, who: str, call: str, params: dict[str, Any]) -> None:
    own = world.stack.physical_id("GuardFunction")
    mine = world.stack.resources[f"{who}Role"].attributes["Arn"]
    with world.sandbox.acting_as(mine), pytest.raises(ClientError) as refused:
        getattr(world.functions, call)(FunctionName=own, **params)
    assert "with an explicit deny in an identity-based policy" in str(refused.value)


@pytest.mark.proves("A1", "A47")
@pytest.mark.parametrize(
    ("who", "call", "params"),
    [
        ("PlanFunction", "get_alias", {"Name": "live"}),
        ("PublishFunction", "publish_version", {}),
        ("ShiftWeightFunction", "update_alias", {"Name": "live"}),
        ("FinalizeFunction", "update_alias", {"Name": "live"}),
        ("RollBackFunction", "update_alias", {"Name": "live"}),
        ("GuardFunction", "update_alias", {"Name": "live"}),
        ("GuardCallFunction", "update_alias", {"Name": "live"}),
        ("DeployStateMachine", "update_alias", {"Name": "live"}),
        ("SimpleDeployFunction", "update_alias", {"Name": "live"}),
        ("ProbeFunction", "invoke", {"Qualifier": "live"}),
        ("CheckHealthFunction", "invoke", {"Qualifier": "live"}),
        ("CheckHealthFunction", "invoke", {}),
        ("RunHookFunction", "invoke", {}),
        ("HookStateMachine", "invoke", {}),
        ("DeployStateMachine", "invoke", {}),
    ],
)
def test_nothing_outside_of_the_patterns_is_touched(
    narrow: Stack, world: World, who: str, call: str, params: dict[str, Any]
) -> None:
    role = narrow.resources[f"{who}Role"].attributes["Arn"]
    with world.sandbox.acting_as(role), pytest.raises(ClientError) as refused:
        getattr(world.functions, call)(FunctionName="bank", **params)
    assert "because no identity-based policy allows" in str(refused.value)


@pytest.mark.proves("A94")
@long
def test_roles_have_the_boundary_and_the_path_that_the_account_asks_for(world: World) -> None:
    iam = world.sandbox.client("iam")
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=given.policy(given.EVERYTHING))
    arn = bound["Policy"]["Arn"]
    stack = world.sandbox.deploy(
        stack_name="bounded", MacroName="", PermissionsBoundary=arn, RolePath="/shop/"
    )
    roles = [
        iam.get_role(RoleName=one.physical_id)["Role"]
        for one in stack.resources.values()
        if one.type == "AWS::IAM::Role"
    ]
    assert {one["Path"] for one in roles} == {"/shop/"}
    assert {one["PermissionsBoundary"]["PermissionsBoundaryArn"] for one in roles} == {arn}
    world.sandbox.cloudformation.delete(stack)
