"""A probe's metrics for CloudWatch: log lines in the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from dataclasses import dataclass, field
from typing import Any

from domain.model.member import Shifting
from domain.model.questions import CouldNotAsk, Invoked

_MOST = 100  # values of one metric in one object; more are dropped by CloudWatch

Key = tuple[tuple[str, str], ...]
"""Dimensions, in order."""


def dimensions(member: Shifting, answer: Invoked | CouldNotAsk) -> Key:
    """Return the dimensions of a call's metrics; what nobody answered is of an unknown version."""
    version = None if isinstance(answer, CouldNotAsk) else answer.version
    return (
        ("function", member["function"]),
        ("alias", member["alias"]),
        ("version", version or "unknown"),
    )


@dataclass
class _Minute:
    start: int
    failed: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


@dataclass
class ProbeMetrics:
    """Calls, gathered by minute and dimensions: at most 100 values of each are held at a time."""

    namespace: str
    _open: dict[Key, _Minute] = field(default_factory=dict)

    def add(self, key: Key, at: float, failed: bool, milliseconds: float) -> list[dict[str, Any]]:
        """Add a call that began at `at` (epoch seconds), and return what is to be written now."""
        minute = int(at) // 60 * 60
        over = [one for one, gathered in self._open.items() if gathered.start != minute]
        written = [self._close(one) for one in over]
        gathered = self._open.setdefault(key, _Minute(minute))
        gathered.failed.append(int(failed))
        gathered.milliseconds.append(round(milliseconds, 2))
        if len(gathered.failed) == _MOST:
            written.append(self._close(key))
        return written

    def rest(self) -> list[dict[str, Any]]:
        """Return what is still to be written at the end."""
        return [self._close(key) for key in list(self._open)]

    def _close(self, key: Key) -> dict[str, Any]:
        gathered = self._open.pop(key)
        units = {"ProbeCalls": "Count", "ProbeErrors": "Count", "ProbeDuration": "Milliseconds"}
        directive = {
            "Namespace": self.namespace,
            "Dimensions": [[name for name, _ in key]],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
        }
        return {
            "_aws": {"Timestamp": 1_000 * gathered.start, "CloudWatchMetrics": [directive]},
            **dict(key),
            "ProbeCalls": len(gathered.failed),
            "ProbeErrors": gathered.failed,
            "ProbeDuration": gathered.milliseconds,
        }
