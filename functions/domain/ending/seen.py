"""What was seen of a canary so far, as messages say it while the rollout goes on."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.ending.outcome import progress_of, unproven_by, where
from domain.model.alias import shifting
from domain.model.state import State


def seen(state: State) -> list[str]:
    """Say which versions it is about, and what each check has found."""
    verdicts = state["progress"]["verdicts"]
    lines = [
        f"{one['alias']} of {one['function']}: from version {one['baseline']} to {one['canary']}, "
        f"{where(state)}."
        for one in shifting(state["members"])
    ]
    if state["progress"]["unproven"]:
        lines.append(unproven_by(verdicts))
    return lines + (said(verdicts) or ["No checks were made."])


def said(verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write verdicts as lines."""
    return [f"{last['check']}: {last['outcome']} ({last['reason']})" for last in verdicts]


def seen_body(state: State) -> dict[str, Any]:
    """Return the same for machines."""
    return {"at": where(state), **progress_of(state)}
