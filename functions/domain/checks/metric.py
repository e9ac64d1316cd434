"""`metric`: any CloudWatch metric, or metric math over several, within limits.

The periods that count began in a later minute than the first shift, within the look-back, and have
been over for two minutes, by when their data are expected. One out of limits fails.
"""

from dataclasses import dataclass
from math import inf
from typing import Annotated, Any

from annotated_types import Ge, Le, Len, MultipleOf

from domain.checks.support.check import Check, CheckOptions
from domain.checks.support.context import LOOK_BACK, CheckContext, When
from domain.checks.support.metric_queries import JUDGED, Line, differs, problems, queries
from domain.model.clock import iso
from domain.model.member import ARRIVAL, label
from domain.model.naming import Home
from domain.model.questions import Answers, Series
from domain.model.verdict import Outcome, Verdict, worst

ALLOWED = {
    "namespace": "1 to 255 characters, such as AWS/Lambda",
    "metric": "1 to 255 characters, such as Errors",
    "dimensions": 'names and values, such as {"FunctionName": "${function}"}',
    "stat": "a CloudWatch statistic, such as Sum, Average or p99.9",
    "queries": "1 to 20 objects with an id and a metric, or an expression over ids before it",
    "expression": "metric math over the queries' ids",
    "min": "a number",
    "max": "a number",
    "period": "seconds, whole minutes by which an hour can be divided: 60, 120, 180 ... 3600",
    "window": "seconds from 60 to 86,400, a multiple of the period",
}
WHEN: tuple[When, ...] = ("during", "before", "after")

_HOUR = 3_600
_METRIC = ("namespace", "metric", "dimensions", "stat")

Text = Annotated[str, Len(1, 255)]


@dataclass(frozen=True)
class Options(CheckOptions):
    """Either one metric, or `queries` with an `expression` over them."""

    namespace: Text | None = None
    metric: Text | None = None
    dimensions: dict[str, str] | None = None
    stat: Text | None = None
    queries: Annotated[list[dict[str, str | dict[str, str]]], Len(1, 20)] | None = None
    expression: Annotated[str, Len(1, 2_048)] | None = None
    min: float | None = None
    max: float | None = None
    period: Annotated[int, Ge(60), Le(_HOUR), MultipleOf(60)] = 60
    window: Annotated[int, Ge(60), Le(LOOK_BACK), MultipleOf(60)] | None = None

    def problem(self) -> str | None:
        """Refuse a metric beside queries, limits that nothing meets, and queries that are wrong."""
        given = {key: value for key, value in vars(self).items() if value is not None}
        several = given.keys() & {"queries", "expression"}
        if several and (len(several) < 2 or given.keys() & _METRIC):
            return "give either a metric, or queries with an expression over them"
        if self.min is None and self.max is None:
            return "give min or max, or both"
        if self.min is not None and self.max is not None and self.min > self.max:
            return f"min: {self.min:g} is above max, {self.max:g}"
        if _HOUR % self.period:  # so that periods end where hours do
            return f"period: an hour cannot be divided by {self.period}"
        if self.window is not None and self.window % self.period:
            return f"window: {self.window} is no multiple of the period, {self.period}"
        paths = [*(f"queries[{at}]." for at in range(len(self.queries or []))), ""]
        return "; ".join(problems(_lines(given), paths)) or None


def prepare(options: dict[str, Any], _home: Home) -> dict[str, Any]:
    """Fill in the default period."""
    return {"period": 60, **options}


def ask(options: dict[str, Any], context: CheckContext) -> list[Series]:
    """Ask for the periods that are over, if there are any yet."""
    asked = _questions(options, context).values()
    return [question for question in asked if question.start < question.end]


def judge(options: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    """Judge the metric, for each function of the group where it differs among them."""
    return worst(
        _judge_one(options, whose, question, answers)
        for whose, question in _questions(options, context).items()
    )


def _judge_one(options: dict[str, Any], whose: str, question: Series, answers: Answers) -> Verdict:
    name = whose + _described(options)
    ended = f"period of {question.period} s"
    if question.start >= question.end:
        return Verdict(Outcome.INCONCLUSIVE, f"{name}: no whole {ended} is over yet")
    points = answers.to(question)[question.queries[-1].id]
    if not points:
        return Verdict(Outcome.INCONCLUSIVE, f"{name}: no data since {iso(question.start)}")
    low, high = options.get("min", -inf), options.get("max", inf)
    limits = {"at least": options.get("min"), "at most": options.get("max")}
    bounds = [f"{bound} {limit:g}" for bound, limit in limits.items() if limit is not None]
    allowed = f"{' and '.join(bounds)} is allowed"
    outside = [point for point in points if not low <= point[1] <= high]
    if outside:
        at, farthest = max(outside, key=lambda point: max(low - point[1], point[1] - high))
        found = f"{farthest:,g} at {iso(at)}; {len(outside)} of {len(points)} periods out of limits"
        return Verdict(Outcome.FAIL, f"{name}: {found}; {allowed}")
    values = [value for _, value in points]
    found = f"{min(values):,g} to {max(values):,g} in {len(points)} periods"
    return Verdict(Outcome.PASS, f"{name}: {found}; {allowed}")


def _questions(options: dict[str, Any], context: CheckContext) -> dict[str, Series]:
    """Say what to ask about each function; what is about none of them is under ""."""
    lines, period = _lines(options), options["period"]
    end = (context.now - ARRIVAL) // period * period
    length = options.get("window", max(context.look_back, 3 * period) // period * period)
    start = end - length
    if context.when != "before":
        start = max(start, -(-(context.since + 60) // period) * period)
    members = context.released if differs(lines) else context.released[:1]
    return {
        f"{label(one)}: " if differs(lines) else "": Series(queries(lines, one), start, end, period)
        for one in members
    }


def _lines(options: dict[str, Any]) -> list[Line]:
    """Return the queries, of which the last is judged."""
    if "queries" in options:
        return [*options["queries"], {"id": JUDGED, "expression": options["expression"]}]
    return [{"id": "metric", **{key: options[key] for key in _METRIC if key in options}}]


def _described(options: dict[str, Any]) -> str:
    parts = [
        options.get("expression"),
        options.get("namespace"),
        options.get("metric"),
        options.get("stat"),
    ]
    text = " ".join(part for part in parts if part)
    return text if len(text) <= 100 else f"{text[:100]}..."


CHECK = Check(Options, ALLOWED, WHEN, judge, prepare=prepare, ask=ask)
