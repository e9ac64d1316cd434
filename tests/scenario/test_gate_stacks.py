"""The gate in stacks that CloudFormation itself makes, changes, takes back and deletes."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from tests.long import long, parametrize
from tests.scenario.application import QUICK
from tests.scenario.observed import Released
from tests.scenario.world import BAD, HEALTHY, World

# Another resource of the stack: it takes its time, and fails where it is told to.
SIBLING = """
import json, time, urllib.request

def handler(event, context):
    given = event["ResourceProperties"]
    fails = event["RequestType"] == "Update" and given["Fails"] == "true"
    time.sleep(float(given["Seconds"]) if fails else 0)
    names = ("StackId", "RequestId", "LogicalResourceId")
    answer = {name: event[name] for name in names}
    answer |= {"PhysicalResourceId": "sibling", "Status": "FAILED" if fails else "SUCCESS"}
    answer |= {"Reason": "it was told to"}
    body = json.dumps(answer).encode()
    put = urllib.request.Request(
        event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""}
    )
    urllib.request.urlopen(put).read()
"""


@dataclass
class Shop:
    """A stack with a function's gate and alias, and another resource."""

    world: World
    checkout: Released
    sibling: str
    name: str
    seconds: int = 0
    place: str = ""

    @property
    def client(self) -> Any:
        return self.world.sandbox.client("cloudformation")

    def template(self, version: int, *, fails: bool = False, gate: str = "Gate") -> str:
        named = {"FunctionName": self.checkout.name}
        token = self.world.stack.outputs["GateFunctionArn"]
        asked = {"ServiceToken": token, "AliasName": "live", "NewVersion": str(version)}
        of_it = {"FunctionVersion": {"Fn::GetAtt": [gate, "Version"]}, "Name": "live"}
        resources: dict[str, Any] = {
            gate: {
                "Type": "Custom::LambdaCanary",
                "Properties": named | asked | {"Rollout": QUICK},
            },
            "Alias": {"Type": "AWS::Lambda::Alias", "Properties": named | of_it},
            "Sibling": {
                "Type": "Custom::Sibling",
                "Properties": {
                    "ServiceToken": self.sibling,
                    "Seconds": str(self.seconds),
                    "Fails": str(fails).lower(),
                },
            },
        }
        if self.place == "before":
            resources[gate]["DependsOn"] = "Sibling"
        if self.place == "after":
            resources["Sibling"]["DependsOn"] = "Alias"
        return json.dumps({"Resources": resources})

    @property
    def status(self) -> str:
        found: str = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        return found

    def reason(self, resource: str = "Gate") -> str:
        """Return why the resource failed last, as people read it beside its event."""
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [one for one in events if one["ResourceStatus"].endswith("_FAILED")]
        reasons = (
            one["ResourceStatusReason"] for one in failed if one["LogicalResourceId"] == resource
        )
        return str(next(reasons))

    def begins(self, version: int, **more: Any) -> None:
        """Begin an update to this version."""
        self.client.update_stack(StackName=self.name, TemplateBody=self.template(version, **more))

    def ends(self, within: float = 5_000) -> str:
        """Let time run until the stack is at rest, and return how it stands."""
        self.world.sandbox.run_for(1)
        self.world.when(lambda: not self.status.endswith("_IN_PROGRESS"), within)
        return self.status

    def updated(self, version: int, **more: Any) -> str:
        self.begins(version, **more)
        return self.ends()


def given_shop(world: World, *versions: Any) -> Shop:
    """Deploy the application for the first time, at version 1 of its function."""
    checkout = world.given_function(versions=versions or (HEALTHY, HEALTHY, HEALTHY))
    world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    sibling = world.given_code("sibling", SIBLING)
    arn = world.functions.get_function(FunctionName=sibling)["Configuration"]["FunctionArn"]
    shop = Shop(world, checkout, arn, f"{checkout.name}-stack")
    shop.client.create_stack(StackName=shop.name, TemplateBody=shop.template(1))
    assert shop.ends() == "CREATE_COMPLETE"
    then_at(shop, "1")
    checkout.seen.clear()
    return shop


def then_at(shop: Shop, version: str) -> None:
    now = shop.checkout.now
    assert now is not None
    assert (now.version, now.weights, now.description) == (version, {}, "")


@long
def test_an_update_releases_gradually_and_only_where_the_version_changes(world: World) -> None:
    shop = given_shop(world)
    assert shop.updated(2) == "UPDATE_COMPLETE"
    then_at(shop, "2")
    assert shop.checkout.weights == [10, 100]
    before = len(world.calls)
    shop.seconds = 1
    assert shop.updated(2) == "UPDATE_COMPLETE"
    gates = [one for one in world.calls[before:] if "Gate" in str(one.caller)]
    assert gates == []


@pytest.mark.proves("F100", "F101")
def test_a_bad_version_takes_the_stack_back_and_the_fix_goes_through(world: World) -> None:
    shop = given_shop(world, HEALTHY, BAD, HEALTHY)
    for _ in range(2):
        assert shop.updated(2) == "UPDATE_ROLLBACK_COMPLETE"
        assert "HealthCheckFailed: " in shop.reason()
        then_at(shop, "1")
    assert shop.updated(3) == "UPDATE_COMPLETE"
    then_at(shop, "3")


@pytest.mark.proves("F103", "F104", "F105")
@parametrize(
    ("place", "seconds"), [("beside", 60), ("beside", 1), ("before", 5), ("after", 5)], short=1
)
def test_another_resource_fails(world: World, place: str, seconds: int) -> None:
    shop = given_shop(world)
    shop.place, shop.seconds = place, seconds
    assert shop.updated(2, fails=True) == "UPDATE_ROLLBACK_COMPLETE"
    then_at(shop, "1")
    world.sandbox.run_for(900)
    then_at(shop, "1")
    assert shop.updated(2) == "UPDATE_COMPLETE"
    then_at(shop, "2")


@pytest.mark.proves("F103")
@parametrize("seconds", [60, 3, 200], short=1)
def test_an_update_is_cancelled_in_a_bake(world: World, seconds: int) -> None:
    shop = given_shop(world)
    shop.begins(2)
    world.sandbox.run_for(seconds)
    began = world.sandbox.clock.now
    shop.client.cancel_update_stack(StackName=shop.name)
    assert shop.ends() == "UPDATE_ROLLBACK_COMPLETE"
    assert world.sandbox.clock.now - began < 240
    then_at(shop, "1")
    world.sandbox.run_for(900)
    then_at(shop, "1")


@long
@pytest.mark.proves("F103")
def test_a_downgrade_that_is_cancelled_goes_up_again_at_once(world: World) -> None:
    """The rollback asks for a newer version, and the stack's events show that it does."""
    shop = given_shop(world)
    assert shop.updated(3) == "UPDATE_COMPLETE"
    shop.begins(2)
    world.sandbox.run_for(60)
    shop.client.cancel_update_stack(StackName=shop.name)
    assert shop.ends(within=300) == "UPDATE_ROLLBACK_COMPLETE"
    then_at(shop, "3")


@pytest.mark.proves("F118")
def test_a_gate_that_is_new_in_a_cancelled_update_ends_its_rollout(world: World) -> None:
    """It is asked for no old version, but deleted."""
    shop = given_shop(world)
    shop.begins(2, gate="Renamed")
    world.sandbox.run_for(60)
    shop.client.cancel_update_stack(StackName=shop.name)
    assert shop.ends() == "UPDATE_ROLLBACK_COMPLETE"
    world.sandbox.run_for(900)
    then_at(shop, "1")


@long
@pytest.mark.proves("F118", "F119")
def test_a_renamed_gate_keeps_the_alias_and_a_deleted_stack_takes_it(world: World) -> None:
    shop = given_shop(world)
    assert shop.updated(2, gate="Renamed") == "UPDATE_COMPLETE"
    then_at(shop, "2")
    shop.client.delete_stack(StackName=shop.name)
    world.sandbox.run_for(60)
    assert shop.checkout.now is None


@pytest.mark.proves("F113")
@parametrize("kind", ["throttle", "crash"], short=1)
def test_a_gate_that_cannot_run_leaves_no_stack_stuck(world: World, kind: Any) -> None:
    shop = given_shop(world)
    world.faults.on_handler("lambda-canary-Gate", kind, times=FOREVER)
    assert shop.updated(2) == "UPDATE_ROLLBACK_COMPLETE"
    then_at(shop, "1")
    assert "the gate could not run" in shop.reason()


CALLS = [
    *(("lambda", name) for name in ("GetAlias", "UpdateAlias", "ListTags")),
    *(("cloudformation", name) for name in ("DescribeStacks", "DescribeStackResource")),
    *(("stepfunctions", name) for name in ("StartExecution", "ListExecutions", "StopExecution")),
    *(("stepfunctions", name) for name in ("DescribeExecution", "GetExecutionHistory")),
]
FAULTS: list[tuple[str, dict[str, Any]]] = [
    *(
        (f"{kind} {times:g} {service}.{operation} of {caller}", {
            "call": (service, operation), "error": error, "when": when, "times": times,
            "caller": caller,
        })
        for caller in ("lambda-canary-Gate", "GateAnswerFunction")
        for service, operation in CALLS
        for kind, error, when in (
            ("failed", "ServiceException", "before"), ("lost", "ReadTimeout", "after"),
        )
        for times in (1, 20)
    ),
    *(
        (f"{kind} {when} {times:g} {handler}", {
            "handler": handler, "kind": kind, "when": when, "times": times,
        })
        for handler in ("lambda-canary-Gate", "GateAnswerFunction")
        for kind in ("crash", "throttle", "timeout", "exception")
        for when in (("before",) if kind == "throttle" else ("before", "after"))
        for times in (1, 3)
    ),
]  # fmt: skip


def given_fault(world: World, fault: dict[str, Any]) -> None:
    if "handler" in fault:
        world.faults.on_handler(
            fault["handler"], fault["kind"], when=fault["when"], times=fault["times"]
        )
        return
    world.faults.on_call(
        *fault["call"],
        error=fault["error"],
        when=fault["when"],
        times=fault["times"],
        caller=fault["caller"],
    )


@pytest.mark.proves("F150")
@parametrize(
    ("story", "fault"),
    [(story, fault) for story in ("cancelled", "bad", "good") for _, fault in FAULTS],
    ids=[f"{story}, {name}" for story in ("cancelled", "bad", "good") for name, _ in FAULTS],
    short=1,
)
def test_whatever_fails_no_stack_is_stuck_and_no_alias_weighted(
    world: World, story: str, fault: dict[str, Any]
) -> None:
    shop = given_shop(world, HEALTHY, BAD if story == "bad" else HEALTHY)
    given_fault(world, fault)
    shop.begins(2)
    if story == "cancelled":
        world.sandbox.run_for(60)
        shop.client.cancel_update_stack(StackName=shop.name)
    status = shop.ends(within=9_000)
    world.sandbox.run_for(900)
    expected = {"good": {"2", "1"}, "bad": {"1"}, "cancelled": {"1"}}[story]
    version = "2" if status == "UPDATE_COMPLETE" else "1"
    assert status in ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert version in expected
    then_at(shop, version)
