"""A synthetic function and its traffic, described in a few lines of data.

A `Level` is a number, or steps in time: `[(0, 0.001), (600, 0.3)]` is 0.001 from the start and 0.3
from second 600 on. Seconds count from the start of the traffic.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Level = float | Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Version:
    """How one version behaves: shares of its calls that fail, or hang until the timeout.

    `latency_ms` is the median of a spread whose slowest calls take about twice as long.
    Errors come `cluster` at a time: the noise of a version's own that is not independent.
    """

    errors: Level = 0.0
    latency_ms: Level = 50.0
    timeouts: Level = 0.0
    cluster: int = 1


@dataclass(frozen=True, slots=True)
class Outage:
    """A shared dependency fails from `start` to `end`: `errors` of all calls, whatever version."""

    start: float
    end: float
    errors: float


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A function whose callers come through its alias.

    Versions are numbered from "1". Of them `published` exist at the start (None: all); the code of
    the next one waits in $LATEST. The alias points at the first. Versions beyond those described
    behave as `later` says.
    """

    name: str
    versions: Mapping[str, Version]
    calls_per_second: Level = 20.0
    alias: str = "live"
    outages: Sequence[Outage] = ()
    timeout_seconds: int = 3
    published: int | None = None
    later: Version | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = [str(number) for number in range(1, len(self.versions) + 1)]
        if not wanted or list(self.versions) != wanted:
            raise ValueError(f"versions of {self.name} must be {', '.join(wanted) or '1, 2, ...'}")

    def behaviour(self, version: str) -> Version:
        """Of a version, or of $LATEST: what it would be if it were published."""
        if version == "$LATEST":
            version = str(min((self.published or len(self.versions)) + 1, len(self.versions)))
        behaviour = self.versions.get(version, self.later)
        if behaviour is None:
            raise LookupError(f"nothing says how version {version} of {self.name} behaves")
        return behaviour

    def error_share(self, version: str, second: float) -> float:
        """Of the calls that `version` gets at `second`, its own errors and those of outages."""
        survival = 1.0 - level_at(self.behaviour(version).errors, second)
        for outage in self.outages:
            if outage.start <= second < outage.end:
                survival *= 1.0 - outage.errors
        return 1.0 - survival

    def steps(self) -> list[float]:
        """Every second at which something changes, ascending."""
        changes = {second for level in self._levels() for second in _steps_of(level)}
        changes |= {edge for outage in self.outages for edge in (outage.start, outage.end)}
        return sorted(changes)

    def _levels(self) -> Iterator[Level]:
        yield self.calls_per_second
        for version in (*self.versions.values(), *filter(None, [self.later])):
            yield from (version.errors, version.latency_ms, version.timeouts)


def level_at(level: Level, second: float) -> float:
    """Return the level's value at `second`; before the first step it is that step's value."""
    if isinstance(level, int | float):
        return float(level)
    index = bisect_right(level, second, key=lambda step: step[0])
    return float(level[max(index - 1, 0)][1])


def _steps_of(level: Level) -> list[float]:
    return [] if isinstance(level, int | float) else [second for second, _ in level]
