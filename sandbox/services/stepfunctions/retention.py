"""Which executions there are: until 90 days after their end, listed page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidToken, ValidationException
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.kernel.clock import Clock
from sandbox.kernel.patches import Patches
from sandbox.services.stepfunctions import redrive
from sandbox.services.stepfunctions.executions import summary

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
RETENTION_SECONDS = 90 * 86_400
DEFAULT_PAGE, MAX_PAGE = 100, 1000
_STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def install(patches: Patches, clock: Clock) -> None:
    """Forget executions after their 90 days, and list them as AWS does."""
    _forget_what_ended_long_ago(patches, clock)
    patches.replace(StepFunctionResponse, "list_executions", _list_executions)


def _forget_what_ended_long_ago(patches: Patches, clock: Clock) -> None:
    """Forget old executions, their histories and their names, which moto keeps for ever."""

    def describe(backend: Any, arn: str) -> Any:
        """Forget on the way to every execution, which leads through its machine."""
        machine = original(backend, arn)
        since = clock.now - RETENTION_SECONDS
        machine.executions[:] = [
            execution
            for execution in machine.executions
            if execution.status == "RUNNING" or execution.stop_date.timestamp() > since
        ]
        return machine

    original = patches.replace(StepFunctionsParserBackend, "describe_state_machine", describe)


def _list_executions(response: Any) -> Any:
    """List in AWS's order and pages; moto sorts by start alone, and knows no maximum."""
    machine = response.stepfunction_backend.describe_state_machine(
        response._get_param("stateMachineArn")
    )
    status = response._get_param("statusFilter")
    if status not in (None, *_STATUSES):
        raise ValidationException(f"statusFilter {status} is not for executions of a state machine")
    numbered = enumerate(one for one in machine.executions if status in (None, one.status))
    executions = [one for _, one in sorted(numbered, key=_newest_last)][::-1]
    token = response._get_param("nextToken") or "0"
    if not token.isdecimal():
        raise InvalidToken
    start = int(token)
    end = start + min(response._get_param("maxResults") or DEFAULT_PAGE, MAX_PAGE)
    answer: dict[str, Any] = {"executions": [summary(one) for one in executions[start:end]]}
    if end < len(executions):
        answer["nextToken"] = str(end)
    return ActionResult(answer)


def _newest_last(numbered: tuple[int, Any]) -> tuple[datetime, int]:
    """By its end; by its last start while it runs."""
    number, execution = numbered
    return execution.stop_date or redrive.date(execution) or execution.start_date, number
