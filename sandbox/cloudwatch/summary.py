"""A period's data as CloudWatch keeps them: aggregates and a histogram, never single calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Self


@dataclass(frozen=True, slots=True)
class Summary:
    """Count, sum, extremes and, for percentiles, how often each value occurred.

    `histogram` is None when only aggregates were put (StatisticValues): percentiles of such data
    do not exist, in AWS neither.
    """

    count: float
    total: float
    minimum: float
    maximum: float
    histogram: Mapping[float, float] | None

    @classmethod
    def of(cls, histogram: Mapping[float, float]) -> Self:
        """The summary of values, each with the number of its occurrences (at least one value)."""
        return cls(
            count=sum(histogram.values()),
            total=sum(value * times for value, times in histogram.items()),
            minimum=min(histogram),
            maximum=max(histogram),
            histogram=histogram,
        )

    @classmethod
    def merged(cls, parts: Iterable["Summary"]) -> "Summary":
        """All parts as one (at least one part)."""
        parts = list(parts)
        if len(parts) == 1:
            return parts[0]
        count = total = 0.0
        minimum, maximum = inf, -inf
        histogram: dict[float, float] | None = {}
        for part in parts:
            count += part.count
            total += part.total
            minimum = min(minimum, part.minimum)
            maximum = max(maximum, part.maximum)
            if part.histogram is None:
                histogram = None
            elif histogram is not None:
                for value, times in part.histogram.items():
                    histogram[value] = histogram.get(value, 0.0) + times
        return cls(count, total, minimum, maximum, histogram)
