"""How others decide on a canary, each from its own documentation, and this project's judge.

Every rule looks at each closed minute once, with all its defaults or, where it has none, with the
values of its documentation's example. Where an example looks more seldom (Argo: every 5 minutes),
the rule here is quicker than documented.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from domain.judging import sequential
from domain.judging.sequential import Minute
from domain.model.verdict import Outcome


class Move(Enum):
    """What a rule wants done next."""

    GO_ON = auto()
    HOLD = auto()  # keep the weight for another minute
    ROLL_BACK = auto()


@dataclass(frozen=True)
class Look:
    """One closed minute, and whether it is the last at its weight, or of the rollout."""

    minute: Minute
    ends_weight: bool
    ends_rollout: bool


class Rule(Protocol):
    """A way to decide, asked after every minute."""

    def look(self, look: Look, /) -> Move:
        """Decide by one more closed minute."""
        ...


class Judge:
    """This project: alpha 1 %, 20 canary calls before the weight moves, held up to 10 minutes."""

    def __init__(self) -> None:
        self._case = sequential.begin()
        self._hold_left = 10

    def look(self, look: Look) -> Move:
        """Add the minute to the case, and go by its verdict."""
        self._case = sequential.step(self._case, look.minute)
        outcome = sequential.verdict(self._case, alpha=0.01, min_calls=20).outcome
        if outcome is Outcome.FAIL:
            return Move.ROLL_BACK
        if outcome is Outcome.INCONCLUSIVE and self._hold_left:
            self._hold_left -= 1
            return Move.HOLD
        return Move.GO_ON


class AwsSample:
    """Any error of the canary in the last minute before the weight is raised.

    https://github.com/aws-samples/aws-lambda-deploy (functions/health_check), the sample of the AWS
    blog "Implementing canary deployments of AWS Lambda functions with alias traffic shifting".
    """

    def look(self, look: Look) -> Move:
        """Look only when a weight ends."""
        failed = look.ends_weight and look.minute.canary_errors > 0
        return Move.ROLL_BACK if failed else Move.GO_ON


class Alarm:
    """CodeDeploy with the alarm of SAM's documentation: errors on the alias in two minutes running.

    "Gradual code deployment": AliasErrorMetricGreaterThanZeroAlarm, Sum > 0, Period 60,
    EvaluationPeriods 2; its twin on the new version never fires before it. Minutes without calls
    are missing data, which leave an alarm as it is.
    """

    def __init__(self) -> None:
        self._running = 0

    def look(self, look: Look) -> Move:
        """Roll back at the second bad minute running."""
        minute = look.minute
        if minute.canary_calls + minute.baseline_calls:
            failed = minute.canary_errors + minute.baseline_errors > 0
            self._running = self._running + 1 if failed else 0
        return Move.ROLL_BACK if self._running >= 2 else Move.GO_ON


class Flagger:
    """A success rate of at least 99 % in each minute; at the fifth failed check it rolls back.

    https://docs.flagger.app/usage/how-it-works and /usage/metrics: interval 1m, threshold 5,
    request-success-rate min 99. A failed check, which no data is too, halts the advancement.
    """

    def __init__(self) -> None:
        self._failed = 0

    def look(self, look: Look) -> Move:
        """Count the minutes below 99 %."""
        minute = look.minute
        good = minute.canary_calls - minute.canary_errors
        if minute.canary_calls and good >= 0.99 * minute.canary_calls:
            return Move.GO_ON
        self._failed += 1
        return Move.ROLL_BACK if self._failed >= 5 else Move.HOLD


class Argo:
    """A success rate of at least 95 %, which may fail three times.

    https://argo-rollouts.readthedocs.io/en/stable/features/analysis/: successCondition
    result[0] >= 0.95, failureLimit 3; no data is an error, of which four in a row are tolerated
    (consecutiveErrorLimit).
    """

    def __init__(self) -> None:
        self._failed = 0
        self._errors_running = 0

    def look(self, look: Look) -> Move:
        """Count the minutes below 95 %, and those without data in a row."""
        minute = look.minute
        self._errors_running = 0 if minute.canary_calls else self._errors_running + 1
        self._failed += minute.canary_calls - minute.canary_errors < 0.95 * minute.canary_calls
        over = self._failed > 3 or self._errors_running > 4
        return Move.ROLL_BACK if over else Move.GO_ON


class Kayenta:
    """Mann-Whitney on the versions' series of error rates, every five minutes and at the end.

    https://github.com/spinnaker/kayenta, NetflixACAJudge-v1.0 and MannWhitneyClassifier: High if
    the 98 % confidence interval of the shift lies above a quarter of the Hodges-Lehmann estimate
    (tolerance 0.25). One metric of direction "increase", so High means score 0.
    """

    def __init__(self) -> None:
        self._canary: list[float] = []
        self._baseline: list[float] = []
        self._minutes = 0

    def look(self, look: Look) -> Move:
        """Compare the two series every fifth minute and at the end."""
        minute = look.minute
        self._minutes += 1
        if minute.canary_calls:
            self._canary.append(minute.canary_errors / minute.canary_calls)
        if minute.baseline_calls:
            self._baseline.append(minute.baseline_errors / minute.baseline_calls)
        if self._minutes % 5 and not look.ends_rollout:
            return Move.GO_ON
        high = shifted_up(np.array(self._canary), np.array(self._baseline))
        return Move.ROLL_BACK if high else Move.GO_ON


_TOLERANCE = 0.25
_QUANTILE = NormalDist().inv_cdf(0.99)  # a two-sided interval of 98 %


def shifted_up(canary: NDArray[np.float64], baseline: NDArray[np.float64]) -> bool:
    """Tell whether the lower end of the confidence interval exceeds the tolerance.

    That end is the shift at which the rank sum's statistic falls to the quantile. Since it falls
    with the shift, it is enough to look at the tolerance. With too few points it is below the
    quantile everywhere, and the end is taken to be the least difference (as in R's wilcox.test).
    """
    if not canary.size or not baseline.size or not canary.mean() > baseline.mean():
        return False
    tolerance = _TOLERANCE * abs(float(np.median(canary[:, None] - baseline)))
    least = canary.min() - baseline.max()
    if _rank_sum_z(canary - least, baseline) <= _QUANTILE:
        return bool(least > tolerance)
    return _rank_sum_z(canary - tolerance, baseline) > _QUANTILE


def _rank_sum_z(canary: NDArray[np.float64], baseline: NDArray[np.float64]) -> float:
    """Approximate the rank sum by a normal, corrected for ties and continuity.

    Hollander and Wolfe, Nonparametric Statistical Methods, section 4.1.
    """
    beyond = float(np.sign(canary[:, None] - baseline).sum()) / 2  # rank sum less its expectation
    both = canary.size + baseline.size
    ties = np.unique(np.concatenate([canary, baseline]), return_counts=True)[1]
    variance = float(both + 1 - (ties**3 - ties).sum() / (both * (both - 1)))
    variance *= canary.size * baseline.size / 12
    if variance <= 0:  # all are tied
        return 0.0
    return float((beyond - np.sign(beyond) / 2) / variance**0.5)


RULES: dict[str, Callable[[], Rule]] = {
    "this judge": Judge,
    "AWS's sample": AwsSample,
    "CodeDeploy alarm": Alarm,
    "Flagger": Flagger,
    "Argo Rollouts": Argo,
    "Kayenta": Kayenta,
}
