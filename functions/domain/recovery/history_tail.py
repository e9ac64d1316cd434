"""The end of a dead execution's history: which state it was in, and what may still be running."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from domain.model.naming import execution_of
from domain.model.state import State

# States whose functions may still write an alias when the execution is over: Step Functions stops
# waiting for them, but Lambda goes on running them. RollBack only writes what the guard would.
WRITERS = frozenset({"ShiftWeight", "ShiftWeightThenProbe", "Finalize"})
RELAY = "Relay"
HANDS_ON = "relay"  # what `next` says when the rollout goes on in a continuation

# A writer's function times out after 120 s; 15 more for the way there and the clocks.
WRITES_FOR = 135


@dataclass(frozen=True)
class Event:
    """An event of a history. `name` is a state's, `text` the JSON that it carries.

    With `ended` the execution was over.
    """

    at: float
    kind: Literal["entered", "exited", "scheduled", "succeeded", "ended", "other"]
    name: str = ""
    text: str = ""


@dataclass(frozen=True)
class HistoryTail:
    """What the end of a history says.

    `state` is the last there was, None where the rollout had not been planned yet. `continuation`
    is the ARN of the execution to which this one had handed the rollout over, if it had. Until
    `busy_until` (epoch seconds) a task that nobody waits for any more may write an alias.
    """

    state: State | None
    continuation: str | None
    busy_until: float


def read_tail(newest_first: Iterable[Event], ended: float) -> HistoryTail:
    """Read back as far as to the last state, and to what may still be running, and no further."""
    state: State | None = None
    continuation: str | None = None
    busy_until = 0.0
    handed_on = True  # as far as we know yet
    begun: list[Event] = []  # the calls made in the state being read
    unanswered: list[Event] = []  # those of them that may still run
    answered = False
    for event in newest_first:
        if state is not None and not handed_on and event.at < ended - WRITES_FOR:
            break
        found = _state_in(event)
        if found is not None:
            state = state or found
            handed_on = handed_on and str(found.get("next")) == HANDS_ON
        match event.kind:
            case "succeeded":
                answered = True
            case "scheduled":
                begun.append(event)
                if not answered:
                    unanswered.append(event)
                answered = False
            case "entered":
                if event.name in WRITERS and unanswered:
                    busy_until = max(busy_until, unanswered[0].at + WRITES_FOR)
                if event.name == RELAY and handed_on and begun:
                    continuation, handed_on = _started_by(begun[0]), False
                begun, unanswered, answered = [], [], False
    return HistoryTail(state, continuation, busy_until)


def _state_in(event: Event) -> State | None:
    """Return the workflow's state, if the event begins or ends one of the workflow's states.

    Start gets what the user wrote, which may look like a state.
    """
    if event.kind not in ("entered", "exited") or event.name == "Start":
        return None
    found: Any = json.loads(event.text or "null")
    if not isinstance(found, dict) or not {"members", "execution"} <= found.keys():
        return None
    return cast(State, found)


def _started_by(scheduled: Event) -> str:
    """Return the execution that this call starts, whose name our own workflow has chosen."""
    asked: dict[str, Any] = json.loads(scheduled.text)
    return execution_of(asked["StateMachineArn"], asked["Name"])
