"""Executions that go on after their end, from the state that did not succeed.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.responses import StepFunctionResponse

from sandbox.kernel.clock import Clock
from sandbox.kernel.patches import Patches
from sandbox.services.stepfunctions.history import Event, events_of
from sandbox.services.stepfunctions.times import iso_milliseconds
from sandbox.services.stepfunctions.waiting import MAX_OPEN_SECONDS

PERIOD_SECONDS = 14 * 86_400
# ExecutionRedriven and one event more have to fit.
MAX_EVENTS = 24_999
TOKENS, TOKEN_SECONDS = 10, 15 * 60

# In a Map or a Parallel, what succeeded is not run again. The sandbox cannot do that.
_WHOLE = ("Choice", "Fail", "Task", "Wait")


class ExecutionNotRedrivableError(AWSError):  # type: ignore[misc]  # moto has no types
    """The execution cannot be redriven."""

    TYPE = "ExecutionNotRedrivable"
    STATUS = 400


@dataclass(slots=True)
class _Redrives:
    count: int = 0
    date: datetime | None = None
    # The clients' tokens, each with what its call answered.
    answered: dict[str, datetime] = field(default_factory=dict)


def count(execution: Any) -> int:
    """Return how often the execution was redriven."""
    return _of(execution).count


def date(execution: Any) -> datetime | None:
    """Of the last."""
    return _of(execution).date


def described(execution: Any, now: float) -> dict[str, Any]:
    """Return what DescribeExecution alone says about it."""
    reason = _refusal(execution, now)
    return {
        "redriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        "redriveStatusReason": reason,
    }


def install(patches: Patches, clock: Clock) -> None:
    """Add redriving, of which moto knows nothing."""

    def redrive(response: Any) -> Any:
        execution = response.stepfunction_backend.describe_execution(
            response._get_param("executionArn")
        )
        now = datetime.fromtimestamp(clock.now, UTC)
        redrives, token = _of(execution), response._get_param("clientToken")
        answered = redrives.answered.get(token)
        if answered is not None and (now - answered).total_seconds() <= TOKEN_SECONDS:
            return ActionResult({"redriveDate": answered})
        reason = _refusal(execution, clock.now)
        if reason is not None:
            raise ExecutionNotRedrivableError(reason)
        _refuse_what_is_not_modelled(execution)
        redrives.count += 1
        redrives.date = redrives.answered[token] = now
        for old in list(redrives.answered)[:-TOKENS]:
            del redrives.answered[old]
        execution.stop_date = execution.error = execution.cause = execution.exec_worker = None
        execution.start()
        return ActionResult({"redriveDate": now})

    patches.add(StepFunctionResponse, "redrive_execution", redrive)
    _remember_which_state_runs(patches)
    _go_on(patches)


def _of(execution: Any) -> _Redrives:
    redrives: _Redrives = execution.__dict__.setdefault("redrives", _Redrives())
    return redrives


def _refusal(execution: Any, now: float) -> str | None:
    if execution.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {execution.status} and cannot be redriven"
    if len(events_of(execution)) >= MAX_EVENTS:
        return "Execution history event limit exceeded"
    if now - execution.start_date.timestamp() > MAX_OPEN_SECONDS:
        return "Execution has exceeded the max execution time"
    if now - execution.stop_date.timestamp() > PERIOD_SECONDS:
        return "Execution redrivable period exceeded"
    return None


def _refuse_what_is_not_modelled(execution: Any) -> None:
    kind = _entered(execution)["type"].removesuffix("StateEntered")
    if kind not in _WHOLE and execution.error != "States.DataLimitExceeded":
        raise NotImplementedError(f"the sandbox cannot redrive from a {kind} state")


def _entered(execution: Any) -> Event:
    """When it entered the state that did not succeed."""
    (event,) = events_of(execution).slice(execution.entered - 1, execution.entered)
    return event


def _remember_which_state_runs(patches: Patches) -> None:
    """Of the machine's own states, not of those inside a Map or a Parallel."""

    def evaluate(state: Any, env: Any) -> None:
        if not env.is_frame() and not hasattr(env.event_history_context, "entered_already"):
            env.event_manager.entered = env.event_manager._event_id_gen._next_id
        original(state, env)

    original = patches.replace(CommonStateField, "_eval_body", evaluate)


def _go_on(patches: Patches) -> None:
    """Enter no state again that goes on: its events follow its first entry's.

    But a Fail state is entered again.
    """

    def run(worker: Any) -> None:
        execution = worker._execution_communication.execution
        if count(execution) == 0:
            original_run(worker)
            return
        events, entered = execution.events, _entered(execution)
        env = worker.env = worker._get_evaluation_environment()
        env.event_manager._history_event_list = events
        env.event_manager._event_id_gen._next_id = len(events) + 1
        env.event_manager.entered = execution.entered
        context = env.event_history_context
        context.source_event_id = len(events)
        env.event_manager.add_event(
            context=context,
            event_type=HistoryEventType.ExecutionRedriven,
            event_details=EventDetails(
                executionRedrivenEventDetails={"redriveCount": count(execution)}
            ),
        )
        if entered["type"] == "FailStateEntered":
            context.source_event_id = entered["previousEventId"]
        else:
            context.source_event_id = entered["id"]
            context.entered_already = True
        details = entered["stateEnteredEventDetails"]
        env.states.reset(json.loads(details["input"]))
        env.redriven_at = details["name"]
        worker._get_evaluation_entrypoint().eval(env)
        worker._execution_communication.terminated()

    def environment(worker: Any) -> Any:
        env = original_environment(worker)
        execution = worker._execution_communication.execution
        context = env.states.context_object.context_object_data["Execution"]
        context["RedriveCount"] = count(execution)
        if (redriven := date(execution)) is not None:
            context["RedriveTime"] = iso_milliseconds(redriven)
        return env

    def add_event(manager: Any, context: Any, *args: Any, **more: Any) -> int:
        if context.__dict__.pop("entered_already", False):
            return int(context.source_event_id)
        event_id: int = original_add(manager, context, *args, **more)
        return event_id

    original_run = patches.replace(ExecutionWorker, "_execution_logic", run)
    original_environment = patches.replace(
        ExecutionWorker, "_get_evaluation_environment", environment
    )
    original_add = patches.replace(EventManager, "add_event", add_event)
