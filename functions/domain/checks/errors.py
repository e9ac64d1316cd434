"""`errors`: how many of the canary's calls failed, over the whole rollout so far."""

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Le

from domain.checks.support.check import Check, CheckOptions
from domain.checks.support.context import CheckContext, When
from domain.checks.support.counts import Counts, too_many
from domain.model.questions import Answers
from domain.model.verdict import Outcome, Verdict, worst

ALLOWED = {
    "max-count": "a whole number from 0 to 1,000,000,000",
    "max-percent": "a number from 0 to 100",
}
WHEN: tuple[When, ...] = ("during", "after")


@dataclass(frozen=True)
class Options(CheckOptions):
    """Exactly one limit: errors in all, or percent of the canary's calls."""

    max_count: Annotated[int, Ge(0), Le(10**9)] | None = None
    max_percent: Annotated[float, Ge(0), Le(100)] | None = None

    def problem(self) -> str | None:
        """Refuse options without a limit, and with two."""
        if (self.max_count is None) == (self.max_percent is None):
            return "give either max-count or max-percent"
        return None


def judge(options: dict[str, Any], context: CheckContext, _answers: Answers) -> Verdict:
    """Judge each function of the group by its counts; the worst verdict stands for all."""
    return worst(
        _judge_one(options, label, counts, context.min_invocations)
        for label, counts in context.counts.items()
    )


def _judge_one(options: dict[str, Any], label: str, counts: Counts, wanted: int) -> Verdict:
    seen = f"{label}: {counts.errors:,} of {counts.calls:,} canary calls failed"
    if (limit := options.get("max-count")) is not None:
        over, allowed = counts.errors > limit, f"at most {limit:,} may"
    else:
        percent = options["max-percent"]
        over = too_many(counts.errors, counts.calls, percent, wanted)
        seen += f" ({counts.percent:.2f} %)" if counts.calls else ""
        allowed = f"at most {percent:g} % may"
    if over:
        return Verdict(Outcome.FAIL, f"{seen}; {allowed}")
    if counts.calls == 0:
        return Verdict(Outcome.INCONCLUSIVE, f"{label}: no canary calls seen yet")
    return Verdict(Outcome.PASS, f"{seen}; {allowed}")


CHECK = Check(Options, ALLOWED, WHEN, judge)
