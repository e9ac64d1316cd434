"""Simulated releases: what a minute brings to baseline and canary, the same for every rule.

Calls come at random (Poisson) at a pace that wanders by 30 % from minute to minute. Each is routed
to the canary with the weight as its chance, and fails with the error rate of its version.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from domain.judging.sequential import Minute

Counts = NDArray[np.int64]
Rates = NDArray[np.float64]

# CodeDeploy's Linear10PercentEvery3Minutes up to its last split: the weight of each minute.
SCHEDULE = tuple(weight / 10 for weight in range(1, 10) for _ in range(3))
LEVELS = tuple(dict.fromkeys(SCHEDULE))
_SPARE = 20  # minutes beyond the schedule, for rules that hold a weight
_PACE = 0.3
_OUTAGE_MINUTES = 3


@dataclass(frozen=True)
class Release:
    """A kind of release. Rates are probabilities that a call fails."""

    name: str
    calls_per_second: float
    errors: float  # of the baseline, and of the canary but for the next three
    times: float = 1.0  # the canary's rate is this often the baseline's
    plus: float = 0.0  # and this much more
    from_minute: int = 0  # when the canary turns bad
    outage: float = 0.0  # for three minutes, both versions fail at this rate
    bursts: float = 0.0  # both versions' rate wanders together: sd over mean, each minute
    own_noise: float = 0.0  # each version's rate wanders by itself
    cluster: int = 1  # errors come so many at a time, on one version

    @property
    def healthy(self) -> bool:
        """Whether the new version is as good as the old one."""
        return self.times == 1 and self.plus == 0


@dataclass(frozen=True)
class Rollout:
    """One rollout's traffic, for every minute and every weight that it may have then."""

    minutes: list[list[Minute]]
    caused: list[list[float]]  # failed calls that the baseline would have served, expected


class World:
    """The traffic of many rollouts of one kind."""

    def __init__(self, release: Release, rollouts: int, seed: list[int]) -> None:
        self.release = release
        self.rollouts = rollouts
        self._rng = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[Rollout]:
        counts, caused = self._drawn
        for index in range(self.rollouts):
            rows = counts[..., index].tolist()  # minute, level, then the four counts
            yield Rollout(
                minutes=[
                    [Minute(weight, *four) for weight, four in zip(LEVELS, levels, strict=True)]
                    for levels in rows
                ],
                caused=caused[..., index].tolist(),
            )

    @cached_property
    def _drawn(self) -> tuple[Counts, Rates]:
        release, rng = self.release, self._rng
        shape = (len(SCHEDULE) + _SPARE, self.rollouts)
        calls = rng.poisson(release.calls_per_second * 60 * self._wander(_PACE, shape))
        baseline_rate = self._shared_rate(shape)
        canary_rate = self._canary_rate(baseline_rate)
        # From here on with an axis for the weight, between minute and rollout.
        weights = np.array(LEVELS)[None, :, None]
        canary = rng.binomial(calls[:, None, :], weights)
        baseline = calls[:, None, :] - canary
        counts = (
            canary,
            self._failures(canary, canary_rate),
            baseline,
            self._failures(baseline, baseline_rate),
        )
        caused = canary * (canary_rate - baseline_rate)[:, None, :]
        return np.stack(counts, axis=2), caused

    def _shared_rate(self, shape: tuple[int, int]) -> Rates:
        release = self.release
        rate = np.minimum(release.errors * self._wander(release.bursts, shape), 1.0)
        if release.outage:
            begins = self._rng.integers(0, len(SCHEDULE) - _OUTAGE_MINUTES, self.rollouts)
            since = np.arange(shape[0])[:, None] - begins
            rate[(since >= 0) & (since < _OUTAGE_MINUTES)] = release.outage
        return rate

    def _canary_rate(self, baseline: Rates) -> Rates:
        release = self.release
        worse = np.minimum(baseline * release.times, 1.0)
        worse += (1 - worse) * release.plus
        bad = np.arange(len(baseline))[:, None] >= release.from_minute
        return np.where(bad, worse, baseline)

    def _failures(self, calls: Counts, rate: Rates) -> Counts:
        noisy = rate[:, None, :] * self._wander(self.release.own_noise, calls.shape)
        noisy = np.minimum(noisy, 1.0)
        if self.release.cluster == 1:
            return self._rng.binomial(calls, noisy)
        clusters = self._rng.poisson(calls * noisy / self.release.cluster)
        return np.minimum(clusters * self.release.cluster, calls)

    def _wander(self, spread: float, shape: tuple[int, ...]) -> Rates:
        """Factors with mean 1 and this standard deviation (gamma)."""
        if not spread:
            return np.ones(shape)
        return self._rng.gamma(1 / spread**2, spread**2, shape)


HEALTHY = (
    Release("0.1 % errors", 20, 0.001),
    Release("1 % errors", 20, 0.01),
    Release("5 % errors", 20, 0.05),
    Release("0.1 % errors, 500 calls/s", 500, 0.001),
    Release("0.1 % errors, 0.5 calls/s", 0.5, 0.001),
    Release("a shared dependency is out: half fail for 3 min", 20, 0.001, outage=0.5),
    Release("bursts of errors on both versions", 20, 0.01, bursts=1.0),
    Release("each version's rate wanders by 30 %", 20, 0.01, own_noise=0.3),
    Release("errors in clusters of ten on one version", 20, 0.001, cluster=10),
)
BAD = (
    Release("half of the calls fail", 20, 0.001, plus=0.5),
    Release("5 % more fail", 20, 0.001, plus=0.05),
    Release("1 % becomes 5 %", 20, 0.01, times=5),
    Release("1 % becomes 2 %, 500 calls/s", 500, 0.01, times=2),
    Release("0.1 % becomes 0.2 %, 500 calls/s", 500, 0.001, times=2),
    Release("20 % more fail, from minute 12 on", 20, 0.001, plus=0.2, from_minute=12),
    Release("all fail, 0.5 calls/s", 0.5, 0.001, plus=1.0),
)
