"""Handing a rollout over to another execution, before the history of the one under way is full.

The execution that was started waits for the other (a leg), which runs the same loop and hands the
state back when something is to be done outside it, or when its own history fills. So there are
never more than two executions under way, and whoever watches the first sees the rollout's end.
"""

import hashlib
import json

from domain.limits.history_budget import FULL, HAND_OVER, LEG_ENDS, MAX_LEGS, events_of_check
from domain.limits.state_size import is_portable, size
from domain.model.errors import DEFINED
from domain.model.state import Execution, Failure, Next, Progress, Relay, State

_IN_THE_LOOP: frozenset[Next] = frozenset({"bake", "shift", "announce", "ask-approval"})
_HANDS_BACK: frozenset[Next] = frozenset({"hook", "run-hook"})
_NAMED = 60  # characters of the first execution's name, of 80 that a name may have
_WORDS = 1_000  # characters of a leg's own error that are kept


def relayed(state: State, hand_over: int = HAND_OVER) -> State:
    """The state after a health check, with its events counted; handed over if they are many.

    Never within SimpleDeploy: its 15 minutes have no room for so many.
    """
    progress = state["progress"]
    events = progress["events"] + events_of_check(state)
    if state["next"] in _HANDS_BACK and progress["leg"]:
        # Its history is not the leg's but the first execution's, which has handed over before.
        events = max(events, hand_over)
    counted: State = {**state, "progress": Progress({**progress, "events": events})}
    if state["next"] not in _IN_THE_LOOP or events < hand_over:
        return counted
    if progress["leg"] < MAX_LEGS and is_portable(counted):
        return _handed_over(counted)
    return counted if events < FULL else _stopped(counted)


def _handed_over(state: State) -> State:
    leg = state["progress"]["leg"] + 1
    progress = Progress({**state["progress"], "events": LEG_ENDS, "leg": leg})
    relay = Relay(name=leg_name(state["execution"], leg), then=state["next"])
    return {**state, "progress": progress, "relay": relay, "next": "relay"}


def leg_name(first: Execution, leg: int) -> str:
    """The same whenever it is asked for, so that starting a leg again starts no second one.

    StartExecution is idempotent for a running execution of the same name and input.
    """
    digest = hashlib.sha256(first["id"].encode()).hexdigest()[:10]
    return f"{first['name'][:_NAMED]}-{digest}-{leg}"


def _stopped(state: State) -> State:
    """Out of room, which preflight rules out but for what nobody can plan, such as errors."""
    reason = (
        f"the workflow cannot hold more health checks: {state['progress']['leg']} executions have "
        f"been used up, and the state has {size(state):,} bytes"
    )
    return {**state, "failure": Failure(Error="InternalError", Cause=reason), "next": "roll-back"}


def failed(state: State, failure: Failure) -> Failure | None:
    """What became of the leg that was waited for, in words; None if none failed.

    Step Functions puts the description of the execution that ended into the cause, as JSON, cut off
    where it is long.
    """
    if state.get("next") != "relay" or failure["Error"] in DEFINED:
        return None
    leg = f"the execution {state['relay']['name']}, in which this rollout ran on,"
    try:
        described = json.loads(failure["Cause"])
        ended = f"ended {described['Status']}"
        own = [described[key] for key in ("Error", "Cause") if described.get(key)]
    except (ValueError, TypeError, KeyError):
        ended = "could not be waited for"
        own = [failure["Error"], failure["Cause"]]
    words = ": ".join([f"{leg} {ended}", *own])
    return Failure(Error="InternalError", Cause=words[:_WORDS])
