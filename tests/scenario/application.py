"""An application's stack with a gate, as CloudFormation sees it, whose events a scenario sends.

So a scenario can send what CloudFormation sends seldom: late, twice, or into a stack that has gone
on. What stacks do by themselves with a gate, tests/scenario/test_gate_stacks.py plays.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.services.cloudformation.stack import Stack, StackEvent
from tests.http_servers import Server, answering, serving
from tests.scenario.observed import Released
from tests.scenario.world import World

RESOURCE = "CheckoutRollout"
QUICK = {"type": "canary", "interval": "120", "check-interval": "30", "max-hold": "60"}


@dataclass
class Application:
    """A stack that is what the scenario says, and a place at which it hears answers."""

    world: World
    stack: Stack
    server: Server
    sent: list[dict[str, Any]] = field(default_factory=list)

    def stands(self, stack: str, resource: str, given: dict[str, Any] | None = None) -> None:
        """Let the stack be so from now on, and the resource, which got these properties."""
        now = self.world.sandbox.clock.now
        self.stack.status = stack
        kind = "AWS::CloudFormation::Stack"
        self.stack.events += [
            StackEvent(now, self.stack.name, self.stack.id, kind, stack),
            StackEvent(now, RESOURCE, "", "Custom::LambdaCanary", resource, properties=given),
        ]

    def owns(self, released: Released) -> None:
        """Let the alias be one of the stack's own."""
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{released.name}:{released.alias}"
        kind, now = "AWS::Lambda::Alias", self.world.sandbox.clock.now
        self.stack.events.append(StackEvent(now, "Alias", arn, kind, "CREATE_COMPLETE"))

    def event(self, kind: str, url: str = "", **keys: Any) -> dict[str, Any]:
        """Write an event; two of the same URL are the same."""
        at = len(self.sent)
        written = {
            "RequestType": kind,
            "RequestId": f"request-{at}",
            "ResponseURL": url or f"http://127.0.0.1:{self.server.port}/answer-{at}?secret={at}",
            "StackId": self.stack.id,
            "LogicalResourceId": RESOURCE,
            "ResourceType": "Custom::LambdaCanary",
            "ServiceToken": self.token,
            **keys,
        }
        if kind != "Create":
            written.setdefault("PhysicalResourceId", "checkout:live")
        self.sent.append(written)
        return written

    @property
    def token(self) -> str:
        return self.world.stack.outputs["GateFunctionArn"]

    def asks(
        self, kind: str, released: Released, version: int, before: int | None = None, **more: Any
    ) -> dict[str, Any]:
        """Send an event that asks for a version, and return it."""
        event = self.event(kind, ResourceProperties=self.properties(released, version, **more))
        if before:
            event["OldResourceProperties"] = self.properties(released, before)
        self.send(event)
        return event

    def properties(self, released: Released, version: int, **more: Any) -> dict[str, Any]:
        return {
            "ServiceToken": self.token,
            "FunctionName": released.name,
            "AliasName": released.alias,
            "NewVersion": str(version),
            "Rollout": QUICK,
            **more,
        }

    def send(self, event: Mapping[str, Any]) -> None:
        """Call the gate as CloudFormation does."""
        self.world.functions.invoke(
            FunctionName=self.token, InvocationType="Event", Payload=json.dumps(event)
        )

    def answers(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what was put at the event's URL so far."""
        path = event["ResponseURL"].partition("/answer")[2]
        found = []
        for request in self.server.requests:
            head, _, body = request.partition(b"\r\n\r\n")
            if head.startswith(f"PUT /answer{path} ".encode()):
                found.append(json.loads(body))
        return found

    def answered(self, event: Mapping[str, Any], within: float = 3_600) -> dict[str, Any]:
        """Let time run until there is an answer, and return it."""
        self.world.when(lambda: self.answers(event), within)
        return self.answers(event)[0]

    @property
    def rollouts(self) -> list[str]:
        """The executions that the gate has had begun, the oldest first."""
        client = self.world.sandbox.client("stepfunctions")
        found = client.list_executions(stateMachineArn=self.world.machine)["executions"]
        mine = []
        for one in found:
            given = client.describe_execution(executionArn=one["executionArn"])["input"]
            if self.stack.id in given:
                mine.append(one["executionArn"])
        return mine[::-1]


@contextmanager
def application(world: World) -> Iterator[Application]:
    """Make the stack and its ear, for the length of a scenario."""
    engine = world.sandbox.cloudformation.engine
    stack = engine.add(f"shop-{len(engine.stacks)}")
    with serving(answering(b"")) as server:
        there = Application(world, stack, server)
        there.stands("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        try:
            yield there
        finally:
            for arn in there.rollouts:
                if world.status_of(arn) == "RUNNING":
                    world.when_stopped(arn)
            world.sandbox.run_for(200)
