"""The canary's calls and errors over the rollout so far.

CloudWatch files a call under the minute in which it started, and shows it only after it has ended
and travelled: data of a minute can arrive as late as the function's timeout plus about two minutes
(docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html). So each check reads anew all
minutes that may still change, and only what is older is folded into the tally that the workflow
carries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.model.member import ARRIVAL, Member, Shifting, Tally, label
from domain.model.questions import Answers, Metric, Query, Series
from domain.model.verdict import Outcome, Verdict

_HOUR = 3_600  # the tally ends on a full hour, where a period of any length ends
_METRICS = {"calls": "Invocations", "errors": "Errors"}


@dataclass(frozen=True)
class Minutes:
    """Calls and errors of the canary from `start` (epoch seconds, the period's start)."""

    start: int
    calls: int
    errors: int


@dataclass(frozen=True)
class Counts:
    """The canary's calls and errors over the whole rollout so far."""

    calls: int
    errors: int

    @property
    def percent(self) -> float:
        """The percent of the calls that failed; 0 where there were none."""
        return 100 * self.errors / self.calls if self.calls else 0.0


def period(until: int, now: int) -> int:
    """Return the finest period (seconds) in which CloudWatch still has data from `until` on."""
    age = now - until
    if age < 15 * 86_400:
        return 60
    return 300 if age < 63 * 86_400 else 3_600


def counts_question(member: Shifting, now: int) -> Series:
    """Ask for the canary's calls and errors since its tally's end.

    Asks for the canary alone (`ExecutedVersion`): the function's own metrics mix both versions. A
    minute without data is absent: nothing was called, or it has not arrived yet.
    """
    since = member["tally"]["until"]
    dimensions = (
        ("FunctionName", member["function"]),
        ("Resource", label(member)),
        ("ExecutedVersion", str(member["canary"])),
    )
    queries = tuple(
        Query(name, Metric("AWS/Lambda", metric, dimensions, "Sum"))
        for name, metric in _METRICS.items()
    )
    # Until a boundary of every period: how one cut short is read is not documented.
    return Series(queries, since, (now // _HOUR + 1) * _HOUR, period(since, now))


def minutes_of(member: Shifting, answers: Answers, now: int) -> list[Minutes]:
    """Read the answer to `counts_question`. Raises CouldNotAsk.

    CloudWatch rounds the start of old data down to where its periods begin. So the first shift may
    fall into a period of five minutes or an hour, which counts whole: the canary had no calls
    through the alias before.
    """
    asked = counts_question(member, now)
    found = answers.to(asked)
    calls, errors = dict(found["calls"]), dict(found["errors"])
    return [
        Minutes(start, round(calls.get(start, 0)), round(errors.get(start, 0)))
        for start in sorted(calls.keys() | errors.keys())
        if start > asked.start - asked.period
    ]


def count(tally: Tally, minutes: Iterable[Minutes], now: int, timeout: int) -> tuple[Tally, Counts]:
    """Add up the rollout so far, and fold what can no longer change into the tally.

    `minutes` are all those from `tally["until"]` on; `timeout` is the function's, in seconds.
    Asking twice with the same tally gives the same answer, so a retried check does no harm.
    """
    recent = list(minutes)
    final_before = max(tally["until"], (now - timeout - ARRIVAL) // _HOUR * _HOUR)
    final = [minute for minute in recent if minute.start < final_before]
    folded = Tally(
        until=final_before,
        calls=tally["calls"] + sum(minute.calls for minute in final),
        errors=tally["errors"] + sum(minute.errors for minute in final),
    )
    total = Counts(
        calls=tally["calls"] + sum(minute.calls for minute in recent),
        errors=tally["errors"] + sum(minute.errors for minute in recent),
    )
    return folded, total


def tallied(
    members: Sequence[Member], found: Mapping[str, Sequence[Minutes]], now: int
) -> tuple[list[Member], dict[str, Counts]]:
    """Bring the members' tallies forward, and count each canary's calls so far.

    `found` has by label the minutes since the tally's end, of the members that shift.
    """
    counts: dict[str, Counts] = {}

    def brought_forward(member: Member) -> Member:
        name = label(member)
        if member["part"] != "shift" or name not in found:
            return member
        tally, counts[name] = count(member["tally"], found[name], now, member["timeout"])
        return Shifting({**member, "tally": tally})

    return [brought_forward(member) for member in members], counts


def too_many(errors: int, calls: int, percent: float, wanted: int) -> bool:
    """Tell whether too many calls fail, even if all calls still wanted succeed.

    More than `percent` of them are too many.
    """
    # Rounded, since 0.57 % of 10,000 calls is a little less than 57 in floating point.
    return 100 * errors > round(percent * max(calls, wanted), 6)


def enough(counts: Mapping[str, Counts], min_invocations: int) -> Verdict:
    """Pass if enough canary calls of every function were counted for any verdict to mean much."""
    if not counts:
        return Verdict(Outcome.INCONCLUSIVE, "no calls were counted")
    wanted = max(min_invocations, 1)
    short = [
        f"{one.calls:,} of {wanted:,} canary calls of {name} seen so far"
        for name, one in counts.items()
        if one.calls < wanted
    ]
    if short:
        return Verdict(Outcome.INCONCLUSIVE, ", ".join(short))
    fewest = min(one.calls for one in counts.values())
    return Verdict(Outcome.PASS, f"{fewest:,} canary calls or more of each function seen")
