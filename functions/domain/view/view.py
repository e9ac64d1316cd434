"""The view of a rollout: all that is shown of it, in whatever form."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log10
from typing import Any

from domain.ending.outcome import progress_of
from domain.model.clock import iso
from domain.model.state import State
from domain.model.text import one_line
from domain.rollout.orders import approval
from domain.rollout.parameters import parameters
from domain.view import course, words
from domain.view.course import Step
from domain.view.look import Look
from domain.view.phase import ALARMING, GOOD, Phase, is_read, phase_of
from domain.view.words import Clock

_MAX_CAUSE = 2_000  # characters of a cause that are shown
_MAX_NAME = 140  # characters of a function's name that a refused input may have


@dataclass(frozen=True)
class View:
    """A rollout as a person sees it. Instants are RFC 3339 in UTC, "" where there is none.

    `functions`, `checks` and `orders` have the form of the result (README, "Result"). `weight` is
    the canary's share in percent as far as this rollout knows, None where it does not. `standings`
    say how every alias stands after a rollback. `parameter` is where orders go, and `commands` are
    those that may help now.
    """

    execution: str
    name: str
    phase: Phase
    over: bool
    title: str
    headline: str
    next: str
    started: str
    ended: str
    functions: Sequence[Mapping[str, Any]]
    weight: float | None
    steps: Sequence[Step]
    checks: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    approvals: Sequence[float]
    hooks: Sequence[Mapping[str, Any]]
    unproven: bool
    error: str
    cause: str
    standings: Sequence[str]
    parameter: str
    commands: Sequence[str]

    @property
    def good(self) -> bool:
        """Tell whether it is over, and well."""
        return self.phase in GOOD

    @property
    def alarming(self) -> bool:
        """Tell whether somebody has to look at an alias."""
        return self.phase in ALARMING

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return asdict(self)


def view_of(look: Look, clock: Clock = iso) -> View:
    """Make the view of what was seen; `clock` writes the instants in its sentences."""
    phase, state = phase_of(look), look.state
    seen = _seen(look, state)
    over, ended = look.status != "RUNNING", iso(look.ended) if look.ended else ""
    planned = is_read(state)
    coming = course.to_come(state) if state and planned and not over else []
    if phase == "planned":
        coming = course.laid_out(look.result["weights"], look.result["intervals"])
    functions = seen.get("functions") or _asked(look.given)
    unproven = bool(seen.get("unproven"))
    title = words.title(phase, look, clock)
    if unproven and phase in GOOD:
        title += " (unproven)"
    subject = words.subject(functions) or look.name
    failure = state.get("failure") if state and not over else None
    return View(
        execution=look.arn,
        name=look.name,
        phase=phase,
        over=over,
        title=title,
        headline=f"{title}: {subject}",
        next=words.following(phase, look, coming, clock),
        started=iso(look.started),
        ended=ended,
        functions=functions,
        weight=_weight(phase, seen),
        steps=[*course.done(seen.get("weights", []) if phase != "planned" else [], ended), *coming],
        checks=seen.get("checks", []) if phase != "planned" else [],
        orders=seen.get("orders", []),
        approvals=state["settings"]["approvals"] if state and planned else [],
        hooks=_hooks(state) if planned else [],
        unproven=unproven,
        error=failure["Error"] if failure else look.error,
        cause=one_line(failure["Cause"] if failure else look.cause, _MAX_CAUSE),
        standings=state.get("rollback", {}).get("standings", []) if state and over else [],
        parameter=parameters(state)[0] if state and planned else "",
        commands=_commands(phase, look, state),
    )


def _seen(look: Look, state: State | None) -> Mapping[str, Any]:
    """Return what the result says, or would say if the rollout ended now."""
    if look.result:
        return look.result
    if state is None:
        return {}
    return progress_of(state) if is_read(state) else _of_another_release(state)


def _of_another_release(state: State) -> Mapping[str, Any]:
    """Return what stays in every format, for RollBack and the guard need it."""
    return {
        "functions": [
            {
                "function-name": one["function"],
                "alias-name": one["alias"],
                "old-version": one["baseline"],
                "new-version": one["canary"],
            }
            for one in state["members"]
        ],
        "weights": state["progress"]["shifts"] if "progress" in state else [],
    }


def _asked(given: Any) -> list[dict[str, Any]]:
    """Return what an input names, which may be anything: it was not read by a plan."""
    asked = given if isinstance(given, dict) else {}
    group = asked.get("functions")
    targets = group if isinstance(group, list) else [asked]
    keys = ("function-name", "alias-name")
    return [
        {key: one_line(target[key], _MAX_NAME) for key in keys}
        for target in targets[:25]
        if isinstance(target, dict) and all(isinstance(target.get(key), str) for key in keys)
    ]


def _weight(phase: Phase, seen: Mapping[str, Any]) -> float | None:
    shifts = seen.get("weights") or []
    match phase:
        case "promoted" | "created" | "nothing":
            return 100.0
        case "rolled-back" | "untouched":
            return 0.0
        case "rolling-back" | "changed" | "not-rolled-back" | "unknown" | "planned":
            return None
    return float(shifts[-1]["weight"]) if shifts else 0.0


def _hooks(state: State | None) -> list[Mapping[str, Any]]:
    """List the hooks that were asked; the last one alone is remembered."""
    if state is None or "hook" not in state:
        return []
    hook = state["hook"]
    named = {"name": hook["name"], "function": hook["function"]}
    return [{**named, "status": hook["status"], "said": hook["said"]}]


def _commands(phase: Phase, look: Look, state: State | None) -> list[str]:
    """Name the orders that a person may want to give now, as their texts."""
    if state is None or look.status != "RUNNING":
        return []
    if phase == "approval":
        return [approval(state), "roll-back"]
    if phase == "holding":
        return [approval(state), "promote", "roll-back"]
    if phase == "paused":
        return ["resume", "promote", "roll-back"]
    return []


def threshold(check: Mapping[str, Any]) -> float | None:
    """Return the evidence at which this check rolls back; None where it does not go by any."""
    alpha = check.get("alpha")
    return -log10(alpha) if alpha else None
