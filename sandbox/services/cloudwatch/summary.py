"""A period's data as CloudWatch keeps them: aggregates and a histogram, never single calls."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Self


class Histogram(Mapping[float, float]):
    """How often each value occurred, in a fifth of the memory that a dict takes. Ascending."""

    __slots__ = ("_counts", "_values")

    def __init__(self, occurrences: Mapping[float, float]) -> None:
        self._values = array("d", sorted(occurrences))
        self._counts = array("d", map(occurrences.__getitem__, self._values))

    def __getitem__(self, value: float) -> float:
        return self._counts[self._values.index(value)]

    def __iter__(self) -> Iterator[float]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def pairs(self) -> Iterator[tuple[float, float]]:
        return zip(self._values, self._counts, strict=True)


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
    histogram: Histogram | None

    @classmethod
    def of(cls, histogram: Mapping[float, float]) -> Self:
        """Sum values up, each with the number of its occurrences (at least one value)."""
        return cls(
            count=sum(histogram.values()),
            total=sum(value * times for value, times in histogram.items()),
            minimum=min(histogram),
            maximum=max(histogram),
            histogram=Histogram(histogram),
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
                for value, times in part.histogram.pairs():
                    histogram[value] = histogram.get(value, 0.0) + times
        combined = None if histogram is None else Histogram(histogram)
        return cls(count, total, minimum, maximum, combined)
