"""`http`: ask for a URL, and hold the answer against what is asked of it."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Len

from domain.checks.support.check import Check, CheckOptions
from domain.checks.support.conditions import (
    Effort,
    NotJson,
    broken,
    decoded,
    require_conditions,
    sendable,
)
from domain.checks.support.context import CheckContext, When
from domain.model.naming import BadName, Home
from domain.model.questions import Answers, Fetch, Fetched
from domain.model.text import show
from domain.model.verdict import Outcome, Verdict
from domain.model.web import BadUrl, Url, flaw_of_header, printable

ALLOWED = {
    "url": "a URL like https://host:port/path?query, up to 2,000 characters",
    "method": "GET or POST",
    "headers": "up to 20 headers by name",
    "body": "any JSON but null, with method POST; a text is sent as it is",
    "status": "a whole number from 100 to 599",
    "max-ms": "a number above 0, up to 30,000",
    "timeout": "a number above 0, up to 30 (seconds)",
    "assert": "1 to 20 JMESPath expressions of up to 1,000 characters",
}
WHEN: tuple[When, ...] = ("during", "before", "after")

_TIMEOUT = 10.0


@dataclass(frozen=True)
class Options(CheckOptions):
    """The request to send, and what its answer must be like."""

    url: Annotated[str, Len(1, 2_000)]
    method: Literal["GET", "POST"] = "GET"
    headers: Annotated[dict[str, str], Len(0, 20)] | None = None
    body: Any = None
    status: Annotated[int, Ge(100), Le(599)] | None = None
    max_ms: Annotated[float, Gt(0), Le(30_000)] | None = None
    timeout: Annotated[float, Gt(0), Le(30)] = _TIMEOUT
    assert_: Annotated[list[Annotated[str, Len(1, 1_000)]], Len(1, 20)] | None = None

    def problem(self) -> str | None:
        """Refuse two headers of one name, and a body that cannot be sent."""
        names = [name.lower() for name in self.headers or {}]
        if len(set(names)) < len(names):
            return "headers: the same header is named twice"
        if self.body is not None and self.method == "GET":
            return "body goes with method POST"
        return None if sendable(self.body) else "body: is not JSON"


def prepare(options: dict[str, Any], home: Home) -> dict[str, Any]:
    """Refuse URLs, headers and conditions that can be seen to be wrong without asking."""
    try:
        home.web.require(Url.of(options["url"]))
    except BadUrl as reason:
        raise BadName(f"{show(printable(options['url']))} {reason}", ("url",)) from reason
    for name, value in options.get("headers", {}).items():
        if (flaw := flaw_of_header(name, value)) is not None:
            raise BadName(f"{show(name)} {flaw}", ("headers",))
    require_conditions(options.get("assert", []))
    return options


def ask(options: dict[str, Any], _context: CheckContext) -> list[Fetch]:
    """Ask for the one request; a body that is no text goes as JSON."""
    body, headers = options.get("body", ""), dict(options.get("headers", {}))
    if not isinstance(body, str):
        body = json.dumps(body)
        if "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = "application/json"
    return [
        Fetch(
            method=options.get("method", "GET"),
            url=options["url"],
            headers=tuple(headers.items()),
            body=body,
            timeout=options.get("timeout", _TIMEOUT),
        )
    ]


def judge(options: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    """Hold the answer against the options; a redirect is an answer with that status.

    No answer at all is an error.
    """
    [question] = ask(options, context)
    answer = answers.to(question)
    name = f"{question.method} {printable(options['url'])[:200]}"
    if (flaw := _flaw(options, answer, context.effort)) is not None:
        return Verdict(Outcome.FAIL, f"{name}: {flaw}")
    said = f"status {answer.status} in {answer.milliseconds:,.0f} ms"
    return Verdict(Outcome.PASS, f"{name}: {said}")


def _flaw(options: dict[str, Any], answer: Fetched, effort: Effort) -> str | None:
    wanted = options.get("status")
    if wanted is None and not 200 <= answer.status <= 299:
        return f"status {answer.status} instead of 200 to 299"
    if wanted is not None and answer.status != wanted:
        return f"status {answer.status} instead of {wanted}"
    if answer.milliseconds > (most := options.get("max-ms", float("inf"))):
        return f"took {answer.milliseconds:,.0f} ms; at most {most:,g} ms is allowed"
    if not (conditions := options.get("assert")):
        return None
    if answer.cut:
        return f"the answer is longer than the {len(answer.body):,} characters that are read of it"
    try:
        condition = broken(conditions, decoded(answer.body), effort)
    except NotJson as reason:
        return f"the answer is {reason}"
    return None if condition is None else f"does not hold: {condition}"


CHECK = Check(Options, ALLOWED, WHEN, judge, prepare=prepare, ask=ask)
