"""Applications as their teams have them: each template released, taken back, mended, again."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.services.cloudformation import DeploymentFailedError, Stack
from sandbox.services.cloudformation.template import load
from sandbox.traffic.callers import Callers
from tests.long import parametrize
from tests.scenario.world import World
from tests.unit.macro.templates import ROOT, TEMPLATES

EXAMPLES = ROOT / "examples"
USERS: dict[str, Path] = {
    "sam": EXAMPLES / "sam" / "template.yaml",
    "group": TEMPLATES / "group.yaml",
    "preference": TEMPLATES / "preference.yaml",
    "hooks": TEMPLATES / "hooks.yaml",
    "cdk": EXAMPLES / "cdk" / "synthesised.json",
    "by-hand": TEMPLATES / "by-hand.yaml",
    "conditions": TEMPLATES / "conditions.yaml",
    "serverless": EXAMPLES / "serverless" / "packaged.json",
}
NUMBERS = r"HealthCheckFailed: judge: \S+: canary (\d+) of \1 calls failed, baseline 0 of \d+ "
OLD, NEW = {"200 first"}, {"200 second"}
HEALTHY = "pass"
# Of a group one function alone is bad. `items` has the call that a check of a template makes.
BAD = "if 'heckout' in context.function_name and 'items' not in (event or {}): raise ValueError"


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


class Asked:
    """People at the URL and the API of a team's function, and orders that come by its queue."""

    def __init__(self, team: Team) -> None:
        self._team, self._sandbox = team, team.world.sandbox
        self._answers: dict[str, set[str]] = {}
        self.queue = team.stack.resources["Orders"].attributes["Arn"]
        url, sqs = team.stack.physical_id("Orders"), self._sandbox.client("sqs")

        def order() -> None:
            sqs.send_message(QueueUrl=url, MessageBody="an order")

        self.orders = Callers(self._sandbox.clock, order, every=4)

    def begins(self) -> None:
        for name, method in (("Url", "GET"), ("Api", "POST")):

            def ask(name: str = name, method: str = method) -> None:
                reply = self._sandbox.ask(method, self._team.stack.outputs[name])
                self._answers.setdefault(name, set()).add(f"{reply.status} {reply.body}")

            people = Callers(self._sandbox.clock, ask, every=2)
            people.start(name)
            self._team.callers.append(people)
        self.orders.start("orders")
        self._team.callers.append(self.orders)

    def answers(self) -> dict[str, set[str]]:
        """Return what each of them got since this was asked last."""
        got, self._answers = self._answers, {}
        return got


@pytest.fixture
def teams(world: World, tmp_path: Path) -> Iterator[Teams]:
    there = Teams(world, tmp_path)
    yield there
    for team in there.all:
        team.ends()


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


@pytest.mark.proves("F100", "F101")
@parametrize("user", USERS, short=1)
def test_a_team_releases_and_its_bad_build_goes_back_twice_and_its_fix_through(
    teams: Teams, user: str
) -> None:
    team = teams.of(USERS[user])
    assert team.deploys(HEALTHY, "first") == "CREATE_COMPLETE"
    assert (team.versions(), team.rollouts()) == ({"1"}, [])
    team.is_called()

    assert team.deploys(HEALTHY, "second") == "UPDATE_COMPLETE"
    gates = len(team.rollouts())
    assert team.versions() == {"2"}

    for times in (1, 2):  # the same build again is another rollout
        assert team.deploys(BAD, "bad") == "UPDATE_ROLLBACK_COMPLETE"
        assert team.versions() == {"2"}
        assert len(team.rollouts()) == (times + 1) * gates
        assert re.search(NUMBERS, team.reason()), team.reason()
        # A second gate has a rollout to stop first, of which a shift may be in flight.
        assert team.stack.events[-1].at - team.verdict_at() < (60 if gates == 1 else 180)
        teams.world.sandbox.run_for(300)  # until no alarm fires any more

    assert team.deploys(HEALTHY, "fixed") == "UPDATE_COMPLETE"
    assert team.versions().isdisjoint({"1", "2"})


def test_triggers_call_the_alias_before_in_and_after_a_release(teams: Teams) -> None:
    team, sandbox = teams.of(TEMPLATES / "triggers.yaml"), teams.world.sandbox
    assert team.deploys(HEALTHY, "first") == "CREATE_COMPLETE"
    asked, calls = Asked(team), Counter[str | None]()
    sandbox.signals.invoked.append(lambda call: calls.update([call.alias]))
    asked.begins()
    sandbox.run_for(60)
    assert asked.answers() == {"Url": OLD, "Api": OLD}

    assert team.deploys(HEALTHY, "second") == "UPDATE_COMPLETE"
    assert asked.answers() == {"Url": OLD | NEW, "Api": OLD | NEW}
    sandbox.run_for(60)
    assert asked.answers() == {"Url": NEW, "Api": NEW}

    assert team.deploys(BAD, "bad") == "UPDATE_ROLLBACK_COMPLETE"
    assert re.search(NUMBERS, team.reason()), team.reason()
    seen = asked.answers()
    assert seen["Url"] > NEW
    assert seen["Api"] > NEW
    assert {answer[:3] for answers in seen.values() for answer in answers} == {"200", "502"}
    sandbox.run_for(60)
    assert asked.answers() == {"Url": NEW, "Api": NEW}

    asked.orders.stop()
    sandbox.run_for(120)  # what failed is delivered again
    assert calls["live"] >= sum(callers.calls for callers in team.callers) > 900
    assert sandbox.queue(asked.queue) == []
