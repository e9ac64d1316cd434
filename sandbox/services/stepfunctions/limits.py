"""How much data a workflow may carry, and how much of a failure is told."""

from __future__ import annotations

import json
import marshal
from contextlib import suppress
from typing import Any

from moto.stepfunctions.exceptions import ValidationException
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.array import (
    array_range,
)
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service

from sandbox.kernel.patches import Patches

# Bytes of UTF-8, of a state and of all that is sent or answered.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_DATA = 262_144
# Characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
MAX_ERROR, MAX_CAUSE = 256, 32_768

# https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
MAX_ITEMS = 1_000

# For each byte of marshal's, which is faster: `\u0000`, and `false,` are the longest.
_MOST_BYTES_OF_JSON = 8


def install(patches: Patches) -> None:
    """Hold states to the sizes that AWS allows."""
    for module in (state, state_task_service):
        patches.replace(module, "is_within_size_quota", _is_within_limit)
    _limit_parameters(patches)
    patches.add(array_range, "range", _short_range)
    _cut_causes(patches)


def _short_range(first: int, end: int, step: int) -> range:
    """Return the numbers, unless they are too many: moto makes the list before it looks."""
    numbers = range(first, end, step)
    if numbers[MAX_ITEMS:]:
        raise ValueError(f"Arrays cannot contain more than {MAX_ITEMS} items.")
    return numbers


def check_length(name: str, length: int, most: int) -> None:
    """Of a request's parameter."""
    if length > most:
        raise ValidationException(
            f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )


def failure_in(response: Any) -> tuple[str | None, str | None]:
    """Return the error and the cause that a request gives."""
    error, cause = response._get_param("error"), response._get_param("cause")
    check_length("error", len(error or ""), MAX_ERROR)
    check_length("cause", len(cause or ""), MAX_CAUSE)
    return error, cause


def _is_within_limit(value: Any) -> bool:
    """Count bytes as AWS does; moto counts escapes and spaces, and excludes the limit itself."""
    if not isinstance(value, str):
        with suppress(ValueError):  # of what is not JSON
            if len(marshal.dumps(value, 2)) * _MOST_BYTES_OF_JSON <= MAX_DATA:
                return True
        value = _compact(value)
    return len(value.encode()) <= MAX_DATA


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _limit_parameters(patches: Patches) -> None:
    """Limit what Parameters make of a state's input, as moto does not.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """

    def before(task: Any, env: Any, **more: Any) -> None:
        task._verify_size_quota(env=env, value=more["raw_parameters"])
        original(task, env=env, **more)

    service = state_task_service.StateTaskService
    original = patches.replace(service, "_before_eval_execution", before)


def _cut_causes(patches: Patches) -> None:
    """Cut causes, such as the megabytes of text that an exception may have; moto does not."""

    def make(failure: Any, *args: Any, **more: Any) -> None:
        original(failure, *args, **more)
        for details in (failure.event_details or {}).values():
            if details.get("cause"):
                details["cause"] = details["cause"][:MAX_CAUSE]

    original = patches.replace(FailureEvent, "__init__", make)
