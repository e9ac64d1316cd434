"""How a rollout goes on in another execution, before the history of the present one is full.

The execution that was started waits for the other (its continuation), which runs the same loop and
hands the state back when something is to be done outside of it, or when its own history fills. So
there are never more than two executions under way, and whoever watches the first sees how the
rollout ends. In the state machine and in the state's keys a continuation is called a relay.
"""

import json

from domain.limits.history_budget import (
    CONTINUATION_ENDS,
    FULL,
    HAND_OVER,
    MAX_CONTINUATIONS,
    events_of_check,
)
from domain.limits.state_size import is_portable, size
from domain.model.errors import DEFINED, Failure
from domain.model.naming import execution_name
from domain.model.progress import Progress
from domain.model.state import Continuation, Execution, Next, State

_IN_THE_LOOP: frozenset[Next] = frozenset({"bake", "shift", "announce", "ask-approval"})
_HANDS_BACK: frozenset[Next] = frozenset({"hook"})
_MAX_CAUSE = 1_000  # characters of a continuation's own error that are kept


def counted(state: State, hand_over: int) -> State:
    """Count the events of a health check, as they are without retries."""
    progress = state["progress"]
    events = progress["events"] + events_of_check(state)
    if state["next"] in _HANDS_BACK and progress["leg"]:
        # What follows fills the first execution's history, which has handed over before.
        events = max(events, hand_over)
    return with_events(state, events)


def with_events(state: State, events: int) -> State:
    """Let so many events have been written."""
    return {**state, "progress": Progress({**state["progress"], "events": events})}


def present(state: State) -> str:
    """Return the ARN of the execution under way: the continuation's, which knows itself."""
    in_continuation = state["progress"]["leg"] and "relay" in state
    return state["relay"].get("id", "") if in_continuation else state["execution"]["id"]


def is_full(state: State, hand_over: int) -> bool:
    """Tell whether the loop goes on, and should elsewhere."""
    return state["next"] in _IN_THE_LOOP and state["progress"]["events"] >= hand_over


def hand_over_if_full(state: State, hand_over: int = HAND_OVER, first: int = 0) -> State:
    """Hand the rollout over where its events are too many; `first` has the first execution so far.

    Never within SimpleDeploy: its 15 minutes have no room for so many.
    """
    if not is_full(state, hand_over):
        return state
    may_wait = first < FULL and state["progress"]["leg"] < MAX_CONTINUATIONS
    if may_wait and is_portable(state):
        return _handed_over(state)
    return state if state["progress"]["events"] < FULL else _stopped(state)


def _handed_over(state: State) -> State:
    number = state["progress"]["leg"] + 1
    progress = Progress({**state["progress"], "events": CONTINUATION_ENDS, "leg": number})
    name = continuation_name(state["execution"], number)
    relay = Continuation(name=name, then=state["next"])
    return {**state, "progress": progress, "relay": relay, "next": "relay"}


def continuation_name(first: Execution, number: int) -> str:
    """Name the rollout's execution of this number."""
    return execution_name(first["id"], first["name"], str(number))


def _stopped(state: State) -> State:
    """Roll back for want of room, which preflight rules out but for what nobody can plan."""
    reason = (
        f"the workflow cannot hold more health checks: {state['progress']['leg']} executions have "
        f"been used up, and the state has {size(state):,} bytes"
    )
    return {**state, "failure": Failure(Error="InternalError", Cause=reason), "next": "roll-back"}


def failed(state: State, failure: Failure) -> Failure | None:
    """Say what became of the continuation that was waited for; None where none has failed.

    Step Functions puts the description of the execution that ended into the cause, as JSON, cut off
    where it is long.
    """
    if state.get("next") != "relay" or failure["Error"] in DEFINED:
        return None
    which = f"the execution {state['relay']['name']}, in which this rollout ran on,"
    try:
        described = json.loads(failure["Cause"])
        ended = f"ended {described['Status']}"
        own = [described[key] for key in ("Error", "Cause") if described.get(key)]
    except (ValueError, TypeError, KeyError):
        ended = "could not be waited for"
        own = [failure["Error"], failure["Cause"]]
    cause = ": ".join([f"{which} {ended}", *own])
    return Failure(Error="InternalError", Cause=cause[:_MAX_CAUSE])
