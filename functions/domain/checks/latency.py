"""`latency`: a percentile of the canary's durations: in milliseconds, or times the baseline's.

The percentile of an hour cannot be made of those of its minutes, so the whole window is asked for
as one period, which begins at StartTime (github.com/boto/boto3/issues/3457). It never reaches back
before the first shift. At 100 % the baseline gets no calls: the ratio stays that of the last window
before, in which both had some.

A canary that has just got more calls is cold: no window holds the first `warm-up` seconds after an
increase. Until the new weight can be seen, the verdict is on the last window before; but a limit in
milliseconds is not passed at 100 % on calls of less.
"""

from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le, Lt, MultipleOf

from domain.checks.support.check import Check, CheckOptions
from domain.checks.support.context import LOOK_BACK, WARM_UP, CheckContext, When
from domain.checks.support.counts import period
from domain.judging.comparison import MINUTE
from domain.judging.weight_history import stretches
from domain.model.member import LATEST, Shifting, label
from domain.model.naming import Home
from domain.model.questions import Answers, Metric, Query, Series
from domain.model.verdict import Outcome, Verdict, worst

ALLOWED = {
    "percentile": "a number above 0 and below 100, with at most two decimals",
    "max-ms": "milliseconds above 0 and up to 900,000",
    "max-ratio": "a number above 0 and up to 1,000",
    "min-samples": "a whole number from 1 to 1,000,000,000",
    "window": "seconds, a multiple of 60 from 60 to 86,400",
    "warm-up": "whole seconds from 0 to 86,400",
}
WHEN: tuple[When, ...] = ("during", "after")
_COMPARED = {"max-ms": ("canary",), "max-ratio": ("canary", "baseline")}


@dataclass(frozen=True)
class Options(CheckOptions):
    """The percentile, its limits, and the calls that it is taken of."""

    percentile: Annotated[float, Gt(0), Lt(100)] = 99.0
    max_ms: Annotated[float, Gt(0), Le(900_000)] | None = None
    max_ratio: Annotated[float, Gt(0), Le(1_000)] | None = None
    min_samples: Annotated[int, Ge(1), Le(10**9)] | None = None
    window: Annotated[int, Ge(60), Le(LOOK_BACK), MultipleOf(60)] | None = None
    warm_up: Annotated[int, Ge(0), Le(86_400)] = WARM_UP

    def problem(self) -> str | None:
        """Refuse a percentile with many decimals, and one without a limit."""
        if round(self.percentile, 2) != self.percentile:
            return f"percentile: {self.percentile} has more than two decimals"
        if self.max_ms is None and self.max_ratio is None:
            return "give max-ms or max-ratio, or both"
        return None


def prepare(options: dict[str, Any], _home: Home) -> dict[str, Any]:
    """Fill in the defaults."""
    return {"percentile": 99, "warm-up": WARM_UP, **options}


def ask(options: dict[str, Any], context: CheckContext) -> list[Series]:
    """Ask for the percentile of the windows, of each version that a limit is about."""
    return [
        _question(options, context, member, window, version)
        for member in context.members
        for limit, versions in _COMPARED.items()
        if limit in options
        for window in _windows(options, context, limit)
        for version in versions
    ]


def judge(options: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    """Judge each function of the group; the worst verdict stands for all."""
    return worst(
        _judge_one(options, context, member, limit, answers)
        for member in context.members
        for limit in _COMPARED
        if limit in options
    )


def _judge_one(
    options: dict[str, Any], context: CheckContext, member: Shifting, limit: str, answers: Answers
) -> Verdict:
    """Judge by the newest window of which there are calls enough."""
    # Of fewer calls the percentile would be their slowest one.
    several = ceil(round(100 / (100 - options["percentile"]), 6))
    wanted = options.get("min-samples", max(context.min_invocations, several))
    lacking = [f"0 of {wanted:,} canary calls timed so far"]
    for window in _windows(options, context, limit):
        seen = {
            version: _seen(answers, _question(options, context, member, window, version))
            for version in _COMPARED[limit]
        }
        few = [(version, samples) for version, (samples, _) in seen.items() if samples < wanted]
        if not few:
            return _verdict(options, member, limit, seen)
        lacking += [
            f"{samples:,.0f} of {wanted:,} {version} calls timed so far" for version, samples in few
        ]
    return Verdict(Outcome.INCONCLUSIVE, f"{label(member)}: {lacking[:2][-1]}")


def _verdict(
    options: dict[str, Any], member: Shifting, limit: str, seen: dict[str, tuple[float, float]]
) -> Verdict:
    said = ", ".join(
        f"{round(ms, 1):,g} ms of {samples:,.0f} {version} calls"
        for version, (samples, ms) in seen.items()
    )
    most = options[limit]
    if limit == "max-ms":
        slow, allowed = seen["canary"][1] > most, f"{most:,g} ms"
    else:
        slow, allowed = seen["canary"][1] > most * seen["baseline"][1], f"{most:g} times as long"
    return Verdict(
        Outcome.FAIL if slow else Outcome.PASS,
        f"{label(member)}: p{options['percentile']:g} is {said}; at most {allowed} is allowed",
    )


def _seen(answers: Answers, question: Series) -> tuple[float, float]:
    """Return how many calls were timed, and the percentile of their durations in milliseconds."""
    found = answers.to(question)
    if not (found["calls"] and found["percentile"]):
        return 0, 0
    return found["calls"][-1][1], found["percentile"][-1][1]


Window = tuple[int, int]


def _windows(options: dict[str, Any], context: CheckContext, limit: str) -> list[Window]:
    """List the windows that the limit may be judged by, the newest first, each of whole minutes."""
    length = options.get("window", context.look_back)
    warm_up = options["warm-up"]
    at_full = context.weight == 100
    if not warm_up:
        end = (context.shifted_at if limit == "max-ratio" and at_full else context.now) // 60 * 60
        return _window(context.since, end, length)
    found: list[Window] = []
    for stretch in reversed(stretches(context.shifts)):
        if 0 < stretch.first == stretch.last and (limit == "max-ms" or stretch.last < 1):
            end = int(min(stretch.end, context.now)) // 60 * 60
            found += _window(-(-int(stretch.start + warm_up) // 60) * 60, end, length)
    if limit == "max-ms" and at_full:
        return [window for window in found if window[0] >= context.shifted_at]
    warm = context.now >= context.shifted_at + warm_up + MINUTE + LATEST
    return found[: 1 if warm else 2]


def _window(start: int, end: int, length: int) -> list[Window]:
    start = max(start, (end - length) // 60 * 60)
    return [(start, end)] if start < end else []


def _question(
    options: dict[str, Any], context: CheckContext, member: Shifting, window: Window, version: str
) -> Series:
    # After a bake of 15 days at 100 % CloudWatch has forgotten the minutes: outwards, then.
    step = period(window[0], context.now)
    start, end = window[0] // step * step, -(-window[1] // step) * step
    dimensions = (
        ("FunctionName", member["function"]),
        ("Resource", label(member)),
        ("ExecutedVersion", str(member["canary" if version == "canary" else "baseline"])),
    )
    stats = {"calls": "SampleCount", "percentile": f"p{options['percentile']:g}"}
    queries = tuple(
        Query(name, Metric("AWS/Lambda", "Duration", dimensions, stat))
        for name, stat in stats.items()
    )
    return Series(queries, start, end, end - start)


CHECK = Check(Options, ALLOWED, WHEN, judge, prepare=prepare, ask=ask)
