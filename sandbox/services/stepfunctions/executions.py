"""The life of an execution: its name, its start, its end, and what one is told about it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.parser.utils import TMP_THREADS
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.kernel import signals as told
from sandbox.kernel.patches import Patches
from sandbox.services.stepfunctions import redrive
from sandbox.services.stepfunctions.limits import MAX_DATA, check_length, failure_in
from sandbox.services.stepfunctions.times import iso_milliseconds


def install(patches: Patches, signals: told.Signals) -> None:
    """Start, stop and describe executions as AWS does, and tell of them."""
    _check_and_name(patches)
    _refuse_another_machine_of_the_same_name(patches)
    _tell_about(patches, signals)
    _write_times_as_aws(patches)
    patches.replace(StepFunctionResponse, "stop_execution", _stop_execution)
    patches.replace(StepFunctionResponse, "describe_execution", _describe_execution)


def _check_and_name(patches: Patches) -> None:
    """Check name, size and JSON of an input, and give an execution a name.

    To moto, one without a name is called "None".
    """

    def start_execution(
        backend: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str = "{}",
        trace_header: str | None = None,
    ) -> Any:
        if name:
            backend._validate_name(name)
        check_length("input", len(execution_input.encode()), MAX_DATA)
        try:
            json.loads(execution_input)
        except ValueError as error:
            message = f"Invalid State Machine Execution Input: '{error}'"
            raise AWSError(message, "InvalidExecutionInput") from None
        name = name or str(mock_random.uuid4())
        return original(backend, state_machine_arn, name, execution_input, trace_header)

    original = patches.replace(StepFunctionsParserBackend, "start_execution", start_execution)


def _refuse_another_machine_of_the_same_name(patches: Patches) -> None:
    """Refuse another definition of the same name; moto answers with the machine there is."""

    def create(backend: Any, name: str, definition: str, **more: Any) -> Any:
        there = backend._revision_by_name(name)
        if there is not None and there.definition != definition:
            raise AWSError(
                f"State Machine Already Exists: '{there.arn}'", "StateMachineAlreadyExists"
            )
        return original(backend, name=name, definition=definition, **more)

    original = patches.replace(StepFunctionsParserBackend, "create_state_machine", create)


def _tell_about(patches: Patches, signals: told.Signals) -> None:
    """Tell that an execution started or ended, which moto does not."""

    def start(execution: Any) -> None:
        original_start(execution)
        tell(execution)

    def terminated(communication: Any) -> None:
        original_terminated(communication)
        TMP_THREADS.clear()  # moto keeps every thread it ever made
        tell(communication.execution)

    def tell(execution: Any) -> None:
        snapshot = told.Execution(
            arn=execution.execution_arn,
            machine_arn=execution.state_machine_arn,
            name=execution.name,
            status=execution.status,
            input=execution.execution_input,
            output=_output(execution),
            error=execution.error,
            cause=execution.cause,
            started=execution.start_date.timestamp(),
            stopped=_seconds(execution.stop_date),
            redrives=redrive.count(execution),
            redriven=_seconds(redrive.date(execution)),
        )
        for listener in signals.execution_changed:
            listener(snapshot)

    original_start = patches.replace(Execution, "start", start)
    original_terminated = patches.replace(
        BaseExecutionWorkerCommunication, "terminated", terminated
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _write_times_as_aws(patches: Patches) -> None:
    """Write `$$.Execution.StartTime` and `$$.State.EnteredTime` as AWS does.

    One is a datetime in moto, the other in microseconds with an offset.
    """

    def details(execution: Any) -> Any:
        details = original_details(execution)
        details.start_time = iso_milliseconds(execution.start_date)
        return details

    def state_data(EnteredTime: str, Name: str) -> Any:  # noqa: N803  (moto's names)
        entered = iso_milliseconds(datetime.fromisoformat(EnteredTime))
        return original_state_data(EnteredTime=entered, Name=Name)

    original_details = patches.replace(Execution, "get_start_execution_details", details)
    original_state_data = patches.replace(state, "StateData", state_data)


def _stop_execution(response: Any) -> Any:
    """Keep `error` and `cause`, which moto drops."""
    execution = response.stepfunction_backend.describe_execution(
        response._get_param("executionArn")
    )
    error, cause = failure_in(response)
    now = datetime.now(UTC)
    if execution.status == "RUNNING":
        while execution.exec_worker.env is None:  # its thread has not run yet
            time.sleep(0)
        execution.error, execution.cause = error, cause
        execution.stop(stop_date=now, error=error, cause=cause)
    return ActionResult({"stopDate": execution.stop_date or now})


def _describe_execution(response: Any) -> Any:
    """Give a timed-out execution a stop date, and a text output quotes, as moto does not."""
    execution = response.stepfunction_backend.describe_execution(
        response._get_param("executionArn")
    )
    described = {
        **summary(execution),
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": _output(execution),
        "outputDetails": {"included": True} if execution.status == "SUCCEEDED" else None,
        "error": execution.error,
        "cause": execution.cause,
        **redrive.described(execution, now=time.time()),
    }
    return ActionResult(_known(described))


def summary(execution: Any) -> dict[str, Any]:
    """Return what lists say of an execution too."""
    return _known(
        {
            "executionArn": execution.execution_arn,
            "stateMachineArn": execution.state_machine_arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.start_date,
            "stopDate": execution.stop_date,
            "redriveCount": redrive.count(execution),
            "redriveDate": redrive.date(execution),
        }
    )


def _known(described: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in described.items() if value is not None}


def _output(execution: Any) -> str | None:
    if execution.status != "SUCCEEDED":
        return None
    return json.dumps(execution.output, separators=(",", ":"), ensure_ascii=False)
