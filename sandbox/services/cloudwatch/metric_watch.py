"""What a metric alarm watches: data points of a metric or expression against a threshold."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sandbox.services.cloudwatch.errors import UnsupportedError, validation_error
from sandbox.services.cloudwatch.missing_data import State, Treatment, next_state
from sandbox.services.cloudwatch.query import Query, Window, answer, parse_queries, periods
from sandbox.services.cloudwatch.store import DAY, MetricStore

#: CloudWatch looks at more data points than an alarm evaluates, so that an old breach can linger
#: when newer ones are missing. How many more is not documented but for one example: 5 for 3.
REACH_BACK = 2

_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
_UNMODELLED = ("ThresholdMetricId", "EvaluationCriteria", "EvaluationInterval")


@dataclass(frozen=True, slots=True)
class Finding:
    """A change of state, with the reason in CloudWatch's words."""

    state: State
    reason: str
    points: list[float | None]


@dataclass(frozen=True, slots=True)
class MetricWatch:
    """An alarm's condition on a metric: what is compared with what, and over how many periods."""

    queries: tuple[Query, ...]
    watched: str
    period: int
    evaluated: int
    to_alarm: int
    threshold: float
    comparison: str
    treatment: Treatment

    def evaluate(self, now: float, current: State, store: MetricStore) -> Finding | None:
        """Return the state that the periods up to the current minute call for, if it is another.

        The periods slide from minute to minute with the evaluation, however long they are.
        """
        end = int(now) // 60 * 60
        start = end - self.period * (self.evaluated + REACH_BACK)
        series = answer(self.queries, Window(start, end, now), store)[self.watched].points
        points = [series.get(at) for at in range(start, end, self.period)]
        breaches, words = _COMPARISONS[self.comparison]
        breaching = [None if p is None else breaches(p, self.threshold) for p in points]
        state = next_state(
            breaching,
            evaluated=self.evaluated,
            to_alarm=self.to_alarm,
            treatment=self.treatment,
            current=current,
        )
        if state == current:
            return None
        real = [(at, p) for at, p in zip(range(start, end, self.period), points, strict=True)]
        shown = [(at, p) for at, p in real if p is not None][-self.evaluated :]
        return Finding(state, self._reason(state, shown, words), points)

    def _reason(self, state: State, shown: list[tuple[int, float]], words: str) -> str:
        if not shown:
            if state == "INSUFFICIENT_DATA":
                return f"Insufficient Data: {_datapoints(self.evaluated)} unknown."
            treated = {"breaching": "[Breaching]", "notBreaching": "[NonBreaching]"}
            return (
                f"Threshold Crossed: no datapoints were received for {self.evaluated} period(s) "
                f"and missing datapoints were treated as {treated.get(self.treatment, 'missing')}."
            )
        values = ", ".join(
            f"{p} ({datetime.fromtimestamp(at, UTC):%d/%m/%y %H:%M:%S})"
            for at, p in reversed(shown)
        )
        negation = "" if state == "ALARM" else "not "
        return (
            f"Threshold Crossed: {_datapoints(len(shown), f' [{values}]')} {negation}{words} "
            f"the threshold ({self.threshold})."
        )


def _datapoints(count: int, which: str = "") -> str:
    return f"{count} datapoint{which} was" if count == 1 else f"{count} datapoints{which} were"


def parse_watch(definition: Mapping[str, Any]) -> MetricWatch:
    """Read PutMetricAlarm's parameters; refuse what AWS refuses and what is not modelled."""
    for name in _UNMODELLED:
        if definition.get(name):
            raise UnsupportedError(f"alarms with {name}")
    if definition.get("EvaluateLowSampleCountPercentile", "evaluate") != "evaluate":
        raise UnsupportedError("EvaluateLowSampleCountPercentile: ignore")
    comparison = definition["ComparisonOperator"]
    if comparison not in _COMPARISONS:
        raise UnsupportedError(f"the comparison {comparison}")
    treatment = definition.get("TreatMissingData", "missing")
    if treatment not in _TREATMENTS:
        raise validation_error(
            f"Option {treatment} is not supported. Supported options for parameter "
            "TreatMissingData are breaching, notBreaching, ignore and missing."
        )
    if definition.get("Threshold") is None:
        raise validation_error("The parameter Threshold is required.")
    queries, watched, period = _sources(definition)
    evaluated = definition["EvaluationPeriods"]
    to_alarm = definition.get("DatapointsToAlarm", evaluated)
    if not 1 <= to_alarm <= evaluated:
        raise validation_error(
            "The value for DatapointsToAlarm must be from 1 to the value of EvaluationPeriods."
        )
    longest = 7 * DAY if period >= 3600 else DAY
    if period * evaluated > longest:
        raise validation_error(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be "
            f"<= {longest})."
        )
    return MetricWatch(
        queries=tuple(queries),
        watched=watched,
        period=period,
        evaluated=evaluated,
        to_alarm=to_alarm,
        threshold=float(definition["Threshold"]),
        comparison=comparison,
        treatment=cast(Treatment, treatment),
    )


def _sources(definition: Mapping[str, Any]) -> tuple[list[Query], str, int]:
    """Return the queries, the id of the one that is compared, and their period."""
    metrics = definition.get("Metrics")
    if not metrics:
        query = parse_queries([_single(definition)], "Metrics")
        return query, query[0].name, definition["Period"]
    if definition.get("MetricName"):
        raise validation_error("Metrics must not be specified together with MetricName.")
    queries = parse_queries(metrics, "Metrics")
    returned = [query.name for query in queries if query.returned]
    if len(returned) != 1:
        raise validation_error("Exactly one element of Metrics must have ReturnData set to true.")
    grid = periods(queries)
    if len(grid) != 1:
        raise validation_error("Metrics list must contain metrics that all have the same Period.")
    return queries, returned[0], grid.pop()


def _single(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Write an alarm on one metric as a query."""
    for name in ("MetricName", "Namespace", "Period"):
        if not definition.get(name):
            raise validation_error(f"The parameter {name} is required.")
    plain, extended = definition.get("Statistic"), definition.get("ExtendedStatistic")
    if (plain is None) == (extended is None):
        raise validation_error("Exactly one of Statistic and ExtendedStatistic is required.")
    metric = {name: definition.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    return {
        "Id": "m1",
        "MetricStat": {
            "Metric": metric,
            "Period": definition["Period"],
            "Stat": plain or extended,
            "Unit": definition.get("Unit"),
        },
    }
