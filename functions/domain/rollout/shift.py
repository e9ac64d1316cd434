"""What the state remembers of a shift: when it was, how long it bakes, when to look first."""

from domain.model.clock import epoch, iso, whole
from domain.model.member import Member, empty_tally
from domain.model.progress import SHIFTS_KEPT, Progress, Shift
from domain.model.state import State, plan_of


def after_shift(state: State, weight: float, now: float) -> State:
    """Return the state at the beginning of a bake; the first shift opens the canaries' tallies."""
    progress, at = state["progress"], whole(now)
    bake = _bake(state)
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
            "hold_began": 0,
            "bake_ends": bake_ends,
            "wait_until": iso(min(at + state["settings"]["check_interval"], bake_ends)),
            "shifts": [*shifts[:SHIFTS_KEPT], *shifts[SHIFTS_KEPT:][-SHIFTS_KEPT:]],
        }
    )
    began = epoch(state["execution"]["started"])
    members = [_opened(member, began) for member in state["members"]]
    return {**state, "members": members, "progress": moved, "next": "bake"}


def _bake(state: State) -> int:
    """Return the seconds to stay at the weight; of a bake that is skipped the last look stays."""
    plan, step = plan_of(state), state["progress"]["step"]
    if not state["progress"]["steering"]["promote"]:
        return plan.bakes[step]
    last = step + 1 == len(plan.weights)
    return state["settings"]["schedule"]["last_look"] if last else 0


def _opened(member: Member, began: float) -> Member:
    """Count from the rollout's start: of an earlier try of this shift the answer may have got lost.

    Before its first shift a rollout's canary gets no calls through the alias.
    """
    if member["part"] != "shift" or "tally" in member:
        return member
    return {**member, "tally": empty_tally(int(began))}
