"""Whose doing is the alias's present routing? Rolling back touches only what the rollout left."""

from domain.alias import Alias, Routing, promoted, shifted
from domain.plan import plan_of
from domain.state import Member, State


def left_by_us(state: State, member: Member, alias: Alias) -> bool:
    """Is the alias as this rollout last left it, or as a write whose answer was lost left it?"""
    if member["part"] == "none" or "progress" not in state:
        return False
    if alias.revision == member["revision"]:
        return True
    lost = _pending(state, member)
    return lost is not None and alias.routing.same(lost)


def _pending(state: State, member: Member) -> Routing | None:
    """What the failed task was about to write; only that can be there without our knowing."""
    if member["canary"] is None:
        return None
    if state.get("next") == "finalize":
        return promoted(member)
    if member["part"] == "create":
        return None
    weights, step = plan_of(state).weights, state["progress"]["step"]
    if step == len(weights):
        return None
    return shifted(member, weights[step], state["execution"]["id"])


def seconds_since_failure(state: State, now: float) -> float | None:
    """Since the health check that failed; None where it was something else that failed."""
    failure, progress = state.get("failure"), state.get("progress")
    if failure is None or progress is None or failure["Error"] != "HealthCheckFailed":
        return None
    return now - progress["checked_at"]
