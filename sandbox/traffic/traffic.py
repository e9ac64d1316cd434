"""Calls that nobody makes one by one, sampled by the minute with all that CloudWatch would show."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from math import exp, floor
from statistics import NormalDist
from zlib import crc32

import numpy as np

from sandbox.kernel.clock import Clock
from sandbox.services.awslambda import Answer
from sandbox.services.cloudwatch import CloudWatch
from sandbox.services.cloudwatch.store import MINUTE, Metric
from sandbox.services.cloudwatch.summary import Summary
from sandbox.services.observability import Routing, dimension_sets
from sandbox.traffic.description import Synthetic, level_at

#: Latencies are log-normal, here as equally likely multiples of the median.
_SPREAD = [exp(0.3 * NormalDist().inv_cdf((n + 0.5) / 50)) for n in range(50)]
_EQUALLY = [1 / len(_SPREAD)] * len(_SPREAD)


@cache
def _durations(median: float, limit: float) -> list[float]:
    """Milliseconds of each slice of the spread; Lambda ends what would take longer than `limit`."""
    return [min(round(median * slower, 2), limit) for slower in _SPREAD]


class Traffic:
    """The traffic of one function from now on, through whatever its alias routes to.

    Minutes are sampled when somebody looks, and the part of a minute before a change of the alias
    when it changes; who looks how often does not change what is sampled.
    """

    def __init__(
        self,
        synthetic: Synthetic,
        clock: Clock,
        cloudwatch: CloudWatch,
        routing: Routing,
        seed: int = 1,
    ) -> None:
        self._synthetic = synthetic
        self._clock = clock
        self._cloudwatch = cloudwatch
        self._routing = routing
        self._start = self._sampled = clock.now
        name = crc32(synthetic.name.encode())
        self._random = np.random.default_rng([seed, name])
        self._random_answers = np.random.default_rng([seed, name, 1])
        self._running = True
        cloudwatch.sources.append(self.catch_up)

    def stop(self) -> None:
        """No more callers."""
        self._advance(self._clock.now)
        if self._running:
            self._running = False
            self._cloudwatch.sources.remove(self.catch_up)

    def catch_up(self) -> None:
        """Sample every minute that is over."""
        self._advance(floor(self._clock.now / MINUTE) * MINUTE)

    def alias_changing(self, function: str, alias: str) -> None:
        """Sample what ran by the old weights."""
        if (function, alias) == (self._synthetic.name, self._synthetic.alias):
            self._advance(self._clock.now)

    def answer(self, version: str, event: bytes, now: float) -> Answer:  # noqa: ARG002
        """Say how a call ends that somebody does make: Lambda asks here."""
        second = now - self._start
        behaviour = self._synthetic.behaviour(version)
        hangs = self._random_answers.random() < level_at(behaviour.timeouts, second)
        fails = self._random_answers.random() < self._synthetic.error_share(version, second)
        slower = _SPREAD[self._random_answers.integers(len(_SPREAD))]
        milliseconds = level_at(behaviour.latency_ms, second) * slower
        if hangs:
            milliseconds = self._limit + 1.0
        payload = {"version": version}
        if fails:
            payload = {"errorType": "SyntheticError", "errorMessage": "this call fails, as asked"}
        return Answer(json.dumps(payload).encode(), bool(fails), milliseconds)

    @property
    def _limit(self) -> float:
        return self._synthetic.timeout_seconds * 1000.0

    def _advance(self, to: float) -> None:
        if not self._running or to <= self._sampled:
            return
        if shares := self._routing(self._synthetic.name, self._synthetic.alias):
            for start, end in self._segments(self._sampled, to):
                self._sample(start, end, shares)
        self._sampled = to

    def _segments(self, start: float, end: float) -> Iterator[tuple[float, float]]:
        """Cut at minutes, and wherever the description changes."""
        minutes = range((floor(start / MINUTE) + 1) * MINUTE, int(end) + 1, MINUTE)
        steps = [self._start + second for second in self._synthetic.steps()]
        cuts = sorted({at for at in (*minutes, *steps) if start < at < end})
        return zip((start, *cuts), (*cuts, end), strict=True)

    def _sample(self, start: float, end: float, shares: Mapping[str, float]) -> None:
        second = start - self._start
        rate = level_at(self._synthetic.calls_per_second, second)
        calls = int(self._random.poisson(rate * (end - start)))
        split = self._random.multinomial(calls, list(shares.values()))
        for version, count in zip(shares, split, strict=True):
            if count:
                weighted = len(shares) > 1
                for ended, durations in self._calls(version, int(count), start, end).items():
                    errors = self._errors(version, durations, second)
                    self._record(version, weighted, durations, errors, start, ended)

    def _calls(
        self, version: str, count: int, start: float, end: float
    ) -> dict[int, Counter[float]]:
        """How many calls took how many milliseconds, by the minute in which they ended.

        Those below a second count as ended in the minute they started in.
        """
        second = start - self._start
        behaviour = self._synthetic.behaviour(version)
        hanging = int(self._random.binomial(count, level_at(behaviour.timeouts, second)))
        latency = level_at(behaviour.latency_ms, second)
        spread = self._random.multinomial(count - hanging, _EQUALLY).tolist()
        quick: Counter[float] = Counter()
        slow: Counter[float] = Counter({self._limit: hanging})
        for duration, times in zip(_durations(latency, self._limit), spread, strict=True):
            if times:
                (quick if duration < 1000 else slow)[duration] += times
        by_end = {floor(start / MINUTE) * MINUTE: quick} if quick else {}
        for duration, times in slow.items():
            for minute, part in self._endings(duration / 1000, times, start, end):
                by_end.setdefault(minute, Counter())[duration] += part
        return by_end

    def _endings(
        self, seconds: float, count: int, start: float, end: float
    ) -> Iterator[tuple[int, int]]:
        """Count by their last minute the calls of `seconds` that start evenly in [start, end)."""
        start, end = start + seconds, end + seconds
        first = floor(start / MINUTE) * MINUTE
        beyond = max(end - first - MINUTE, 0.0) / (end - start)
        later = int(self._random.binomial(count, min(beyond, 1.0))) if beyond else 0
        if count > later:
            yield first, count - later
        if later:
            yield first + MINUTE, later

    def _errors(self, version: str, durations: Counter[float], second: float) -> int:
        """All that ran into the timeout, and some of the others."""
        timed_out = durations[self._limit]
        cluster = self._synthetic.behaviour(version).cluster
        clusters, single = divmod(durations.total() - timed_out, cluster)
        share = self._synthetic.error_share(version, second)
        clustered = cluster * int(self._random.binomial(clusters, share))
        return timed_out + clustered + int(self._random.binomial(single, share))

    def _record(
        self,
        version: str,
        weighted: bool,
        durations: Counter[float],
        errors: int,
        started: float,
        ended: float,
    ) -> None:
        calls = durations.total()
        outcomes = {1.0: float(errors), 0.0: float(calls - errors)}
        measured = {
            "Invocations": (Summary.of({1.0: float(calls)}), "Count"),
            "Errors": (Summary.of({k: n for k, n in outcomes.items() if n}), "Count"),
            "Duration": (Summary.of(dict(durations)), "Milliseconds"),
        }
        synthetic = self._synthetic
        for dimensions in dimension_sets(synthetic.name, synthetic.alias, version, weighted):
            for name, (summary, unit) in measured.items():
                metric = Metric.of("AWS/Lambda", name, dimensions)
                self._cloudwatch.record(metric, summary, started=started, ended=ended, unit=unit)
