"""The names of errors, and what catches them."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    ILLEGAL_CUSTOM_ERROR_PREFIX,
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
    state_task_service_aws_sdk,
    state_task_service_lambda,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut

from sandbox.kernel.faults import Faults
from sandbox.kernel.patches import Patches

# Neither Retry nor Catch sees these, also not as States.ALL; but for a task's result that is too
# large (ResultTooLarge).
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
TERMINAL = frozenset({"States.Runtime", "States.DataLimitExceeded"})

# As the SDK integrations write them in front of an exception's name.
SERVICES = {
    "cloudwatch": "CloudWatch",
    "eventbridge": "EventBridge",
    "lambda": "Lambda",
    "sns": "Sns",
    "ssm": "Ssm",
    "sts": "Sts",
}


class ResultTooLarge(StatesErrorName):  # type: ignore[misc]  # moto has no types
    """The name of the error where a task's result is too large, which AWS was seen to catch.

    Its documentation says that nothing does. Four recordings of March 2024 show it caught by
    States.ALL and by its own name; whether Retry sees it, none shows:
    https://github.com/localstack/localstack/tree/main/tests/aws/services/stepfunctions/v2
    """

    def __init__(self) -> None:
        super().__init__(typ=StatesErrorNameType.StatesStatesDataLimitExceeded)


def install(patches: Patches, faults: Faults) -> None:
    """Name errors as AWS does."""
    services = {**state_task_service_aws_sdk._SERVICE_ERROR_NAMES, **SERVICES}
    patches.replace(state_task_service_aws_sdk, "_SERVICE_ERROR_NAMES", services)
    _name_failures_of_tasks(patches)
    _name_failures_of_branches(patches)
    _catch_nothing_terminal(patches, faults)
    _tell_results_that_are_too_large(patches)
    _stay_ended(patches)
    _name_refusals(patches)


def _name_failures_of_tasks(patches: Patches) -> None:
    """Name lost answers and untyped errors of tasks as AWS does, and not as moto."""

    def of_lambda(task: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, HTTPClientError):
            return task_failed(task, env, "Lambda.SdkClientException", str(ex))
        if isinstance(ex, LambdaFunctionErrorException) and not _has_type(ex.payload):
            cause = (
                "The cause could not be determined because Lambda did not return an error type. "
                f"Returned payload: {ex.payload}"
            )
            return task_failed(task, env, "Lambda.Unknown", cause)
        if isinstance(ex, ClientError) and ex.response["Error"]["Code"] == "AccessDeniedException":
            # https://github.com/awslabs/aws-deployment-framework/issues/460
            return task_failed(task, env, "Lambda.AWSLambdaException", _cause(ex))
        return original_lambda(task, env, ex)

    def of_sdk(task: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, HTTPClientError):
            service = task._normalise_service_error_name(task.resource.api_name)
            return task_failed(task, env, f"{service}.SdkClientException", str(ex))
        return original_sdk(task, env, ex)

    original_lambda = patches.replace(
        state_task_service_lambda.StateTaskServiceLambda, "_from_error", of_lambda
    )
    original_sdk = patches.replace(
        state_task_service_aws_sdk.StateTaskServiceAwsSdk, "_from_error", of_sdk
    )


def _cause(error: ClientError) -> str:
    said, metadata = error.response["Error"], error.response["ResponseMetadata"]
    return (
        f"{said['Message']} (Service: AWSLambda; "
        f"Status Code: {metadata['HTTPStatusCode']}; Error Code: {said['Code']}; "
        f"Request ID: {metadata['RequestId']}; Proxy: null)"
    )


def _has_type(payload: str) -> bool:
    error = json.loads(payload)
    return isinstance(error, dict) and "errorType" in error


def task_failed(task: Any, env: Any, error: str, cause: str) -> Any:
    """Write the event that ends a task of an integrated service with this error."""
    details = {
        "error": error,
        "cause": cause,
        "resource": task._get_sfn_resource(),
        "resourceType": task._get_sfn_resource_type(),
    }
    return FailureEvent(
        env=env,
        error_name=_error_name(error),
        event_type=HistoryEventType.TaskFailed,
        event_details={"taskFailedEventDetails": details},
    )


def _name_failures_of_branches(patches: Patches) -> None:
    """Let a States.* error leave a Map's iteration or a Parallel's branch, as in AWS."""
    patches.replace(iteration_worker, "CustomErrorName", _error_name)
    patches.replace(branches_decl, "CustomErrorName", _error_name)


def _error_name(error_name: str | None) -> Any:
    if error_name is not None and error_name.startswith(ILLEGAL_CUSTOM_ERROR_PREFIX):
        return StatesErrorName.from_name(error_name)
    return CustomErrorName(error_name)


def _catch_nothing_terminal(patches: Patches, faults: Faults) -> None:
    """Keep States.ALL from what it does not match; in moto it matches everything."""

    def is_terminal(name: Any) -> bool:
        if name is None or name.error_name not in TERMINAL:
            return False
        return faults.data_limit_is_terminal or not isinstance(name, ResultTooLarge)

    def evaluate(error_equals: Any, env: Any) -> None:
        if is_terminal(env.stack[-1]):
            env.stack[-1] = False
        else:
            original(error_equals, env)

    original = patches.replace(ErrorEqualsDecl, "_eval_body", evaluate)


def _tell_results_that_are_too_large(patches: Patches) -> None:
    """Tell them from states and parameters that are."""
    for task, method in (
        (state_task_service.StateTaskService, "_after_eval_execution"),
        (state_task_lambda.StateTaskLambda, "_verify_size_quota"),
    ):
        _tell_results_of(patches, task, method)


def _tell_results_of(patches: Patches, kind: Any, method: str) -> None:
    def of_result(task: Any, env: Any, **more: Any) -> None:
        try:
            original(task, env=env, **more)
        except FailureEventException as error:
            name = error.failure_event.error_name
            if name is not None and name.error_name == "States.DataLimitExceeded":
                error.failure_event.error_name = ResultTooLarge()
            raise

    original = patches.replace(kind, method, of_result)


def _stay_ended(patches: Patches) -> None:
    """In moto, whatever fails because its execution was stopped makes the execution FAILED."""

    def set_error(env: Any, error: Any) -> None:
        if not isinstance(env._program_state, ProgramStopped | ProgramTimedOut):
            original(env, error)

    original = patches.replace(Environment, "set_error", set_error)


def _name_refusals(patches: Patches) -> None:
    """Refuse definitions and updates with AWS's codes.

    For want of a message, moto's interpreter refuses with no code, or not at all. Its exceptions
    are called as AWS's codes.
    """

    def refuse(
        error: Any, message: str = "", code: str | None = None, status: int | None = None
    ) -> None:
        original(error, message, code or error.TYPE or type(error).__name__, status)

    original = patches.replace(AWSError, "__init__", refuse)
