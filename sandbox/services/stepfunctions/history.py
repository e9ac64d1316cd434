"""An execution's history: what is written into it, what no longer is, and how it is read."""

from __future__ import annotations

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser.api import HistoryEventType
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
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.kernel.compressed import CompressedList
from sandbox.kernel.patches import Patches

Event = dict[str, Any]

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_EVENTS = 25_000
DEFAULT_PAGE, MAX_PAGE = 100, 1000

ENDS = frozenset(
    {
        HistoryEventType.ExecutionAborted,
        HistoryEventType.ExecutionFailed,
        HistoryEventType.ExecutionSucceeded,
        HistoryEventType.ExecutionTimedOut,
    }
)


class HistoryFullError(FailureEventException):  # type: ignore[misc]  # moto has no types
    """The last event that fits is the one that says so. Nothing catches it."""

    def __init__(self, context: Any) -> None:
        self.details = {
            "error": "States.Runtime",
            "cause": f"The execution reached the maximum number of history events ({MAX_EVENTS}).",
        }
        super().__init__(
            FailureEvent(
                env=SimpleNamespace(next_state_name="", event_history_context=context),
                error_name=StatesErrorName(typ=StatesErrorNameType.StatesRuntime),
                event_type=HistoryEventType.ExecutionFailed,
                event_details={"executionFailedEventDetails": self.details},
            )
        )

    def get_execution_failed_event_details(self) -> dict[str, str]:
        return self.details


def install(patches: Patches) -> None:
    """Keep histories small, within their limit, and answer them in pages."""
    _compress(patches)
    _write_within_bounds(patches)
    patches.replace(StepFunctionResponse, "get_execution_history", _get_execution_history)


def forget_what_follows(frame: Any) -> None:
    """Of what runs in this frame, nothing more gets into the history."""
    frame.event_history_context.forgotten = True


def events_of(execution: Any) -> CompressedList[Event]:
    """All of them so far; none before its thread has run for the first time."""
    env = execution.exec_worker.env
    if env is None:
        return getattr(execution, "events", CompressedList[Event]())
    events: CompressedList[Event] = env.event_manager._history_event_list
    return events


def _compress(patches: Patches) -> None:
    """Compress events, which moto keeps as they are, with all that ended executions needed."""

    def make(manager: Any, *args: Any, **more: Any) -> None:
        original_make(manager, *args, **more)
        manager._history_event_list = CompressedList[Event]()
        manager.ended = False
        manager.entered = 0

    def terminated(communication: Any) -> None:
        original_terminated(communication)
        execution = communication.execution
        env = execution.exec_worker.env
        execution.events = events_of(execution)
        execution.events.seal()
        execution.entered = env.event_manager.entered
        execution.tokens = frozenset(env.callback_pool_manager._pool)
        execution.exec_worker.env = None

    original_make = patches.replace(EventManager, "__init__", make)
    original_terminated = patches.replace(
        BaseExecutionWorkerCommunication, "terminated", terminated
    )


def _write_within_bounds(patches: Patches) -> None:
    """Hold histories to their limit, and write nothing after an execution's end, as moto does."""

    def add_event(manager: Any, context: Any, event_type: Any, *args: Any, **more: Any) -> int:
        if manager.ended or getattr(context, "forgotten", False):
            return int(context.last_published_event_id)
        manager.ended = event_type in ENDS
        if len(manager._history_event_list) >= MAX_EVENTS - 1 and not manager.ended:
            raise HistoryFullError(context)
        # The bare text, which the list can compress.
        event_id: int = original(manager, context, event_type.value, *args, **more)
        return event_id

    original = patches.replace(EventManager, "add_event", add_event)


def _get_execution_history(response: Any) -> Any:
    """Answer a page at a time.

    In moto it is always the whole history, which is copied first and serialized by the service
    model: ten times the cost of running the execution.
    """
    execution = response.stepfunction_backend.describe_execution(
        response._get_param("executionArn")
    )
    events = events_of(execution)
    token = response._get_param("nextToken") or "0"
    if not token.isdecimal():
        raise InvalidToken
    start = int(token)
    end = start + min(response._get_param("maxResults") or DEFAULT_PAGE, MAX_PAGE)
    if response._get_param("reverseOrder"):
        first = max(0, len(events) - end)
        page = events.slice(first, max(0, len(events) - start))[::-1]
    else:
        page = events.slice(start, end)
    answer: dict[str, Any] = {"events": [_on_the_wire(event) for event in page]}
    if end < len(events):
        answer["nextToken"] = str(end)
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(answer)


def _on_the_wire(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "timestamp": datetime.fromisoformat(event["timestamp"]).timestamp()}
