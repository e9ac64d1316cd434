"""Whose doing is the alias's present routing? Rolling back touches only what the rollout left."""

from domain.alias import Alias, Routing, created, promoted, shifted
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
    if member["part"] == "create":
        return created(member, state["execution"]["id"]) if _finalizing(state) else None
    if _finalizing(state):
        return promoted(member)
    weights, step = plan_of(state).weights, state["progress"]["step"]
    if step == len(weights):
        return None
    return shifted(member, weights[step], state["execution"]["id"])


def _finalizing(state: State) -> bool:
    return state.get("next") == "finalize"
