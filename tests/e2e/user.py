"""Whoever follows the README."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.served import Server, eventually, section

# Of patience with one `sam` command, real ones.
SECONDS = 300
STACK = "lambda-canary"


def commands(title: str, beginning: str) -> str:
    """Return the README's commands in that section that begin like this."""
    lines = re.split(r"(?<!\\)\n", section(title))
    found = [line for line in lines if line.startswith(beginning)]
    assert len(found) == 1, found
    return found[0]


@dataclass
class User:
    server: Server
    checkout: Path

    def does(self, command: str) -> str:
        """Run the command, which must succeed, and return what it says."""
        done = self.tries(command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def tries(self, command: str) -> subprocess.CompletedProcess[str]:
        return self.server.run(command, SECONDS)

    def client(self, service: str) -> Any:
        return self.server.client(service)

    def stack(self, name: str = STACK) -> dict[str, Any]:
        described: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=name)
        [stack] = described["Stacks"]
        return dict(stack)

    def statuses(self, logical_id: str, name: str = STACK) -> list[str]:
        """Return the statuses that a resource of the stack went through, in order."""
        return [event["ResourceStatus"] for event in self._events(logical_id, name)]

    def reason(self, logical_id: str, name: str = STACK) -> str:
        """Why the resource failed to be made."""
        events = self._events(logical_id, name)
        failed = [one for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
        return str(failed[-1]["ResourceStatusReason"])

    def function(self, logical_id: str) -> dict[str, Any]:
        """Return the configuration of one of the stack's functions."""
        resource = self.client("cloudformation").describe_stack_resource(
            StackName=STACK, LogicalResourceId=logical_id
        )
        name = resource["StackResourceDetail"]["PhysicalResourceId"]
        return dict(self.client("lambda").get_function_configuration(FunctionName=name))

    def _events(self, logical_id: str, name: str) -> list[dict[str, Any]]:
        pages = self.client("cloudformation").get_paginator("describe_stack_events")
        events = [one for page in pages.paginate(StackName=name) for one in page["StackEvents"]]
        return [one for one in reversed(events) if one["LogicalResourceId"] == logical_id]

    def ended(self, execution_arn: str) -> dict[str, Any]:
        """Wait for the execution's end, and return how it ended."""

        def ask() -> dict[str, Any] | None:
            one = self.client("stepfunctions").describe_execution(executionArn=execution_arn)
            return None if one["status"] == "RUNNING" else dict(one)

        return dict(eventually(ask, SECONDS))
