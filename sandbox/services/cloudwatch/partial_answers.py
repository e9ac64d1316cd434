"""Answers that are not Complete, on demand: CloudWatch's own bad days, for tests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.services.cloudwatch.store import Metric

COMPLETE = "Complete"
_BY_SEVERITY = (COMPLETE, "PartialData", "InternalError", "Forbidden")


@dataclass
class PartialAnswer:
    """Results of the matching metrics carry `status`, as often as `times` says (None: always).

    PartialData keeps the earlier half of the data points; the other two answer none.
    """

    status: str
    metric: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    times: int | None = None

    def __post_init__(self) -> None:
        if self.status not in _BY_SEVERITY[1:]:
            raise ValueError(f"{self.status} is not one of {', '.join(_BY_SEVERITY[1:])}")

    def strikes(self, metric: Metric) -> bool:
        """Whether it spoils this result; each one it spoils counts towards `times`."""
        named = self.metric is None or self.metric == metric.name
        if not named or not self.dimensions.items() <= dict(metric.dimensions).items():
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    def spoil(self, points: dict[int, float]) -> dict[int, float]:
        if self.status != "PartialData":
            return {}
        return dict(sorted(points.items())[: len(points) // 2])


def worst(statuses: Iterable[str]) -> str:
    """Say what an expression over results of these statuses is worth."""
    return max(statuses, key=_BY_SEVERITY.index, default=COMPLETE)
