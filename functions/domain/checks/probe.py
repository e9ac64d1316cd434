"""`probe`: call the alias through each bake at an even rate, so that a quiet function is exercised.

The calls are Probe's (functions/probe.py), as are the counts that this check judges by.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le, Len

from domain.checks.support.check import Check, CheckOptions
from domain.checks.support.conditions import require_conditions, sendable
from domain.checks.support.context import CheckContext, When
from domain.checks.support.counts import too_many
from domain.model.member import Calls, Shifting, label
from domain.model.naming import Home
from domain.model.questions import Answers, CouldNotAsk
from domain.model.verdict import Outcome, Verdict, worst

ALLOWED = {
    "rate": "calls of each alias a second, from 0.01 to 10",
    "payload": "any JSON but null",
    "assert": "1 to 20 JMESPath expressions of up to 1,000 characters",
    "max-ms": "a number above 0, up to 30,000",
    "max-percent": "a number from 0 to 100",
}
WHEN: tuple[When, ...] = ("during",)


@dataclass(frozen=True)
class Options(CheckOptions):
    """The calls to make, how often, and how many of them may fail."""

    rate: Annotated[float, Ge(0.01), Le(10)] = 1.0
    payload: Any = None
    assert_: Annotated[list[Annotated[str, Len(1, 1_000)]], Len(1, 20)] | None = None
    max_ms: Annotated[float, Gt(0), Le(30_000)] | None = None
    max_percent: Annotated[float, Ge(0), Le(100)] = 5.0

    def problem(self) -> str | None:
        """Refuse a payload that cannot be sent."""
        return None if sendable(self.payload) else "payload: is not JSON"


def prepare(options: dict[str, Any], _home: Home) -> dict[str, Any]:
    """Fill in defaults, and refuse conditions that no answer can meet."""
    require_conditions(options.get("assert", []))
    return {"rate": 1.0, "payload": {}, "max-percent": 5.0, **options}


def judge(options: dict[str, Any], context: CheckContext, _answers: Answers) -> Verdict:
    """Judge each function of the group; the worst verdict stands for all."""
    if context.unprobed:
        raise CouldNotAsk(f"no probe since the last health check: {context.unprobed}")
    return worst(_judge_one(options, context, member) for member in context.members)


def _judge_one(options: dict[str, Any], context: CheckContext, member: Shifting) -> Verdict:
    name, percent, wanted = label(member), options["max-percent"], context.min_invocations
    probed = member["probed"]
    canary, latest = probed["canary"], probed["latest"]
    seen = (
        f"{name}: {_failed_of(canary)} probe calls of the canary failed, "
        f"{_failed_of(probed['baseline'])} of the baseline; at most {percent:g} % may"
    )
    if too_many(canary["failed"], canary["calls"], percent, wanted):
        return Verdict(Outcome.FAIL, f"{seen}. The last one: {probed['flaw']}")
    if too_many(latest["failed"], latest["calls"], percent, wanted):
        # Nobody knows which version these would have reached.
        lost = f"{_failed_of(latest)} calls of the latest probe got no answer: {probed['lost']}"
        return Verdict(Outcome.ERROR, f"{name}: {lost}")
    if canary["calls"] == 0:
        return Verdict(Outcome.INCONCLUSIVE, f"{name}: no probe call has reached the canary yet")
    return Verdict(Outcome.PASS, seen)


def _failed_of(calls: Calls) -> str:
    return f"{calls['failed']:,} of {calls['calls']:,}"


# What it makes the state grow by is what Probe counts of a function, with two texts.
CHECK = Check(Options, ALLOWED, WHEN, judge, prepare=prepare, grows=700, most=1)
