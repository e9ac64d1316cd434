"""The statistics a query can ask for, each a function of a period's summary.

Names and bounds as in AWS's "CloudWatch statistics definitions": in `TC(low:high)` and its kin the
lower bound is exclusive and the upper one inclusive. How AWS computes percentiles is not
published; here they are exact, by nearest rank.
"""

import re
from collections.abc import Callable, Iterator
from math import inf

from sandbox.services.cloudwatch.errors import UnsupportedError, validation_error
from sandbox.services.cloudwatch.summary import Summary

#: Answers None where the data do not allow the statistic.
Statistic = Callable[[Summary], float | None]

_PLAIN: dict[str, Statistic] = {
    "SampleCount": lambda summary: summary.count,
    "Sum": lambda summary: summary.total,
    "Average": lambda summary: summary.total / summary.count,
    "Minimum": lambda summary: summary.minimum,
    "Maximum": lambda summary: summary.maximum,
}
PLAIN_STATISTICS = tuple(_PLAIN)

_NUMBER = r"\d+(?:\.\d{1,10})?"
_PERCENTILE = re.compile(rf"p({_NUMBER})")
_RANGE = re.compile(rf"(TC|TS|TM|PR)\((-?{_NUMBER})?:(-?{_NUMBER})?\)")
_TRIMMED = re.compile(r"(IQM|(tm|wm|tc|ts)\d.*|(TM|WM|TC|TS|PR)\(.*\))")


def statistic(name: str) -> Statistic:
    """Return the statistic called `name`, such as Sum, p99.9, TC(:800) or PR(100:2000)."""
    if plain := _PLAIN.get(name):
        return plain
    if (match := _PERCENTILE.fullmatch(name)) and float(match[1]) <= 100:
        return _percentile(float(match[1]) / 100)
    if (match := _RANGE.fullmatch(name)) and (match[2] or match[3]):
        low = float(match[2]) if match[2] else -inf
        return _in_range(match[1], low, float(match[3]) if match[3] else inf)
    if _TRIMMED.fullmatch(name):
        raise UnsupportedError(f"the statistic {name}")
    raise validation_error(f"The value {name} for parameter Stat is not supported.")


def _percentile(share: float) -> Statistic:
    def value(summary: Summary) -> float | None:
        wanted = share * summary.count - 1e-9  # 0.07 * 100 is a little more than 7
        seen = 0.0
        for value, times in _ascending(summary):
            seen += times
            if seen >= wanted:
                return value
        return None

    return value


def _in_range(kind: str, low: float, high: float) -> Statistic:
    def value(summary: Summary) -> float | None:
        if summary.histogram is None:
            return None
        inside = [(value, times) for value, times in _ascending(summary) if low < value <= high]
        count = sum(times for _, times in inside)
        total = sum(value * times for value, times in inside)
        match kind:
            case "TC":
                return count
            case "TS":
                return total
            case "PR":
                return 100 * count / summary.count
            case _:  # TM, the trimmed mean
                return total / count if count else None

    return value


def _ascending(summary: Summary) -> Iterator[tuple[float, float]]:
    return summary.histogram.pairs() if summary.histogram is not None else iter(())
