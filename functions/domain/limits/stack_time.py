"""How long a rollout may take that an update of a stack waits for."""

from collections.abc import Mapping
from typing import Any

from domain.limits.history_budget import TASKS_OF_ENDS, seconds_planned
from domain.model.state import Settings

# Seconds of CloudFormation's hour; the rest is for giving an alias back, and for answering.
LIMIT = 3_000

# The schedule where a template says nothing of one: short enough for the credentials of a person.
DEFAULT_TYPE = "Canary10Percent10Minutes"
SCHEDULE = frozenset({"type", "steps", "first-weight", "weights", "interval"})


def scheduled(rollout: Mapping[str, Any]) -> dict[str, Any]:
    """Give it a schedule where nothing is said of one."""
    return {**rollout} if rollout.keys() & SCHEDULE else {"type": DEFAULT_TYPE, **rollout}


def longest(settings: Settings) -> int:
    """Return the seconds of all bakes, holds, approvals, hooks, and tasks between."""
    return seconds_planned(settings) - TASKS_OF_ENDS
