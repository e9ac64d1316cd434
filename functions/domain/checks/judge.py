"""`judge`: whether the canary fails more often than the baseline, in the same minutes.

The rule is domain/judging/sequential.py; here it gets its minutes. Those that are older than
`settle`, by when their data are complete, are judged for good and remembered as a `Case` for each
function. Younger ones are read anew at each check: they count in the verdict, but nothing is
remembered of them. So late data heal by themselves, and a check that is repeated answers the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log
from typing import Annotated, Any, TypedDict

from annotated_types import Ge, Gt, Le

from domain.checks.support.check import Check, CheckOptions
from domain.checks.support.context import WARM_UP, CheckContext, When
from domain.judging import sequential as rule
from domain.judging.comparison import MINUTE, Comparison
from domain.judging.few_calls import fails_plainly
from domain.judging.sequential import Case
from domain.judging.weight_history import stretches
from domain.model.member import ARRIVAL, Shifting, label
from domain.model.naming import Home
from domain.model.questions import Answers, Series
from domain.model.verdict import Finding, Outcome, Verdict, worst

ALLOWED = {
    "alpha": "a number above 0, up to 0.5",
    "slower-than": "a whole number of milliseconds from 1 to 900,000",
    "strict": "true or false",
    "min-calls": "a whole number from 1 to 1,000,000,000",
    "settle": "whole seconds from 120 to 3,600",
    "warm-up": "whole seconds from 0 to 86,400",
}
WHEN: tuple[When, ...] = ("during",)

_MANY = 20  # calls of the canary from which on the rule alone says whether it passes


@dataclass(frozen=True)
class Options(CheckOptions):
    """How sure the judge must be, what it counts as bad, and from how many calls on."""

    alpha: Annotated[float, Gt(0), Le(0.5)] = 0.01
    slower_than: Annotated[int, Ge(1), Le(900_000)] | None = None
    strict: bool = False
    min_calls: Annotated[int, Ge(1), Le(10**9)] | None = None
    settle: Annotated[int, Ge(120), Le(3_600)] | None = None
    warm_up: Annotated[int, Ge(0), Le(86_400)] | None = None

    def problem(self) -> str | None:
        """Refuse `strict` where slow calls are judged, and `warm-up` where errors are."""
        if self.strict and self.slower_than is not None:
            return "strict: goes with errors; slower-than is given too"
        if self.warm_up is not None and self.slower_than is None:
            return "warm-up: goes with slower-than, which is not given"
        return None


class Carried(TypedDict):
    """The minutes before `until` (epoch seconds), judged for good: a case for each function."""

    until: int
    cases: list[Case]


def prepare(options: dict[str, Any], _home: Home) -> dict[str, Any]:
    """Fill in the defaults."""
    cold = {"warm-up": WARM_UP} if "slower-than" in options else {}
    return {"alpha": 0.01, **cold, **options}


def ask(options: dict[str, Any], context: CheckContext) -> list[Series]:
    """Ask for the minutes that are not judged for good, of both versions."""
    return [question for one in _compared(options, context) for question in one.questions()]


def fold(options: dict[str, Any], context: CheckContext, answers: Answers) -> Carried:
    """Bring the cases forward by the minutes that are final by now, each of them once."""
    until = max(_carried(context)["until"], min(_settled(options, context), _end(context)))
    return Carried(until=until, cases=_followed(options, context, answers, until))


def judge(options: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    """Judge each function of the group; the worst verdict stands for all."""
    cases = _followed(options, context, answers, context.now)
    # Of so few calls that they only hold the weight, those count too whose other version is silent.
    arrived = {**options, "settle": ARRIVAL}
    seen = _followed(arrived, context, answers, context.now)
    verdicts = [
        _judge_one(options, context, member, case, few)
        for member, case, few in zip(context.members, cases, seen, strict=True)
    ]
    found = worst(verdicts)
    if found.outcome is Outcome.INCONCLUSIVE:
        found = next((one for one in verdicts if one.suspect), found)
    return replace(found, findings=tuple(_finding(context, case) for case in cases))


def _judge_one(
    options: dict[str, Any], context: CheckContext, member: Shifting, case: Case, few: Case
) -> Verdict:
    name = label(member)
    if options.get("strict") and (seen := context.counts[name]).errors:
        failed = f"{name}: {seen.errors:,} of {seen.calls:,} canary calls failed"
        return Verdict(Outcome.FAIL, f"{failed}; none may (strict)")
    slower = options.get("slower-than")
    found = rule.verdict(
        case,
        alpha=options["alpha"],
        comparisons=_comparisons(context),
        min_calls=options.get("min-calls", max(context.min_invocations, 1)),
        verb="failed" if slower is None else f"took longer than {slower:,} ms",
    )
    if slower is None and (plain := _plain_failure(found, few, context, name)):
        reason = f"{name}: {plain}; so plain a failure is not promoted unproven"
        return Verdict(Outcome.INCONCLUSIVE, reason, suspect=True)
    return Verdict(found.outcome, f"{name}: {found.reason}")


def _plain_failure(found: Verdict, few: Case, context: CheckContext, name: str) -> str | None:
    """Say what speaks plainly against the canary in the few calls there were; None where nothing.

    Of slow calls a few say nothing: those of a quiet function all start cold.
    """
    canary, baseline = few["canary"], few["baseline"]
    if found.outcome is Outcome.FAIL or (found.outcome is Outcome.PASS and canary[0] >= _MANY):
        return None
    if not baseline[0] and isinstance(context.counted, Mapping) and name in context.counted:
        seen = context.counted[name]  # at 100 %, of which the case knows nothing
        canary = [seen.calls, seen.errors]
    if not fails_plainly(canary, baseline):
        return None
    said = f"canary {canary[1]:,.0f} of {canary[0]:,.0f} calls failed"
    return f"{said}, baseline {baseline[1]:,.0f} of {baseline[0]:,.0f}"


def _finding(context: CheckContext, case: Case) -> Finding:
    rarity = rule.log_rarity(rule.evidence(case), _comparisons(context))
    return Finding(
        evidence=round(rarity / log(10), 2), canary=case["canary"], baseline=case["baseline"]
    )


def _comparisons(context: CheckContext) -> int:
    """Count the cases that alpha is split among, whatever each of the checks judges by."""
    return len(context.members) * context.same_kind


def _carried(context: CheckContext) -> Carried:
    if context.carried is None:
        return Carried(until=context.since, cases=[rule.begin()] * len(context.members))
    known: Carried = context.carried
    return known


def _followed(
    options: dict[str, Any], context: CheckContext, answers: Answers, until: int
) -> list[Case]:
    """Bring the carried cases forward by the minutes that begin before `until`."""
    given = stretches(context.shifts)
    cases = []
    for compared, known in zip(
        _compared(options, context), _carried(context)["cases"], strict=True
    ):
        case = known
        for start, minute in compared.minutes(answers, given):
            if start < until:
                case = rule.step(case, minute)
        cases.append(case)
    return cases


def _compared(options: dict[str, Any], context: CheckContext) -> list[Comparison]:
    """Return each function's minutes that are over and not yet judged for good."""
    since, until = _carried(context)["until"], _end(context)
    slower = options.get("slower-than")
    settled, warm_up = _settled(options, context), options.get("warm-up", 0)
    return [
        Comparison(member, since, until, settled, slower, warm_up) for member in context.members
    ]


def _settled(options: dict[str, Any], context: CheckContext) -> int:
    """Return the start of the first minute that is still open to late data."""
    timeout = max(member["timeout"] for member in context.members)
    settle: int = options.get("settle", timeout + ARRIVAL)
    return (context.now - settle) // MINUTE * MINUTE


def _end(context: CheckContext) -> int:
    """Return the end of the last minute that is over, or in which there was a baseline.

    At 100 % there is none any more.
    """
    last = context.now // MINUTE * MINUTE
    return min(last, -(-context.shifted_at // MINUTE) * MINUTE) if context.weight == 100 else last


# What it makes the state grow by is a Case and a Finding of each function.
CHECK = Check(Options, ALLOWED, WHEN, judge, prepare=prepare, ask=ask, fold=fold, grows=610, most=3)
