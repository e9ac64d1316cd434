"""A stack of an application with a gate, whose update is a rollout."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from sandbox.kernel.faults import OPERATOR
from sandbox.kernel.gateway import calling_as
from sandbox.services.cloudformation.stack import Stack, StackEvent
from tests.chaos.ending import Answer, StackEnding
from tests.chaos.release import End
from tests.chaos.scenario import Scenario
from tests.chaos.stage import Stage
from tests.sandbox import given
from tests.scenario.observed import AliasState
from tests.scenario.world import DESCRIPTION

# Seconds after its beginning in which something happens to the update: the rollout bakes then.
LATER = 60
# CloudFormation waits for an hour for each answer; that it does on the way and on the way back.
AT_REST_WITHIN = 3 * 3_600
GATE, RENAMED, ALIAS = "Gate", "Renamed", "Alias"


@dataclass
class Application:
    """Deployed at version 1 when it is made."""

    stage: Stage
    scenario: Scenario
    name: str
    aliases: list[tuple[float, AliasState | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.role = given.role(self.stage.sandbox)
        self._order("create_stack", TemplateBody=self._template(1))
        engine = self.stage.sandbox.cloudformation.engine
        self.stack: Stack = next(one for one in engine.stacks.values() if one.name == self.name)
        self._rest()
        assert self.stack.status == "CREATE_COMPLETE", self.stack.events
        self._began = self._ended = self.stage.sandbox.clock.now
        self._made = len(self.stack.events)

    def update(self) -> End:
        """Ask for version 2, and let come what comes, until the stack is at rest."""
        course, clock = self.scenario.stack, self.stage.sandbox.clock
        self._began = clock.now
        self._order("update_stack", TemplateBody=self._template(2))
        if course in ("is cancelled", "is deleted"):
            self.stage.sandbox.run_for(LATER)
            self.cancel()
        self._rest()
        self._ended, self._status = clock.now, self.stack.status
        if course == "is deleted":
            self._order("delete_stack")
            self._rest()
            self._status = self.stack.status
        failed = [one.reason for one in self.answered if one.status.endswith("FAILED")]
        rollouts = self.stage.executions("DeployStateMachine")
        mark = rollouts[-1].exec_arn if rollouts else "none"
        return End(mark, self._status, cause=" | ".join(failed))

    def cancel(self) -> None:
        """Cancel the update, if that is under way."""
        self._order("cancel_update_stack")

    def ended(self) -> StackEnding:
        """Do what people do with a stack that is stuck, and tell how it stands."""
        with_answers = self.answered
        if self.stack.status == "UPDATE_ROLLBACK_FAILED":
            is_gone = bool(self.aliases) and self.aliases[-1][1] is None
            gone = {"ResourcesToSkip": [ALIAS]} if is_gone else {}
            self._order("continue_update_rollback", **gone)
        if self.stack.status == "DELETE_FAILED":
            self._order("delete_stack")
        self._rest()
        alias = self.stack.resources.get(ALIAS)
        return StackEnding(
            status=self._status,
            in_the_end=self.stack.status,
            seconds=self._ended - self._began,
            version=alias.properties["FunctionVersion"] if alias else None,
            answers=tuple(with_answers),
        )

    def note(self, alias: AliasState | None) -> None:
        """Remember how the alias stands from now on."""
        self.aliases.append((self.stage.sandbox.clock.now, alias))

    @property
    def answers(self) -> int:
        """How often the gate was asked, for which there is an answer each."""
        return sum(one.status.endswith("_IN_PROGRESS") for one in self._of_the_gate)

    @property
    def answered(self) -> list[Answer]:
        return [
            Answer(one.status, one.reason, (one.properties or {})["NewVersion"], self._at(one.at))
            for one in self._of_the_gate
            if not one.status.endswith("_IN_PROGRESS")
        ]

    @property
    def _of_the_gate(self) -> list[StackEvent]:
        return [one for one in self.stack.events[self._made :] if one.logical_id in (GATE, RENAMED)]

    def _at(self, moment: float) -> AliasState | None:
        """Say how the alias stood then."""
        before = AliasState("1", {}, DESCRIPTION, "")
        return next((each for at, each in reversed(self.aliases) if at <= moment), before)

    def _rest(self) -> None:
        """Let time run until nothing of the stack is under way."""
        sandbox = self.stage.sandbox
        ends = sandbox.clock.now + AT_REST_WITHIN
        sandbox.run_for(1)
        while self.stack.status.endswith("_IN_PROGRESS") and sandbox.clock.now < ends:
            sandbox.run_for(5)

    def _order(self, operation: str, **more: Any) -> None:
        """As an operator, who may be too late for it."""
        client = self.stage.sandbox.client("cloudformation")
        order: Callable[..., Any] = getattr(client, operation)
        with calling_as(OPERATOR):
            try:
                order(StackName=self.name, **more)
            except ClientError:
                if operation != "cancel_update_stack":
                    raise

    def _template(self, version: int) -> str:
        outputs = self.stage.stack.outputs
        function = {"FunctionName": {"Ref": "Function"}}
        gate = RENAMED if version == 2 and self.scenario.stack == "renames the gate" else GATE
        number = {"Fn::GetAtt": [f"Version{version}", "Version"]}
        resources: dict[str, Any] = {
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": self.name,
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Role": self.role,
                    "Code": {"ZipFile": f"# {version}"},
                },
            },
            f"Version{version}": {
                "Type": "AWS::Lambda::Version",
                "DeletionPolicy": "RetainExceptOnCreate",
                "Properties": function,
            },
            gate: {
                "Type": "Custom::LambdaCanary",
                "Properties": {
                    **function,
                    "ServiceToken": outputs["GateFunctionArn"],
                    "AliasName": "live",
                    "NewVersion": number,
                    "Rollout": self.scenario.rollout,
                },
            },
            ALIAS: {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    **function,
                    "Name": "live",
                    "Description": DESCRIPTION,
                    "FunctionVersion": {"Fn::GetAtt": [gate, "Version"]},
                },
            },
        }
        if self.scenario.stack == "beside a failure":
            resources["Sibling"] = {
                "Type": "Custom::Sibling",
                "Properties": {"ServiceToken": self.stage.sibling, "Version": str(version)},
            }
        return json.dumps({"Resources": resources})
