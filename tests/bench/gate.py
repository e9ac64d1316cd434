"""What a gate in an application's stack adds to a rollout, and costs where nothing is released."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.kernel.signals import Invocation
from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Stack
from tests.bench.figure import Figure

MACRO = "MacroFunction"  # CloudFormation calls it with each template
OURS = {"GateFunction", "GateAnswerFunction", MACRO}
SCHEDULE = {"type": "Canary10Percent5Minutes", "min-invocations": 0}


class _Application:
    """A SAM application with a gate, deployed into the same account."""

    def __init__(self, sandbox: Sandbox, canary: Stack, template: Path) -> None:
        self._sandbox, self._canary, self._template = sandbox, canary, template
        self._stack: Stack | None = None
        self._called: list[str] = []
        sandbox.signals.invoked.append(self._note)

    def deploys(self, answer: str, description: str = "") -> list[str]:
        """Deploy this code, and list the functions of lambda-canary that were called, by name."""
        self._called.clear()
        self._template.write_text(json.dumps(_template(answer, description)))
        if self._stack is None:
            self._stack = self._sandbox.deploy(self._template, "application")
        else:
            self._sandbox.cloudformation.update(self._stack, self._template, {})
        self._sandbox.run_for(60)
        return list(self._called)

    def history(self, machine: str) -> list[dict[str, Any]]:
        """Return the history of the machine's only execution."""
        client = self._sandbox.client("stepfunctions")
        arn = self._canary.physical_id(machine)
        [found] = client.list_executions(stateMachineArn=arn)["executions"]
        return self._sandbox.history(found["executionArn"])

    def _note(self, call: Invocation) -> None:
        for name, resource in self._canary.resources.items():
            if resource.physical_id == call.function:
                self._called.append(name)


def figures() -> Iterator[Figure]:
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        canary = sandbox.deploy()
        # The guard looks round every five minutes, whatever is deployed.
        sandbox.client("events").disable_rule(Name=canary.physical_id("GuardFunctionSweep"))
        application = _Application(sandbox, canary, Path(folder) / "template.json")
        application.deploys("first")
        called = application.deploys("second")
        rollout = application.history("DeployStateMachine")
        waiter = application.history("GateStateMachine")
        idle = application.deploys("second", description="other than it was")
    transitions = sum(event["type"].endswith("StateEntered") for event in waiter)
    yield Figure("state transitions that a gate adds", transitions, 6)
    yield Figure("Lambda invocations that it adds", sum(one in OURS for one in called), 3)
    late = (waiter[-1]["timestamp"] - rollout[-1]["timestamp"]).total_seconds()
    yield Figure("from the rollout's end to the gate's answer", late, 5, "s")
    others = [one for one in idle if one != MACRO]
    yield Figure("calls for a stack without changed code, but the macro's", len(others), 0)


def _template(answer: str, description: str) -> dict[str, Any]:
    code = f"def handler(event, context): return {answer!r}"
    return {
        "Transform": ["AWS::Serverless-2016-10-31", "LambdaCanary"],
        "Metadata": {"LambdaCanary": {"Function": SCHEDULE}},
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": description}},
            "Function": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "InlineCode": code,
                    "AutoPublishAlias": "live",
                },
            },
        },
    }
