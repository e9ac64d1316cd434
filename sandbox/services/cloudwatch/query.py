"""Metric data queries, as GetMetricData and alarms on several metrics write them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.services.cloudwatch import expression
from sandbox.services.cloudwatch.errors import UnsupportedError, validation_error
from sandbox.services.cloudwatch.metric_math import Scope, Series, evaluate
from sandbox.services.cloudwatch.partial_answers import COMPLETE, PartialAnswer, worst
from sandbox.services.cloudwatch.statistics import Statistic, statistic
from sandbox.services.cloudwatch.store import MINUTE, Metric, MetricStore

_ID = re.compile(r"[a-z]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class MetricStat:
    """A statistic of a metric in periods."""

    metric: Metric
    unit: str | None
    statistic: Statistic
    period: int


@dataclass(frozen=True, slots=True)
class Query:
    """One query: either a metric's statistic or an expression over other queries."""

    name: str
    label: str
    returned: bool
    source: MetricStat | expression.Node


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of a query, and whether they are whole."""

    points: Series
    status: str


@dataclass(frozen=True, slots=True)
class Window:
    """The periods that begin in [start, end), seen from `now`; all in epoch seconds."""

    start: int
    end: int
    now: float


def parse_queries(raw: Sequence[Mapping[str, Any]], where: str) -> list[Query]:
    """Parse the queries of a request; `where` is the parameter's name in error messages."""
    queries = [_parse_query(item, f"{where}.member.{n}") for n, item in enumerate(raw, 1)]
    ids = [query.name for query in queries]
    if len(set(ids)) < len(ids):
        raise validation_error(f"The values for parameter id in array {where} are not unique")
    for query in queries:
        if not isinstance(query.source, MetricStat):
            for name in expression.names(query.source):
                if name not in ids and name not in ("REPEAT", "LINEAR"):
                    raise validation_error(
                        f"Error in expression '{query.name}': unknown id '{name}'"
                    )
    return queries


def _parse_query(raw: Mapping[str, Any], where: str) -> Query:
    name = raw["Id"]
    if not _ID.fullmatch(name):
        raise validation_error(
            f"The value '{name}' for parameter {where}.Id is not matching the expected pattern "
            "^[a-z][a-zA-Z0-9_]*$."
        )
    stat: Mapping[str, Any] | None = raw.get("MetricStat")
    text: str = raw.get("Expression", "")
    if (stat is None) == (not text):
        raise validation_error(
            f"Exactly one of the parameters {where}.MetricStat and {where}.Expression is required."
        )
    if raw.get("AccountId"):
        raise UnsupportedError("metrics of other accounts")
    if stat is not None:
        return Query(
            name,
            raw.get("Label") or stat["Metric"]["MetricName"],
            raw.get("ReturnData", True),
            parse_stat(stat, where),
        )
    if re.match(r"\s*SELECT\b", text):
        raise UnsupportedError("Metrics Insights queries")
    label = raw.get("Label") or name
    return Query(name, label, raw.get("ReturnData", True), expression.parse(text))


def parse_stat(raw: Mapping[str, Any], where: str) -> MetricStat:
    """Parse the statistic that a query asks for."""
    metric = raw["Metric"]
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or ()}
    return MetricStat(
        Metric.of(metric["Namespace"], metric["MetricName"], dimensions),
        raw.get("Unit"),
        statistic(raw["Stat"]),
        checked_period(raw["Period"], f"{where}.MetricStat.Period"),
    )


def checked_period(period: int, where: str) -> int:
    """Seconds, a multiple of a minute: periods of high resolution are not modelled."""
    if period in (1, 5, 10, 20, 30):
        raise UnsupportedError("metrics of high resolution (periods below 60 s)")
    if period < MINUTE or period % MINUTE:
        raise validation_error(f"The parameter {where} must be a multiple of 60.")
    return period


def periods(queries: Iterable[Query]) -> set[int]:
    """Return the periods of all queries that have one."""
    return {query.source.period for query in queries if isinstance(query.source, MetricStat)}


def answer(
    queries: Sequence[Query],
    window: Window,
    store: MetricStore,
    partial_answers: Sequence[PartialAnswer] = (),
) -> dict[str, Answer]:
    """Every query's data points by id, expressions after what they refer to."""
    answers: dict[str, Answer] = {}
    for query in queries:
        if isinstance(query.source, MetricStat):
            answers[query.name] = _read(query.source, window, store, partial_answers)
    waiting = {query.name: query for query in queries if query.name not in answers}
    while waiting:
        ready = [q for q in waiting.values() if not waiting.keys() & set(_references(q))]
        if not ready:
            raise validation_error(f"Error in expression '{next(iter(waiting))}': it is circular")
        for query in ready:
            answers[query.name] = _compute(waiting.pop(query.name), queries, answers, window)
    return answers


def _references(query: Query) -> Iterable[str]:
    return () if isinstance(query.source, MetricStat) else expression.names(query.source)


def _read(
    source: MetricStat, window: Window, store: MetricStore, partial_answers: Sequence[PartialAnswer]
) -> Answer:
    summaries = store.read(
        source.metric,
        start=window.start,
        end=window.end,
        period=source.period,
        now=window.now,
        unit=source.unit,
    )
    points = {}
    for at, summary in summaries.items():
        if (point := source.statistic(summary)) is not None:
            points[at] = float(point)
    for partial in partial_answers:
        if partial.strikes(source.metric):
            return Answer(partial.spoil(points), partial.status)
    return Answer(points, COMPLETE)


def _compute(
    query: Query, queries: Sequence[Query], answers: Mapping[str, Answer], window: Window
) -> Answer:
    assert not isinstance(query.source, MetricStat)
    grid = periods(queries)
    if len(grid) > 1:
        raise UnsupportedError("expressions over metrics of different periods")
    scope = Scope(
        {name: known.points for name, known in answers.items()},
        [other.name for other in queries if isinstance(other.source, MetricStat)],
        range(window.start, window.end, grid.pop() if grid else MINUTE),
    )
    status = worst(answers[name].status for name in _references(query) if name in answers)
    return Answer(evaluate(query.source, scope), status)
