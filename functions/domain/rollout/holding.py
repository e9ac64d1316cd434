"""A hold for want of calls: when it began, and how a person ends it.

Whoever approves or promotes in a hold decides in place of the calls that did not come. The rollout
goes on as it does when `max-hold` is used up: unproven, and with every check that can still fail.
"""

from dataclasses import replace

from domain.model.member import ARRIVAL
from domain.model.progress import Progress, Steering
from domain.model.state import State
from domain.rollout.decide import Decision

TOLD_AFTER = ARRIVAL  # seconds; before, the calls that there were may not have arrived yet


def overruled(state: State, decision: Decision) -> tuple[State, Decision]:
    """Let what a person ordered in this hold stand above what too few calls decided."""
    progress, steering = state["progress"], state["progress"]["steering"]
    if decision.passed:
        return _began(state, 0), decision
    if not decision.holding:
        return state, decision
    if steering["paused"]:  # which ends by an order alone
        return state, replace(decision, move="wait", error="")
    on = replace(decision, move="advance", unproven=True, error="")
    if (began := progress["hold_began"]) and steering["promote"] >= began - 1:
        return _insisting(state), replace(on, overruled=True)
    if began and steering["approved_at"] >= began - 1:
        return _unproven(state), on
    if not steering["insists"]:
        return state, decision
    # Promotion was ordered at a weight before, and here the last look has been taken.
    return _unproven(state), replace(on, overruled=True)


def held(state: State, now: int) -> State:
    """Remember when the hold began."""
    return _began(state, state["progress"]["hold_began"] or now)


def not_held(state: State) -> State:
    """Forget a hold, since a person is waited for."""
    return _began(state, 0)


def to_be_told(before: Progress, after: Progress) -> bool:
    """Tell whether people should hear of the hold now: once, when it has lasted for a while."""
    began = after["hold_began"]
    told = before["hold_began"] == began and before["checked_at"] - began >= TOLD_AFTER
    return bool(began) and after["checked_at"] - began >= TOLD_AFTER and not told


def _began(state: State, at: int) -> State:
    return {**state, "progress": Progress({**state["progress"], "hold_began": at})}


def _unproven(state: State) -> State:
    return {**state, "progress": Progress({**state["progress"], "unproven": True})}


def _insisting(state: State) -> State:
    progress = _unproven(state)["progress"]
    steering = Steering({**progress["steering"], "insists": True})
    return {**state, "progress": Progress({**progress, "steering": steering})}
