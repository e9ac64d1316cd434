"""What comes next: what the checks have decided, as far as the operator lets it stand."""

from domain.limits.history_budget import may_wait
from domain.model.clock import iso, span, whole
from domain.model.errors import Failure
from domain.model.progress import Progress
from domain.model.state import State, plan_of
from domain.rollout import hooks
from domain.rollout.decide import Decision
from domain.rollout.holding import held, not_held, overruled
from domain.rollout.stages import after_before, after_weight, is_last


def next_state(state: State, decision: Decision, now: int) -> State:
    """Set what comes next. A check that failed goes before any order of an operator."""
    waits = hooks.pending(state)
    state, decision = overruled(state, decision)
    progress = state["progress"]
    steering = progress["steering"]
    if decision.move == "roll-back" and not (waits and decision.holding):
        return _roll_back(state, decision.error, decision.reason)
    if steering["roll_back"]:
        ordered = f"an operator ordered roll-back at {steering['roll_back']}"
        return _roll_back(state, "RolledBackByOperator", ordered)
    if waits:
        return hooks.wait(state, now)
    promote = decision.overruled or (steering["promote"] and decision.passed)
    if promote and progress["step"]:
        return _promote(state, decision, now)
    if now < progress["bake_ends"]:
        return _bake(state, decision.until)
    if steering["paused"]:
        return _pause(state, now)
    if progress["asked_at"] and _awaits_approval(state):
        return _await_approval(state, now)
    if decision.move == "wait":
        return _bake(held(state, now) if decision.holding else state, decision.until)
    if progress["step"] == 0:
        return after_before(state)
    return _ask_approval(state, now) if _awaits_approval(state) else after_weight(state)


def _roll_back(state: State, error: str, reason: str) -> State:
    return {**state, "failure": Failure(Error=error, Cause=reason), "next": "roll-back"}


def _bake(state: State, until: int) -> State:
    progress = Progress({**state["progress"], "wait_until": iso(until)})
    return {**state, "progress": progress, "next": "bake"}


def _pause(state: State, now: int) -> State:
    """Hold the weight; the time for an approval begins anew when the pause ends."""
    asked_at = now if state["progress"]["asked_at"] else 0
    paused = Progress({**state["progress"], "asked_at": asked_at})
    return _wait({**state, "progress": paused}, now)


def _wait(state: State, now: int, deadline: int | None = None) -> State:
    """Wait for a person, with checks going on, while the workflow can hold any more of them."""
    until = now + state["settings"]["check_interval"]
    if not may_wait(state, until):
        reason = "no order came to go on, and the workflow cannot hold more health checks"
        began = state["progress"]["bake_ends"]
        waited = f", {span(now - began)} after the bake" if began else ""
        return _roll_back(state, "ApprovalTimedOut", f"{reason}{waited}")
    # Not holding: the next check begins to count anew.
    waiting: State = {**state, "progress": Progress({**state["progress"], "checked_at": 0})}
    return _bake(not_held(waiting), until if deadline is None else min(until, deadline))


def _promote(state: State, decision: Decision, now: int) -> State:
    """Skip what is left of the bakes: straight to 100 %, where a last look decides."""
    if is_last(state):
        progress = state["progress"]
        skipped = max(progress["shifted_at"], whole(progress["steering"]["promote"]))
        look_ends = skipped + state["settings"]["schedule"]["last_look"]
        ends = min(progress["bake_ends"], look_ends)
        if now >= ends:
            return after_weight(state)
        cut: State = {**state, "progress": Progress({**progress, "bake_ends": ends})}
        return _bake(cut, min(decision.until, ends))
    last = len(plan_of(state).weights) - 1
    return {**state, "progress": Progress({**state["progress"], "step": last}), "next": "shift"}


def _awaits_approval(state: State) -> bool:
    progress, settings = state["progress"], state["settings"]
    weight = plan_of(state).weights[progress["step"] - 1]
    approved = progress["steering"]["approved_at"] >= progress["shifted_at"]
    return weight in settings["approvals"] and not approved


def _ask_approval(state: State, now: int) -> State:
    asked: State = {**state, "progress": Progress({**state["progress"], "asked_at": now})}
    waiting = _await_approval(asked, now)
    return {**waiting, "next": "ask-approval"} if waiting["next"] == "bake" else waiting


def _await_approval(state: State, now: int) -> State:
    """Wait with checks going on until somebody approves or time is up."""
    timeout = state["settings"]["approval_timeout"]
    deadline = state["progress"]["asked_at"] + timeout
    if now >= deadline:
        return _roll_back(state, "ApprovalTimedOut", f"nobody approved within {span(timeout)}")
    return _wait(state, now, deadline)
