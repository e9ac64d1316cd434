"""Teams with applications of their own, and the people who call these, in scenarios."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.services.cloudformation import DeploymentFailedError, Stack
from sandbox.services.cloudformation.template import load
from sandbox.traffic.callers import Callers
from tests.scenario.world import World


@dataclass
class Team:
    """A team's checkout of its application, and the stack that it deploys."""

    world: World
    template: Path
    name: str
    deployed: list[Stack] = field(default_factory=list)
    callers: list[Callers] = field(default_factory=list)

    def deploys(self, body: str, build: str) -> str:
        """Change the code, deploy, and return how the stack stands then."""
        code = (
            f"def handler(event, context):\n    {body}\n"
            f"    checked = 'items' in (event or {{}})  # by a template of these\n"
            f"    return {{'statusCode': 200, 'body': 'taken' if checked else '{build}'}}\n"
        )
        for file in self.template.parent.rglob("app.py"):
            file.write_text(code)
        changed = self.template.with_name(f"{build}.json")
        changed.write_text(_with_code(load(self.template), code, build))
        if not self.deployed:
            self.deployed.append(self.world.sandbox.deploy(changed, self.name))
        else:
            with suppress(DeploymentFailedError):
                self.world.sandbox.cloudformation.update(self.stack, changed, {})
        return self.stack.status

    @property
    def stack(self) -> Stack:
        return self.deployed[0]

    def aliases(self) -> list[tuple[str, str]]:
        """Return the functions and names of the stack's aliases."""
        kind = "AWS::Lambda::Alias"
        found = [one.physical_id for one in self.stack.resources.values() if one.type == kind]
        return [(arn.split(":")[6], arn.split(":")[7]) for arn in found]

    def gates(self) -> int:
        """Count the stack's gates."""
        return sum(one.type == "Custom::LambdaCanary" for one in self.stack.resources.values())

    def revision(self) -> str:
        """Return the revision of the only alias, which changes with every write."""
        [(function, alias)] = self.aliases()
        found = self.world.functions.get_alias(FunctionName=function, Name=alias)
        return str(found["RevisionId"])

    def versions(self) -> set[str]:
        """Return the versions that the aliases point to, none of which has weights."""
        found = set()
        for function, alias in self.aliases():
            now = self.world.functions.get_alias(FunctionName=function, Name=alias)
            assert not now.get("RoutingConfig", {}).get("AdditionalVersionWeights"), now
            found.add(now["FunctionVersion"])
        return found

    def is_called(self) -> None:
        """Have each alias called by itself, once a second."""
        for function, alias in self.aliases():
            target = f"{function}:{alias}"

            def call(target: str = target) -> None:
                self.world.functions.invoke(FunctionName=target, Payload=b"{}")

            callers = Callers(self.world.sandbox.clock, call, every=1)
            callers.start(target)
            self.callers.append(callers)

    def rollouts(self) -> list[str]:
        """Return the executions that the stack's gate began, the latest first."""
        client = self.world.sandbox.client("stepfunctions")
        found = client.list_executions(stateMachineArn=self.world.machine)["executions"]
        return [
            one["executionArn"]
            for one in found
            if self.stack.id in client.describe_execution(executionArn=one["executionArn"])["input"]
        ]

    def verdict_at(self) -> float:
        """Return when the last rollout's last health check had answered."""
        checks = [
            event["timestamp"].timestamp()
            for event in self.world.sandbox.history(self.rollouts()[0])
            if event.get("stateExitedEventDetails", {}).get("name") == "CheckHealth"
        ]
        return float(checks[-1])

    def reason(self) -> str:
        """Return what people read beside the last gate whose answer was a failure."""
        return next(
            one.reason or ""
            for one in reversed(self.stack.events)
            if one.type == "Custom::LambdaCanary" and "Message returned: " in (one.reason or "")
        )

    def ends(self) -> None:
        for one in self.callers:
            one.stop()
        self.world.sandbox.cloudformation.delete(self.stack)


def _with_code(template: Any, code: str, build: str) -> str:
    """Write a template with this code, and with a new version where SAM publishes none."""
    resources = template["Resources"]
    versions = [name for name, one in resources.items() if one["Type"] == "AWS::Lambda::Version"]
    for one in resources.values():
        properties = one.get("Properties", {})
        match properties.get("Code"):
            case {"ZipFile": _}:
                properties["Code"] = {"ZipFile": code}
            case {"S3Key": _}:  # where the Serverless Framework would have put it
                properties["Code"] = "."
        if one["Type"] == "AWS::Lambda::Version":
            properties.pop("CodeSha256", None)  # of the code that was packaged
    text = json.dumps(template)
    for name in versions:
        text = text.replace(f'"{name}"', f'"{name}{build}"')
    return text


@dataclass
class Teams:
    world: World
    folder: Path
    all: list[Team] = field(default_factory=list)

    def of(self, template: Path) -> Team:
        """Give a team a copy of a template's folder."""
        folder = self.folder / template.stem
        shutil.copytree(template.parent, folder)
        here = folder / template.name
        if template.stem == "hooks":  # as it is refused, until this is said
            said = "Metadata: {LambdaCanary: {Checkout: {hooks: {}}}}\nResources:\n"
            here.write_text(here.read_text().replace("Resources:\n", said, 1))
        team = Team(self.world, here, f"users-{template.stem}")
        self.all.append(team)
        return team


class Asked:
    """People at the endpoints of a team's application, and orders that come by its queue.

    Endpoints are outputs of the stack, each with the method by which it is asked.
    """

    def __init__(self, team: Team, **endpoints: str) -> None:
        self._team, self._sandbox = team, team.world.sandbox
        self._answers: dict[str, set[str]] = {}
        for name, method in endpoints.items():
            self._keep(name, method)

    def _keep(self, name: str, method: str) -> None:
        def ask() -> None:
            reply = self._sandbox.ask(method, self._team.stack.outputs[name])
            self._answers.setdefault(name, set()).add(f"{reply.status} {reply.body}")

        self._begin(Callers(self._sandbox.clock, ask, every=2), name)

    def orders(self, queue: str) -> Callers:
        """Let orders come by the queue with this logical id."""
        url, sqs = self._team.stack.physical_id(queue), self._sandbox.client("sqs")

        def order() -> None:
            sqs.send_message(QueueUrl=url, MessageBody="an order")

        return self._begin(Callers(self._sandbox.clock, order, every=4), queue)

    def _begin(self, callers: Callers, name: str) -> Callers:
        callers.start(name)
        self._team.callers.append(callers)
        return callers

    def answers(self) -> dict[str, set[str]]:
        """Return what each of them got since this was asked last."""
        got, self._answers = self._answers, {}
        return got
