"""What the state remembers of a shift: when it was, how long it bakes, when to look first."""

from domain.clock import iso, whole
from domain.counts import begin
from domain.plan import plan_of
from domain.state import Member, Progress, Shift, State

KEPT = 100  # of the first shifts, and of the last, in the result


def after_shift(state: State, weight: float, now: float) -> State:
    """The state at the beginning of a bake. The first shift opens the canaries' tallies."""
    progress, at = state["progress"], whole(now)
    bake = 0 if progress["steering"]["promote"] else plan_of(state).bakes[progress["step"]]
    bake_ends = at + bake
    shifts = [*progress["shifts"], Shift(weight=weight, at=iso(at))]
    moved = Progress(
        {
            **progress,
            "step": progress["step"] + 1,
            "since": progress["since"] or at // 60 * 60,
            "asked_at": 0,
            "shifted_at": at,
            "checked_at": 0,
            "bake_ends": bake_ends,
            "wait_until": iso(min(at + state["settings"]["check_interval"], bake_ends)),
            "shifts": shifts if len(shifts) <= 2 * KEPT else shifts[:KEPT] + shifts[-KEPT:],
        }
    )
    members = [_opened(member, at) for member in state["members"]]
    return {**state, "members": members, "progress": moved, "next": "bake"}


def _opened(member: Member, at: int) -> Member:
    if member["part"] != "shift" or "tally" in member:
        return member
    return {**member, "tally": begin(at)}
