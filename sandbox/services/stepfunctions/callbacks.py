"""Tasks that wait for somebody else to answer with their token."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult, EmptyResult
from moto.moto_api._internal import mock_random
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
    state_task_service_lambda,
)
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.kernel.patches import Patches
from sandbox.services.stepfunctions.limits import MAX_DATA, check_length, failure_in

ENDED = "Task Timed Out: 'The task has ended'"


class TaskTimedOutError(AWSError):  # type: ignore[misc]  # moto has no types
    """The task does not wait for an answer any more."""

    TYPE = "TaskTimedOut"
    STATUS = 400


class InvalidOutputError(AWSError):  # type: ignore[misc]  # moto has no types
    """The answer is no JSON, or too long."""

    TYPE = "InvalidOutput"
    STATUS = 400


def install(patches: Patches) -> None:
    """Let tasks wait for a token's answer as in AWS."""
    _invoke_asynchronously(patches)
    _take_answers_of_running_functions(patches)
    patches.replace(state_task_service_callback, "CustomErrorName", GivenErrorName)
    patches.replace(states, "long_uid", lambda: str(mock_random.uuid4()))
    patches.replace(StepFunctionResponse, "send_task_success", _send_task_success)
    patches.replace(StepFunctionResponse, "send_task_failure", _send_task_failure)


class GivenErrorName(CustomErrorName):  # type: ignore[misc]  # moto has no types
    """moto stumbles over a States.* error, and over none, that somebody answers with."""

    def __init__(self, error_name: str | None) -> None:
        ErrorName.__init__(self, error_name or "")


def renew_token(env: Any) -> None:
    """Give each attempt at a task a token of its own.

    For moto, all have one, so that a retry gets the answer to what failed.
    """
    if (endpoint := _endpoint(env)) is not None and endpoint._notify_event.is_set():
        env.callback_pool_manager.add(env.states.context_object.update_task_token())


def end_token(env: Any) -> None:
    """Nobody waits for its answer any more, if anybody did."""
    if (endpoint := _endpoint(env)) is not None:
        endpoint.interrupt_all()


def _endpoint(env: Any) -> Any:
    """Where the answer to the task of this state arrives; None if nobody is told of its token."""
    task = env.states.context_object.context_object_data.get("Task")
    return task and env.callback_pool_manager.get(task["Token"])


def _invoke_asynchronously(patches: Patches) -> None:
    """Keep a task's InvocationType, without which a task with a token waits for the function."""
    known = state_task_service_lambda._SUPPORTED_API_PARAM_BINDINGS
    invoke = {*known["invoke"], "InvocationType"}
    patches.replace(
        state_task_service_lambda, "_SUPPORTED_API_PARAM_BINDINGS", {**known, "invoke": invoke}
    )


def _take_answers_of_running_functions(patches: Patches) -> None:
    """Let an answer count that a function has given whose own end is waited for, if it then fails.

    AWS does not document which of the two counts.
    """

    def invoke(task: Any, *, env: Any, **more: Any) -> None:
        try:
            original(task, env=env, **more)
        except Exception:
            endpoint = _endpoint(env) if task.resource.condition == "waitForTaskToken" else None
            if endpoint is None or not endpoint._notify_event.is_set():
                raise
            env.stack.append({})

    original = patches.replace(
        state_task_service_lambda.StateTaskServiceLambda, "_eval_service_task", invoke
    )


def _send_task_success(response: Any) -> ActionResult:
    """Refuse an output that is not JSON, which moto finds only in the workflow."""
    token, output = response._get_param("taskToken"), response._get_param("output")
    check_length("output", len(output.encode()), MAX_DATA)
    try:
        json.loads(output)
    except ValueError as error:
        raise InvalidOutputError(f"Invalid Output: {error}") from None
    return _answer(response, CallbackOutcomeSuccess(token, output))


def _send_task_failure(response: Any) -> ActionResult:
    """Keep the cause, which moto drops."""
    outcome = CallbackOutcomeFailure(response._get_param("taskToken"), *failure_in(response))
    return _answer(response, outcome)


def _answer(response: Any, outcome: CallbackOutcome) -> ActionResult:
    """Refuse the answers of tasks that have ended, which moto takes."""
    for execution in response.stepfunction_backend._get_executions():
        if outcome.callback_id in getattr(execution, "tokens", ()):
            raise TaskTimedOutError(ENDED)
        env = execution.exec_worker.env
        endpoint = env and env.callback_pool_manager.get(outcome.callback_id)
        if endpoint is None:
            continue
        if endpoint._notify_event.is_set():
            raise TaskTimedOutError(ENDED)
        endpoint.notify(outcome)
        return EmptyResult()
    raise InvalidToken
