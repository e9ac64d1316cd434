"""Whose the alias's present routing is: a rollback touches only what the rollout has left."""

from collections.abc import Iterator

from domain.model.alias import Alias, Routing, created, promoted, shifted
from domain.model.member import Member
from domain.model.state import State, plan_of


def left_by_us(state: State, member: Member, alias: Alias) -> bool:
    """Tell whether the alias is as this rollout left it, if only by a write without an answer."""
    if member["part"] == "none" or "progress" not in state:
        return False
    if alias.revision == member["revision"]:
        return True
    return any(alias.routing.same(unknown) for unknown in _unknown(state, member))


def _unknown(state: State, member: Member) -> Iterator[Routing]:
    """List what can be there without our knowing: what the failed task was about to write.

    The execution to which the rollout had been handed over may have set any of the weights left.
    """
    if member["canary"] is None:
        return
    if state.get("next") == "finalize":
        if member["part"] == "create":
            yield created(member, state["execution"]["id"])
        elif member["part"] == "shift":
            yield promoted(member)
    elif member["part"] == "shift":
        weights = plan_of(state).weights[state["progress"]["step"] :]
        written = weights if state.get("next") == "relay" else weights[:1]
        for weight in written:
            yield shifted(member, weight, state["execution"]["id"])


def seconds_since_failure(state: State, now: float) -> float | None:
    """Return the time since the health check that failed; None where something else failed."""
    failure, progress = state.get("failure"), state.get("progress")
    if failure is None or progress is None or failure["Error"] != "HealthCheckFailed":
        return None
    return now - progress["checked_at"]
