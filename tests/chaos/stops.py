"""Stopping an execution at an exact point of its history.

Elsewhere in the sandbox an execution is stopped while it waits; here in the middle of a transition,
which moto takes for an error.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped

from sandbox.kernel.clock import ClosedError
from sandbox.kernel.patches import Patches

Heard = Callable[[Any, str], None]


class Events:
    """Tells `heard` of every event written: the history (an EventManager), and its name.

    That is its type, after the state in which it happened.
    """

    def __init__(self, patches: Patches) -> None:
        self.heard: Heard | None = None
        self._stopped: WeakSet[Any] = WeakSet()
        self._state: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        self._write = patches.replace(EventManager, "add_event", self._add_event())
        _stay_stopped(patches)

    def stop(self, execution: Any) -> None:
        """Stop a moto Execution now; only its end is written any more, and no call begins."""
        env = execution.exec_worker.env
        if env is None:
            return
        execution.stop(stop_date=datetime.now(UTC), error=None, cause="stopped by hand")
        if isinstance(env._program_state, ProgramStopped):  # it may have ended just before
            self._stopped.add(env.event_manager)

    def _add_event(self) -> Callable[..., int]:
        def add_event(manager: Any, context: Any, event_type: Any, *args: Any, **more: Any) -> int:
            stopped = manager in self._stopped
            if stopped and event_type != HistoryEventType.ExecutionAborted:
                if event_type == HistoryEventType.TaskScheduled:
                    raise ClosedError  # ends the thread of a task that shall not begin
                return int(context.last_published_event_id)
            number: int = self._write(manager, context, event_type, *args, **more)
            if self.heard is not None:
                entered = (more.get("event_details") or {}).get("stateEnteredEventDetails") or {}
                state = entered.get("name", self._state.get(manager, ""))
                self._state[manager] = state
                self.heard(manager, f"{state} {event_type.value}".strip())
            if manager in self._stopped and event_type == HistoryEventType.TaskScheduled:
                raise ClosedError
            return number

        return add_event


def _stay_stopped(patches: Patches) -> None:
    """Keep a stop a stop, which moto lets what a state still does turn into a failure."""

    def set_error(env: Any, error: Any) -> None:
        if not isinstance(env._program_state, ProgramStopped):
            original_set_error(env, error)

    def set_next(env: Any, name: str) -> None:
        if not isinstance(env._program_state, ProgramStopped):
            set_next_state_name(env, name)

    original_set_error = patches.replace(Environment, "set_error", set_error)
    next_state_name: Any = vars(Environment)["next_state_name"]
    set_next_state_name = next_state_name.fset
    patches.replace(Environment, "next_state_name", property(next_state_name.fget, set_next))
