"""Tasks that start another execution, and those that wait for its end.

What AWS writes in them is documented nowhere, but was measured, ending by ending:
https://github.com/floci-io/floci/pull/3059 and its AslExecutorNestedSyncFailureTest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (  # noqa: E501
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

from sandbox.kernel.gateway import caller
from sandbox.kernel.patches import Patches
from sandbox.kernel.signals import Execution, Signals
from sandbox.kernel.threads import Event
from sandbox.services.stepfunctions.errors import task_failed

# EventBridge tells Step Functions of the child's end, which then asks how it ended,
NOTICE_SECONDS = 0.5
# and asks again when it gets no answer.
POLL_SECONDS = 60


class _AbandonedError(Exception):
    """Nobody waits for the child any more: its parent has ended, or the task has timed out."""


def install(patches: Patches, signals: Signals) -> None:
    """Let executions start others and wait for them as in AWS."""
    ends = _Ends()
    signals.execution_changed.append(ends.tell)
    patches.replace(StateTaskServiceSfn, "_normalise_parameters", _as_boto_wants_them)
    patches.replace(StateTaskServiceSfn, "_eval_service_task", _start)
    patches.replace(StateTaskServiceSfn, "_eval_sync", _evaluate_sync)
    for pattern in ("_build_sync_resolver", "_build_sync2_resolver"):
        patches.replace(StateTaskServiceSfn, pattern, _resolver(ends))
    _stop_what_nobody_waits_for(patches, ends)
    _name_failures(patches)


class _Ends:
    """Wakes those who wait for an execution to end."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Event]] = {}

    def tell(self, execution: Execution) -> None:
        if execution.status != "RUNNING":
            for event in self._waiting.pop(execution.arn, []):
                event.set()
                event.clear()

    def watch(self, arn: str, event: Event) -> None:
        """From its start on, so that it cannot have ended before."""
        self._waiting.setdefault(arn, []).append(event)

    def forget(self, arn: str, event: Event) -> bool:
        """Stop watching; whether it has not ended."""
        waiting = self._waiting.get(arn, [])
        if event not in waiting:
            return False
        waiting.remove(event)
        return True

    def wait(self, arn: str, env: Any) -> None:
        while env.is_running() and env.program_state_event in self._waiting.get(arn, []):
            env.program_state_event.wait()


def _as_boto_wants_them(_: Any, parameters: dict[str, Any]) -> None:
    """Write in boto3's casing what state machines write in PascalCase; moto passes it on."""
    given = parameters.copy()
    parameters.clear()
    parameters.update({name[0].lower() + name[1:]: value for name, value in given.items()})
    if not isinstance(parameters.setdefault("input", {}), str):
        parameters["input"] = _json(parameters["input"])


def _start(
    _: Any, *, env: Any, resource_runtime_part: Any, normalised_parameters: Any, **__: Any
) -> None:
    """Answer in AWS's casing, which is not boto3's; the SDK's metadata is left out."""
    started = _client(resource_runtime_part).start_execution(**normalised_parameters)
    env.stack.append(_as_state_machines_see(started))


def _evaluate_sync(_: Any, *, sync_resolver: Callable[[], Any], **__: Any) -> Any:
    """Wait for the child's end; moto asks twice a second, and waits for a token that nobody has."""
    return sync_resolver()


def _resolver(ends: _Ends) -> Callable[..., Callable[[], Any]]:
    def build(task: Any, *, env: Any, resource_runtime_part: Any, **_: Any) -> Callable[[], Any]:
        child = env.stack.pop()["ExecutionArn"]
        client = _client(resource_runtime_part)

        def result() -> Any:
            ends.wait(child, env)
            end = _as_state_machines_see(_describe(child, env, client))
            if end["Status"] != "SUCCEEDED":
                raise FailureEventException(task_failed(task, env, "States.TaskFailed", _json(end)))
            if task.resource.condition == "sync:2":
                end |= {field: json.loads(end[field]) for field in ("Input", "Output")}
            return end

        return result

    return build


def _describe(child: str, env: Any, client: Any) -> Any:
    pause: float = NOTICE_SECONDS
    while env.is_running():
        env.program_state_event.wait(pause)
        if not env.is_running():
            break
        try:
            return client.describe_execution(executionArn=child)
        except (ClientError, HTTPClientError) as error:
            if not _may_pass(error):
                raise
        pause = POLL_SECONDS
    raise _AbandonedError


def _may_pass(error: ClientError | HTTPClientError) -> bool:
    if isinstance(error, HTTPClientError):
        return True
    status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status >= 500 or "Throttling" in error.response["Error"]["Code"]


def _stop_what_nobody_waits_for(patches: Patches, ends: _Ends) -> None:
    """Stop a child that nobody waits for, which AWS tries once and moto never.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
    """

    def after(task: Any, *, env: Any, resource_runtime_part: Any, **more: Any) -> None:
        more |= {"env": env, "resource_runtime_part": resource_runtime_part}
        if task.resource.condition not in ("sync", "sync:2"):
            original(task, **more)
            return
        child, event = env.stack[-1]["ExecutionArn"], env.program_state_event
        ends.watch(child, event)
        try:
            original(task, **more)
        except Exception:
            if ends.forget(child, event):
                _stop(child, _client(resource_runtime_part))
            raise

    original = patches.replace(StateTaskServiceSfn, "_after_eval_execution", after)


def _stop(child: str, client: Any) -> None:
    cause = (
        f"The Task state in AWS Step Functions execution [{caller().name}] "
        "which was managing this resource was aborted"
    )
    with suppress(ClientError, HTTPClientError):
        client.stop_execution(executionArn=child, cause=cause)


def _name_failures(patches: Patches) -> None:
    """Name lost answers and errors as AWS does; to moto some are States.Runtime."""

    def from_error(task: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, HTTPClientError):
            return task_failed(task, env, "StepFunctions.SdkClientException", str(ex))
        if isinstance(ex, ClientError):
            code = ex.response["Error"]["Code"]
            ex.response["Error"]["Code"] = code.removesuffix("Exception")
        return original(task, env, ex)

    original = patches.replace(StateTaskServiceSfn, "_from_error", from_error)


def _client(runtime_part: Any) -> Any:
    return boto_client_for(region=runtime_part.region, service="stepfunctions")


def _as_state_machines_see(answer: Any) -> Any:
    """Names in PascalCase and in alphabetical order, dates in milliseconds."""
    if isinstance(answer, datetime):
        return round(answer.timestamp() * 1000)
    if not isinstance(answer, dict):
        return answer
    return {
        name[0].upper() + name[1:]: _as_state_machines_see(answer[name])
        for name in sorted(answer)
        if name != "ResponseMetadata"
    }


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
