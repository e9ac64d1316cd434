"""How a rollout stands, in one word, from its last state and Step Functions' status."""

from typing import Literal

from domain.ending.outcome import REFUSALS, ended_as, failed_as
from domain.model.errors import DEFINED
from domain.model.state import FORMAT, State
from domain.recovery.guard import is_promoted
from domain.rollout import hooks
from domain.view.look import Look

Phase = Literal[
    # under way
    "planning", "publishing", "before", "hook", "baking", "shifting", "holding", "paused",
    "approval", "promoting", "rolling-back", "other-release",
    # over
    "planned", "promoted", "created", "nothing", "refused", "not-released", "rolled-back",
    "changed", "not-rolled-back", "untouched", "unknown",
]  # fmt: skip
# Ends by which the new version is where it was meant to be, or nothing was meant to happen.
GOOD: frozenset[Phase] = frozenset({"planned", "promoted", "created", "nothing"})
# Ends after which somebody has to look at an alias.
ALARMING: frozenset[Phase] = frozenset({"not-rolled-back", "unknown", "changed"})

_SUCCEEDED: dict[str, Phase] = {"promoted": "promoted", "created": "created", "none": "nothing"}
# What `next` says where a function may be writing an alias just now.
_WRITING = frozenset({"shift", "shift-and-probe", "relay", "finalize"})


def phase_of(look: Look) -> Phase:
    """Say how the rollout stands. No end is called a rollback that nothing proves to be one."""
    if look.status == "RUNNING":
        return _under_way(look.state)
    if look.status == "SUCCEEDED":
        return _succeeded(look)
    if look.state is None:  # then Plan had not answered, and nothing comes before Plan
        return "refused" if look.error in REFUSALS else "not-released"
    return _ended_badly(look, look.state)


def is_read(state: State | None) -> bool:
    """Tell whether this release can read the state: another's may have other keys."""
    return state is not None and state.get("format") == FORMAT and "progress" in state


def _under_way(state: State | None) -> Phase:
    if state is None:
        return "planning"
    if not is_read(state):
        return "other-release"
    if "failure" in state:
        return "rolling-back"
    progress, following = state["progress"], state.get("next")
    if following == "publish":
        return "publishing"
    if following in ("finalize", "succeed"):
        return "promoting"
    if hooks.pending(state):
        return "hook"
    if following in ("shift", "shift-and-probe", "announce"):
        return "shifting"
    if progress["steering"]["paused"]:
        return "paused"
    if not progress["shifts"]:
        return "before"
    if is_approval_wanted(state):
        return "approval"
    return "holding" if progress["hold_began"] else "baking"


def is_approval_wanted(state: State) -> bool:
    """Tell whether a person was asked to approve the present weight, and has not."""
    progress = state["progress"]
    approved = progress["steering"]["approved_at"] >= progress["shifted_at"]
    return bool(progress["asked_at"]) and not approved


def _succeeded(look: Look) -> Phase:
    if look.result.get("status") == "PLANNED":
        return "planned"
    pairs = [(one.get("old-version"), one.get("new-version")) for one in look.functions]
    if any(old and old != new for old, new in pairs):
        return "promoted"
    return "created" if any(not old for old, _ in pairs) else "nothing"


def _ended_badly(look: Look, state: State) -> Phase:
    if is_promoted(state):  # and then it failed, as at telling of it, or was stopped
        return _SUCCEEDED[ended_as(state["members"])]
    if look.status == "FAILED" and look.error in DEFINED:
        return failed_as(state, look.error)
    if "standings" in state.get("rollback", {}) and "failure" in state:
        return failed_as(state, state["failure"]["Error"])
    touched = "progress" in state and state["progress"]["shifts"]
    return "unknown" if touched or state.get("next") in _WRITING else "untouched"
