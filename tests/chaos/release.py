"""Running a rollout to its end, one way or the other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sandbox.kernel.signals import Invocation
from tests.chaos.stage import Stage

# Seconds. Where Step Functions cannot ask how a continuation has ended, it asks for as long as it
# may wait.
FAULTS_LAST = 43_200


@dataclass(frozen=True)
class End:
    """`execution` is what marks the aliases; `status` as in Ending."""

    execution: str
    status: str
    error: str | None = None
    cause: str = ""
    states: tuple[str, ...] = ()


def execute(stage: Stage, release: dict[str, Any]) -> End:
    """As an execution of the state machine."""
    sandbox, name = stage.sandbox, f"play-{stage.plays:06}"
    execution = sandbox.start(release, machine=stage.machine, name=name)
    try:
        result = sandbox.finish(execution, within=FAULTS_LAST)
    except TimeoutError:
        sandbox.faults.clear()
        result = sandbox.finish(execution)
    entered = (event.get("stateEnteredEventDetails") for event in result.history)
    states = tuple(details["name"] for details in entered if details)
    return End(result.arn, result.status, result.error, result.cause or "", states)


def call(stage: Stage, release: dict[str, Any]) -> End:
    """As a call of SimpleDeploy, by a client that tries again what Lambda refuses."""
    requests: list[str] = []

    def note(invocation: Invocation) -> None:
        if invocation.function == stage.one_call:
            requests.append(invocation.request_id)

    client, invoked = stage.sandbox.client("lambda"), stage.sandbox.signals.invoked
    invoked.append(note)
    try:
        answer = client.invoke(FunctionName=stage.one_call, Payload=json.dumps(release))
    except ClientError as refused:
        return End("none", "REFUSED", cause=str(refused))
    finally:
        invoked.remove(note)
    found = client.get_function_configuration(FunctionName=stage.one_call)
    execution = f"{found['FunctionArn']}:{requests[-1]}"
    said = json.load(answer["Payload"])
    if "FunctionError" not in answer:
        return End(execution, said["status"])
    error = said.get("errorType", "")
    # Those that it raises itself have the contract's names; Lambda's own have a dot.
    own = error.isidentifier() and error != "RuntimeError"
    return End(execution, "FAILED" if own else "KILLED", error, said["errorMessage"])
