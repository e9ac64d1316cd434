"""The macro in stacks of applications: what it writes is deployed, and releases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.long import long
from tests.scenario.world import World
from tests.unit.macro.builders import application, with_preference

CAPABLE = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
QUICK = {"type": "Canary10Percent1Minute", "min-invocations": 0}


def template(code: str, **metadata: Any) -> dict[str, Any]:
    """Write an application, as the CDK does with a version by another name for other code."""
    made = application("Checkout", **metadata)
    made["Transform"] = "LambdaCanary"
    resources = made["Resources"]
    resources["Checkout"]["Properties"]["Role"] = {"Fn::GetAtt": ["Role", "Arn"]}
    resources["Checkout"]["Properties"]["Code"] = {"ZipFile": f"def handler(*_): return {code}"}
    resources[f"CheckoutVersion{code}"] = resources.pop("CheckoutVersion")
    of_it = {"Fn::GetAtt": [f"CheckoutVersion{code}", "Version"]}
    resources["CheckoutLive"]["Properties"]["FunctionVersion"] = of_it
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    resources["Role"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{**trust, "Principal": {"Service": "lambda.amazonaws.com"}}],
            }
        },
    }
    return made


def ends(world: World, stack: str) -> str:
    client = world.sandbox.client("cloudformation")

    def status() -> str:
        return str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])

    world.sandbox.run_for(1)
    world.when(lambda: not status().endswith("_IN_PROGRESS"), 5_000)
    return status()


def alias(world: World, stack: str) -> str:
    """Return the version to which the alias routes everything."""
    found = world.sandbox.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="Checkout"
    )
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    one = world.functions.get_alias(FunctionName=name, Name="live")
    assert not one.get("RoutingConfig")
    return str(one["FunctionVersion"])


@long
def test_one_word_has_an_update_release_gradually(world: World) -> None:
    client = world.sandbox.client("cloudformation")
    body = json.dumps(template("1", Checkout=QUICK))
    client.create_stack(StackName="one-word", TemplateBody=body, Capabilities=CAPABLE)
    assert ends(world, "one-word") == "CREATE_COMPLETE"
    body = json.dumps(template("2", Checkout=QUICK))
    began = world.sandbox.clock.now
    client.update_stack(StackName="one-word", TemplateBody=body, Capabilities=CAPABLE)
    assert ends(world, "one-word") == "UPDATE_COMPLETE"
    assert alias(world, "one-word") == "2"
    assert world.sandbox.clock.now - began >= 60
    client.delete_stack(StackName="one-word")


@pytest.mark.proves("F122")
def test_what_the_macro_refuses_begins_no_update(world: World) -> None:
    body = json.dumps(template("1", Chekout=QUICK))
    client = world.sandbox.client("cloudformation")
    with pytest.raises(ClientError, match="did you mean Checkout") as caught:
        client.create_stack(StackName="refused", TemplateBody=body, Capabilities=CAPABLE)
    assert "::LambdaCanary failed with: 1 problem in the template" in str(caught.value)
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_stacks(StackName="refused")


def test_a_change_set_shows_what_becomes_of_a_preference_of_codedeploy(world: World) -> None:
    made = with_preference(template("1"), "Checkout")
    client = world.sandbox.client("cloudformation")
    client.create_change_set(
        StackName="taken-over",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(made),
        Capabilities=CAPABLE,
    )
    world.sandbox.run_for(5)
    changes = client.describe_change_set(StackName="taken-over", ChangeSetName="first")["Changes"]
    assert "CheckoutLiveRollout" in {one["ResourceChange"]["LogicalResourceId"] for one in changes}
