"""`function`: ask your own Lambda function, which is told of the rollout and answers a verdict."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Len

from domain.checks.support.check import Check, CheckOptions, Needs
from domain.checks.support.conditions import NotJson, decoded
from domain.checks.support.context import CheckContext, When
from domain.checks.support.function_answer import error_of
from domain.checks.support.payload import payload_of
from domain.model.clock import iso
from domain.model.member import Releasing, label
from domain.model.naming import BadName, Home
from domain.model.questions import Answers, CouldNotAsk, Invoke
from domain.model.text import one_line, outline, show
from domain.model.verdict import Outcome, Verdict

ALLOWED = {"function": "a function's name or unqualified ARN"}
WHEN: tuple[When, ...] = ("during", "before", "after")

_ANSWERS = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "inconclusive": Outcome.INCONCLUSIVE}
_MAX_REASON = 300  # characters of the function's reason that are kept


@dataclass(frozen=True)
class Options(CheckOptions):
    """The function to ask."""

    function: Annotated[str, Len(1, 200)]


def prepare(options: dict[str, Any], home: Home) -> dict[str, Any]:
    """Resolve the function's ARN to its name."""
    try:
        return {**options, "function": home.function(options["function"])}
    except BadName as reason:
        raise BadName(f"{show(options['function'])} {reason}", ("function",)) from reason


def needs(options: dict[str, Any]) -> Needs:
    """Name the function, which must exist."""
    return Needs(functions=[options["function"]])


def ask(options: dict[str, Any], context: CheckContext) -> list[Invoke]:
    """Ask for one call with all that the function gets to know."""
    return [Invoke(options["function"], "", json.dumps(payload(context)))]


def judge(options: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    """Take the function's own verdict.

    Anything but the answer that docs/check-function.schema.json describes is an error.
    """
    name = options["function"]
    [question] = ask(options, context)
    answer = answers.to(question)
    if answer.error:
        return Verdict(Outcome.ERROR, f"{name} failed: {error_of(answer)}")
    try:
        content = decoded(answer.body)
    except NotJson as flaw:
        return Verdict(Outcome.ERROR, f"{name} answered what is {flaw}")
    match content:
        case {"status": str(status), "reason": str(reason), **more} if status in _ANSWERS:
            if not more:
                return Verdict(_ANSWERS[status], f"{name} says: {one_line(reason, _MAX_REASON)}")
    return Verdict(
        Outcome.ERROR,
        f"{name} answered {outline(content)}; "
        'allowed: {"status": "pass", "fail" or "inconclusive", "reason": a text}',
    )


def payload(context: CheckContext) -> dict[str, Any]:
    """Tell the function of the rollout; numbers are null where there are none yet."""
    return {
        "execution": context.execution,
        "when": context.when,
        "weight": context.weight,
        "since": iso(context.since) if context.since else None,
        "now": iso(context.now),
        "functions": [_payload_of(member, context) for member in context.released],
    }


def _payload_of(member: Releasing, context: CheckContext) -> dict[str, Any]:
    try:
        counts = context.counts.get(label(member))
    except CouldNotAsk:
        counts = None
    return {
        **payload_of(member, context.execution),
        "calls": counts.calls if counts else None,
        "errors": counts.errors if counts else None,
    }


CHECK = Check(Options, ALLOWED, WHEN, judge, prepare=prepare, ask=ask, needs=needs)
