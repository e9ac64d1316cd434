"""The headline of a rollout, and what comes next, for somebody who is tired."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.ending.outcome import IN_WORDS
from domain.model.clock import epoch, span
from domain.model.state import State, plan_of
from domain.rollout import hooks
from domain.view.course import Step, position
from domain.view.look import Look
from domain.view.phase import Phase

Clock = Callable[[float], str]
"""How a renderer writes an instant (epoch seconds)."""

_PLAIN: dict[Phase, str] = {
    "planning": "Being planned",
    "publishing": "The new version is being published",
    "before": "Before the first weight, being checked",
    "promoting": "Being promoted",
    "rolling-back": "Being rolled back",
    "other-release": "Under way, by another release of lambda-canary than this one",
    "planned": "Planned, nothing has changed",
    "promoted": "Promoted",
    "created": "Created",
    "nothing": "Nothing to do",
    "refused": IN_WORDS["refused"],
    "not-released": IN_WORDS["not-released"],
    "rolled-back": IN_WORDS["rolled-back"],
    "changed": IN_WORDS["changed"],
    "not-rolled-back": IN_WORDS["not-rolled-back"],
}
_STOPPED = {"ABORTED": "Stopped by hand", "TIMED_OUT": "Timed out"}
_GUARD = (
    "the guard looks at it within minutes, gives back what is still this rollout's, and tells "
    "the topic if there was anything"
)


def subject(functions: Sequence[Mapping[str, Any]]) -> str:
    """Name what is released, and from which version to which."""
    if not functions:
        return ""
    first, *others = functions
    named = f"{first['function-name']} {first['alias-name']}"
    if others:
        return f"{named} and {len(others)} more"
    old, new = first.get("old-version"), first.get("new-version")
    if new is None:
        return named
    return f"{named}, version {old} to {new}" if old and old != new else f"{named}, version {new}"


def title(phase: Phase, look: Look, clock: Clock) -> str:
    """Say in a few words how the rollout stands."""
    state = look.state
    if phase == "rolling-back" and state and not state["progress"]["shifts"]:
        return "Failed before the first weight, ending"
    if phase in _PLAIN:
        ended = f" at {clock(look.ended)}" if look.ended and phase != "planned" else ""
        return f"{_PLAIN[phase]}{ended}"
    if phase in ("untouched", "unknown"):
        how = f"{_STOPPED.get(look.status, 'Failed')} at {clock(look.ended)}"
        where = _if_at(state) if state and "progress" in state else ""
        known = "before any alias was changed" if phase == "untouched" else f"midway{where}"
        return f"{how}, {known}"
    assert state is not None
    match phase:
        case "hook":
            hook = state["hook"]
            return f"The {hook['name']} hook {hook['function']} is asked{_if_at(state)}"
        case "shifting":
            weight = plan_of(state).weights[_following(state)]
            return f"Going to {weight:g} %"
        case "holding":
            return f"On hold {_at(state)}, too little is known"
        case "paused":
            return f"Paused{_if_at(state) or ' before the first weight'}"
        case "approval":
            return f"Waits for approval {_at(state)}"
    since = clock(state["progress"]["shifted_at"])
    return f"At {_weight(state)} since {since} ({_count(state)})"


def following(phase: Phase, look: Look, coming: Sequence[Step], clock: Clock) -> str:
    """Say what happens next, and when; nothing where there is nothing to say."""
    state = look.state
    match phase:
        case "unknown":
            return _GUARD
        case "other-release":
            return "to see more of it, use the command of the stack's own release"
        case "planned" | "planning":
            return ""
    if state is None or look.status != "RUNNING":
        return ""
    progress, settings = state["progress"], state["settings"]
    match phase:
        case "rolling-back":
            return f"{state['failure']['Error']}: {state['failure']['Cause']}"
        case "paused":
            return "stays so until resume, promote or roll-back; checks go on"
        case "approval":
            ends = clock(progress["asked_at"] + settings["approval_timeout"])
            return f"rolls back at {ends} unless somebody approves; checks go on"
        case "hook":
            asked = hooks.pending(state) and state["hook"]["asked_at"]
            ends = clock(asked + state["hook"]["timeout"]) if asked else ""
            return f"rolls back at {ends} without its answer" if ends else ""
        case "holding":
            then = "goes on, unproven," if _goes_on(state) else "rolls back"
            left = span(max(settings["max_hold"] - progress["held"], 0))
            return f"{then} after {left} more of holding, unless calls come or somebody decides"
        case "baking":
            return _after_bake(state, coming, clock)
    return ""


def _after_bake(state: State, coming: Sequence[Step], clock: Clock) -> str:
    progress = state["progress"]
    over = epoch(progress["wait_until"]) > progress["bake_ends"]
    ends = "as soon as the checks pass" if over else f"at {clock(progress['bake_ends'])}"
    if progress["steering"]["promote"] and coming:
        return "promotion is ordered: 100 % as soon as the checks pass"
    if not coming:
        hook = "; the post-traffic hook is asked first" if _hook_ahead(state) else ""
        return f"promoted {ends} if all passes{hook}"
    wanted = [weight for weight in state["settings"]["approvals"] if weight >= _now(state)]
    if wanted[:1] == [_now(state)]:
        return f"approval is asked for {ends} if all passes"
    last = f"promoted at {clock(epoch(coming[-1]['until']))} if all passes"
    then = f"approval is wanted at {wanted[0]:g} %" if wanted else last
    return f"{coming[0]['weight']:g} % {ends}; {'' if over and not wanted else then}".rstrip("; ")


def _hook_ahead(state: State) -> bool:
    return "post-traffic" in state["settings"]["hooks"]


def _goes_on(state: State) -> bool:
    suspect = any("suspect" in one for one in state["progress"]["verdicts"])
    return state["settings"]["on_insufficient_data"] == "promote" and not suspect


def _now(state: State) -> float:
    return state["progress"]["shifts"][-1]["weight"]


def _weight(state: State) -> str:
    return f"{_now(state):g} %"


def _count(state: State) -> str:
    return f"weight {position(state)} of {len(plan_of(state).weights)}"


def _at(state: State) -> str:
    return f"at {_weight(state)}"


def _if_at(state: State) -> str:
    return f" {_at(state)}" if state["progress"]["shifts"] else ""


def _following(state: State) -> int:
    """Return which weight is set next, as the state counts, also where some are left out."""
    return min(state["progress"]["step"], len(plan_of(state).weights) - 1)
