"""A rollout's weights over time: those that were set, and those that are to come."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypedDict

from domain.model.clock import epoch, iso
from domain.model.schedule import Schedule
from domain.model.state import State, plan_of

_MOST = 100  # steps to come that are listed, before the last


class Step(TypedDict):
    """A weight in percent, from when to when it was or will be (RFC 3339; "": not known).

    `planned` times are those at which everything passes at once. `seconds` is the bake.
    """

    weight: float
    at: str
    until: str
    planned: bool
    seconds: int


def done(shifts: Sequence[Mapping[str, Any]], ended: str) -> list[Step]:
    """List the weights that were set; the last one lasts until the end, if there is one."""
    times = [*(str(one["at"]) for one in shifts), ended]
    return [
        Step(
            weight=float(one["weight"]),
            at=began,
            until=until,
            planned=False,
            seconds=round(epoch(until) - epoch(began)) if until else 0,
        )
        for one, (began, until) in zip(shifts, pairwise(times), strict=True)
    ]


def position(state: State) -> int:
    """Return how many weights of the schedule have been left behind or set, by what was set last.

    An order to promote leaves weights out.
    """
    shifts = state["progress"]["shifts"]
    if not shifts:
        return 0
    last = shifts[-1]["weight"]
    return sum(weight <= last for weight in plan_of(state).weights)


def to_come(state: State) -> list[Step]:
    """List the weights that are still to be set, from when the present bake is to end."""
    plan, at = plan_of(state), position(state)
    ahead = state["progress"]["steering"]["promote"]
    at = max(at, len(plan.weights) - 1) if ahead and at else at
    starts = float(state["progress"]["bake_ends"]) if not ahead else 0.0
    return steps(plan, at, starts)


def steps(plan: Schedule, first: int, starts: float) -> list[Step]:
    """Lay out the weights from the `first` on; 0 is no start that is known."""
    found: list[Step] = []
    for weight, bake in zip(plan.weights[first:], plan.bakes[first:], strict=True):
        found.append(
            Step(
                weight=weight,
                at=iso(starts) if starts else "",
                until=iso(starts + bake) if starts else "",
                planned=True,
                seconds=bake,
            )
        )
        starts += bake if starts else 0
    return [*found[:_MOST], *found[_MOST:][-1:]]


def laid_out(weights: Iterable[Any], bakes: Iterable[Any]) -> list[Step]:
    """List the weights of a dry run's output, which leaves out the middle of a long one."""
    return [
        Step(weight=weight, at="", until="", planned=True, seconds=bake)
        for weight, bake in zip(weights, bakes, strict=True)
        if not isinstance(weight, str)
    ]
