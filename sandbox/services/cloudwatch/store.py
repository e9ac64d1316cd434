"""The data of all metrics, summed up by minute, with the delay after which they can be read.

A real CloudWatch answers late: what happened in a minute can be asked for only some time after it
ended. So each summary carries the time from which it is visible, and every read says when it asks.
"""

from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush
from typing import NamedTuple, Self

from sandbox.services.cloudwatch.summary import Summary

MINUTE = 60
DAY = 86_400

#: Seconds for which data points of each period are kept, as CloudWatch documents it: when their
#: time is up they live on only as part of the next coarser ones.
RETENTION = {MINUTE: 15 * DAY, 300: 63 * DAY, 3600: 455 * DAY}
COARSER = {MINUTE: 300, 300: 3600}


class Metric(NamedTuple):
    """A metric's identity: each exact set of dimensions is a metric of its own."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> Self:
        return cls(namespace, name, tuple(sorted(dimensions.items())))


class MetricStore:
    """Summaries by metric, unit and minute. Times are epoch seconds."""

    def __init__(self) -> None:
        self._series: dict[Metric, dict[str, _Series]] = {}

    def add(
        self,
        metric: Metric,
        summary: Summary,
        *,
        at: float,
        visible_at: float,
        unit: str = "None",
    ) -> None:
        """Record under the minute of `at`; who asks before `visible_at` does not see it.

        The summary must not be changed by the caller afterwards.
        """
        units = self._series.setdefault(metric, {})
        series = units.get(unit)
        if series is None:
            series = units[unit] = _Series()
        series.add(int(at) // MINUTE * MINUTE, summary, visible_at)

    def read(
        self,
        metric: Metric,
        *,
        start: int,
        end: int,
        period: int,
        now: float,
        unit: str | None = None,
    ) -> dict[int, Summary]:
        """Return what can be seen `now`, by start of period, each after the other from `start`.

        The last period is read whole even if `end` falls inside it. Without a unit the data of
        all units come together.
        """
        end = start + -(-(end - start) // period) * period
        parts: dict[int, list[Summary]] = {}
        for name, series in self._series.get(metric, {}).items():
            if unit is not None and unit != name:
                continue
            for at, summary in series.visible(start, end, period, now):
                parts.setdefault(at - (at - start) % period, []).append(summary)
        return {at: Summary.merged(parts[at]) for at in sorted(parts)}

    def metrics(self, now: float) -> Iterator[Metric]:
        """Every metric of which anything can be seen `now`, in the order of first arrival."""
        for metric, units in self._series.items():
            if any(series.anything_visible(now) for series in units.values()):
                yield metric


class _Series:
    """One metric in one unit."""

    def __init__(self) -> None:
        self._minutes: dict[int, list[tuple[float, Summary]]] = {}
        self._coarse: dict[int, dict[int, Summary]] = {300: {}, 3600: {}}
        self._aging: list[tuple[int, int, int]] = []  # a heap of (expiry, resolution, time)

    def add(self, minute: int, summary: Summary, visible_at: float) -> None:
        layers = self._minutes.get(minute)
        if layers is None:
            layers = self._minutes[minute] = []
            self._will_age(minute, MINUTE)
            # What nobody ever reads must not grow either.
            self._roll_up(minute)
        for index, (known_at, known) in enumerate(layers):
            if known_at == visible_at:
                layers[index] = (known_at, Summary.merged((known, summary)))
                return
        layers.append((visible_at, summary))

    def visible(
        self, start: int, end: int, period: int, now: float
    ) -> Iterator[tuple[int, Summary]]:
        """(time, summary) of all data in [start, end) fine enough for `period`, seen from `now`."""
        self._roll_up(now)
        for minute in _within(self._minutes, start, end, MINUTE):
            for visible_at, summary in self._settled(minute, now):
                if visible_at <= now:
                    yield minute, summary
        for resolution, table in self._coarse.items():
            if period % resolution == 0:
                for at in _within(table, start, end, resolution):
                    yield at, table[at]

    def anything_visible(self, now: float) -> bool:
        return any(self._coarse.values()) or any(
            visible_at <= now for layers in self._minutes.values() for visible_at, _ in layers
        )

    def _settled(self, minute: int, now: float) -> list[tuple[float, Summary]]:
        """Return the minute's layers, merged for good once all of them have become visible."""
        layers = self._minutes[minute]
        if len(layers) > 1:
            latest = max(visible_at for visible_at, _ in layers)
            if latest <= now:
                layers[:] = [(latest, Summary.merged(summary for _, summary in layers))]
        return layers

    def _will_age(self, at: int, resolution: int) -> None:
        """All data points of one coarser period expire together, so that it is never half there."""
        coarser = COARSER.get(resolution, resolution)
        expiry = at // coarser * coarser + coarser + RETENTION[resolution]
        heappush(self._aging, (expiry, resolution, at))

    def _roll_up(self, now: float) -> None:
        while self._aging and self._aging[0][0] <= now:
            _, resolution, at = heappop(self._aging)
            if resolution == MINUTE:
                layers = self._minutes.pop(at)
                expired = Summary.merged(summary for _, summary in layers)
            else:
                expired = self._coarse[resolution].pop(at)
            if coarser := COARSER.get(resolution):
                self._join(coarser, at // coarser * coarser, expired)

    def _join(self, resolution: int, at: int, summary: Summary) -> None:
        table = self._coarse[resolution]
        if known := table.get(at):
            summary = Summary.merged((known, summary))
        else:
            self._will_age(at, resolution)
        table[at] = summary


def _within(table: Mapping[int, object], start: int, end: int, resolution: int) -> Iterable[int]:
    """List the times in [start, end) the table knows, by whichever way is shorter."""
    first = -(-start // resolution) * resolution
    if (end - first) // resolution < len(table):
        return (at for at in range(first, end, resolution) if at in table)
    return sorted(at for at in table if start <= at < end)
