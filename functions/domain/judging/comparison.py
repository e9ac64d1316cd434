"""What both versions of a function did in the same minutes: how to ask, and what was answered.

Twelve hours are read minute by minute. What is older, after a long check-interval, comes by hours,
or by days where it is more than thirty of them, so that no check reads more than a page or two.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.judging.sequential import Minute
from domain.judging.weight_history import Stretch, weight_between
from domain.model.member import Shifting, label
from domain.model.questions import Answers, Metric, Points, Query, Series

MINUTE = 60
_HOUR, _DAY = 3_600, 86_400
_RECENT, _BY_HOURS = 12 * _HOUR, 30 * _DAY

Who = Literal["canary", "baseline"]
_BOTH: tuple[Who, ...] = ("canary", "baseline")


@dataclass(frozen=True)
class Comparison:
    """The whole minutes from `since` up to `until` (epoch seconds), of one function.

    Those before `settled` are complete. A bad call is one that took longer than `slower`
    milliseconds, `warm_up` seconds or more after an increase of the weight; without it, one that
    failed.
    """

    member: Shifting
    since: int
    until: int
    settled: int
    slower: int | None = None
    warm_up: int = 0

    def questions(self) -> list[Series]:
        """Ask for minutes of late, and for hours or days of what is long past."""
        length = self.until - self.since
        step = _HOUR if length <= _BY_HOURS else _DAY
        recent = self.since if length <= _RECENT else (self.until - _RECENT) // step * step
        older = -(-self.since // step) * step  # CloudWatch has old data by the full hour only
        queries = tuple(query for who in _BOTH for query in self._queries(who))
        asked = (
            Series(queries, older, recent, step),
            Series(queries, recent, self.until, MINUTE),
        )
        return [question for question in asked if question.start < question.end]

    def minutes(self, answers: Answers, given: Sequence[Stretch]) -> Iterator[tuple[int, Minute]]:
        """List the minutes with calls, oldest first, each with its start.

        An hour or a day of old data counts as one minute.

        Of a young minute the one version's data may have arrived and the other's not, or its calls
        and not its errors, which in an outage looks like a difference: it is left for later.

        When the weight has risen the canary is cold, and an hour mixes times with weights: there,
        slow calls say nothing, nor do hours and days.
        """
        for question in self.questions():
            found = answers.to(question)
            canary, baseline = (self._counts(found[who], found[f"{who}_told"]) for who in _BOTH)
            whole = _in_all(found.values())
            for start in sorted(canary.keys() | baseline.keys()):
                if start >= self.settled and start not in whole:
                    continue
                end = start + question.period
                weight, steady = weight_between(given, start, end)
                if self.slower is not None:
                    steady = weight_between(given, start - self.warm_up, end).steady
                if steady or (self.slower is None and question.period == MINUTE):
                    nothing = (0.0, 0.0)
                    both = (*canary.get(start, nothing), *baseline.get(start, nothing))
                    yield start, Minute(weight, *both)

    def _counts(self, calls: Points, told: Points) -> dict[int, tuple[float, float]]:
        """Return the calls and the bad ones among them, by the minute's start."""
        known = dict(told)
        if self.slower is None:
            return {start: (count, known.get(start, 0.0)) for start, count in calls}
        return {start: (count, count - known.get(start, 0.0)) for start, count in calls}

    def _queries(self, who: Who) -> list[Query]:
        """Query the calls, and what tells the bad ones: errors, or those that were fast enough."""
        dimensions = (
            ("FunctionName", self.member["function"]),
            ("Resource", label(self.member)),
            ("ExecutedVersion", str(self.member[who])),
        )
        stats = (
            (("Invocations", "Sum"), ("Errors", "Sum"))
            if self.slower is None
            else (("Duration", "SampleCount"), ("Duration", f"TC(:{self.slower})"))
        )
        return [
            Query(name, Metric("AWS/Lambda", metric, dimensions, stat))
            for name, (metric, stat) in zip((who, f"{who}_told"), stats, strict=True)
        ]


def _in_all(series: Iterable[Points]) -> set[int]:
    """Return the minutes of which all series have data."""
    return set.intersection(*({start for start, _ in points} for points in series))
