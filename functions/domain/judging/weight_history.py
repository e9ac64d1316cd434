"""Which part of the calls the canary was given, and when."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from domain.model.clock import epoch
from domain.model.progress import SHIFTS_KEPT, Shift


class Stretch(NamedTuple):
    """A time from `start` to `end` (epoch seconds) in which the weight went from `first` to `last`.

    They are the same, but where the list of shifts was shortened.
    """

    start: float
    end: float
    first: float
    last: float


class RoutedWeight(NamedTuple):
    """The mean weight over the time asked for, and whether it was `steady` all along."""

    weight: float
    steady: bool


def stretches(shifts: Sequence[Shift]) -> list[Stretch]:
    """List the stretches in the order of time, the first one before the first shift."""
    times = [-inf, *(epoch(shift["at"]) for shift in shifts), inf]
    weights = [0.0, *(shift["weight"] / 100 for shift in shifts)]
    found = [
        Stretch(start, end, weight, weight)
        for (start, end), weight in zip(pairwise(times), weights, strict=True)
    ]
    if len(shifts) == 2 * SHIFTS_KEPT:
        found[SHIFTS_KEPT] = found[SHIFTS_KEPT]._replace(last=weights[SHIFTS_KEPT + 1])
    return found


def weight_between(stretches: Sequence[Stretch], start: int, end: int) -> RoutedWeight:
    """Return the weight from `start` up to `end`; between forgotten shifts it rose evenly."""
    total = 0.0
    within = [one for one in stretches if one.start < end and one.end > start]
    for one in within:
        since, until = max(one.start, start), min(one.end, end)
        weight = one.first
        if one.last != one.first:
            gone = ((since + until) / 2 - one.start) / (one.end - one.start)
            weight += (one.last - one.first) * gone
        total += weight * (until - since)
    steady = len(within) == 1 and within[0].first == within[0].last
    return RoutedWeight(total / (end - start), steady)
