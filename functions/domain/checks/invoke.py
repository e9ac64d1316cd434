"""`invoke`: call the new version, or the alias, and hold the answer against what is asked of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Len

from domain.checks.support.check import Check, CheckOptions
from domain.checks.support.conditions import Effort, require_conditions, sendable
from domain.checks.support.context import CheckContext, When
from domain.checks.support.function_answer import compared, flaw
from domain.model.member import Releasing
from domain.model.naming import BadName, Home
from domain.model.questions import Answers, CouldNotAsk, Invoke
from domain.model.text import show
from domain.model.verdict import Outcome, Verdict, worst

ALLOWED = {
    "payload": "any JSON but null",
    "function": "one of the functions that are released here, by name or ARN",
    "target": "version or alias",
    "times": "a whole number from 1 to 10",
    "status": "a whole number from 100 to 599",
    "function-error": "none, allowed or required",
    "max-ms": "a number above 0, up to 900,000",
    "max-bytes": "a whole number from 1 to 6,291,556",
    "assert": "1 to 20 JMESPath expressions of up to 1,000 characters",
    "compare": 'an object such as {"ignore": ["requestId", "meta.time"]}, with up to 50 paths',
}
WHEN: tuple[When, ...] = ("during", "before", "after")


@dataclass(frozen=True)
class Options(CheckOptions):
    """The calls to make, and what their answers must be like."""

    payload: Any = None
    function: Annotated[str, Len(1, 200)] | None = None
    target: Literal["version", "alias"] = "version"
    times: Annotated[int, Ge(1), Le(10)] = 1
    status: Annotated[int, Ge(100), Le(599)] | None = None
    function_error: Literal["none", "allowed", "required"] = "none"
    max_ms: Annotated[float, Gt(0), Le(900_000)] | None = None
    max_bytes: Annotated[int, Ge(1), Le(6_291_556)] | None = None
    assert_: Annotated[list[Annotated[str, Len(1, 1_000)]], Len(1, 20)] | None = None
    compare: (
        dict[Literal["ignore"], Annotated[list[Annotated[str, Len(1, 200)]], Len(0, 50)]] | None
    ) = None

    def problem(self) -> str | None:
        """Refuse to compare what the alias answers, and a payload that cannot be sent."""
        if self.compare is not None and self.target == "alias":
            return "compare goes with target version"
        return None if sendable(self.payload) else "payload: is not JSON"


def prepare(options: dict[str, Any], home: Home) -> dict[str, Any]:
    """Resolve the function's ARN to its name, and refuse conditions that no answer can meet."""
    if options.get("target") == "alias" and options["when"] == "before":
        raise BadName("before, the alias leads to the old version alone", ("target",))
    require_conditions(options.get("assert", []))
    if "function" not in options:
        return options
    try:
        return {**options, "function": home.member(options["function"])}
    except BadName as reason:
        raise BadName(f"{show(options['function'])} {reason}", ("function",)) from reason


def ask(options: dict[str, Any], context: CheckContext) -> list[Invoke]:
    """Ask for each call, and for the baseline's where both are compared."""
    return [call for pair in _pairs(options, context) for call in pair if call is not None]


def judge(options: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    """Judge each call; the worst verdict stands for all."""
    pairs = list(_pairs(options, context))
    if not pairs:
        return Verdict(Outcome.INCONCLUSIVE, f"{options['function']} does not shift: nobody to ask")
    verdict = worst(_judge_one(options, *pair, answers, context.effort) for pair in pairs)
    if verdict.outcome is not Outcome.PASS:
        return verdict
    slowest = max(answers.to(call).milliseconds for call, _ in pairs)
    reason = (
        f"{len(pairs)} of {len(pairs)} calls answered as asked, the slowest in {slowest:,.0f} ms"
    )
    return Verdict(Outcome.PASS, reason)


def _pairs(
    options: dict[str, Any], context: CheckContext
) -> Iterator[tuple[Invoke, Invoke | None]]:
    """Pair each call that is judged with the baseline's, where the two are compared."""
    payload = json.dumps(options.get("payload", {}))
    for member in context.released:
        if options.get("function", member["function"]) != member["function"]:
            continue
        for number in range(1, options.get("times", 1) + 1):
            call = Invoke(member["function"], _qualifier(options, member), payload, number)
            old = member["baseline"]
            compares = "compare" in options and old is not None
            before = Invoke(member["function"], old or "", payload, number)
            yield call, before if compares else None


def _qualifier(options: dict[str, Any], member: Releasing) -> str:
    by_alias = options.get("target") == "alias"
    return member["alias"] if by_alias else member["canary"] or ""


def _judge_one(
    options: dict[str, Any],
    call: Invoke,
    before: Invoke | None,
    answers: Answers,
    effort: Effort,
) -> Verdict:
    name = f"{call.function}:{call.qualifier}"
    try:
        answer = answers.to(call)
        by = f" (version {answer.version})" if options.get("target") == "alias" else ""
        if (reason := flaw(options, answer, effort)) is not None:
            return Verdict(Outcome.FAIL, f"{name}{by}: {reason}")
        if before is None:
            return Verdict(Outcome.PASS, name)
        return compared(name, answers.to(before), answer, options["compare"].get("ignore", []))
    except CouldNotAsk as unasked:
        return Verdict(Outcome.ERROR, f"{name}: {unasked}")


CHECK = Check(Options, ALLOWED, WHEN, judge, prepare=prepare, ask=ask)
