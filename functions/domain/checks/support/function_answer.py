"""What a function answered, held against what is asked of it, or against another version's."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from domain.checks.support.conditions import Effort, NotJson, broken, decoded
from domain.checks.support.differences import differences
from domain.model.questions import Invoked
from domain.model.text import one_line
from domain.model.verdict import Outcome, Verdict

_NAMED = 3  # differences that a reason tells one by one
_MAX_ERROR = 200  # characters of a function's own error that a reason repeats


def flaw(options: dict[str, Any], answer: Invoked, effort: Effort | None = None) -> str | None:
    """Return the first thing that is not as the options of a call want it.

    Raises CouldNotAsk where its conditions take more than the `effort` that is left.
    """
    errors = options.get("function-error", "none")
    if answer.error and errors == "none":
        return f"ended in a function error: {error_of(answer)}"
    if not answer.error and errors == "required":
        return "ended without the function error that is required"
    wanted, status = options.get("status"), _status(answer)
    if wanted is not None and status != wanted:
        return f"status {status} instead of {wanted}"
    if answer.milliseconds > (most := options.get("max-ms", float("inf"))):
        return f"took {answer.milliseconds:,.0f} ms; at most {most:,g} ms is allowed"
    if answer.size > (most := options.get("max-bytes", float("inf"))):
        return f"answered {answer.size:,} bytes; at most {most:,} is allowed"
    if (condition := broken(options.get("assert", []), _content(answer), effort)) is not None:
        return f"does not hold: {condition}"
    return None


def compared(name: str, before: Invoked, after: Invoked, ignored: Sequence[str]) -> Verdict:
    """Fail where the new version's answer differs from the old one's to the same payload.

    An error of the old version that the new one does not have says nothing: inconclusive.
    """
    if before.error and not after.error:
        return Verdict(
            Outcome.INCONCLUSIVE,
            f"{name}: version {before.version} itself failed ({error_of(before)}): "
            "nothing to compare with",
        )
    if after.error and not before.error:
        return Verdict(Outcome.FAIL, f"{name}: failed, unlike version {before.version}")
    try:
        found = differences(_content(before), _content(after), ignored)
        named = list(islice(found, _NAMED))
        more = sum(1 for _ in found)
    except RecursionError:
        return Verdict(Outcome.ERROR, f"{name}: answers nested too deeply to be compared")
    if not named:
        return Verdict(Outcome.PASS, f"{name}: answered as version {before.version} did")
    rest = f"; and {more:,} more" if more else ""
    text = f"{name}: answers differ from version {before.version}'s: {'; '.join(named)}{rest}"
    return Verdict(Outcome.FAIL, text)


def error_of(answer: Invoked) -> str:
    """Return the function's own error, as Lambda's runtimes put it: type and message."""
    content = _content(answer)
    said = content if isinstance(content, dict) else {}
    parts = [str(said[key]) for key in ("errorType", "errorMessage") if said.get(key)]
    return one_line(": ".join(parts), _MAX_ERROR) or f"{answer.error}"


def _content(answer: Invoked) -> Any:
    """Read the answer's JSON, or its text where it is none, as only custom runtimes answer."""
    try:
        return decoded(answer.body)
    except NotJson:
        return answer.body


def _status(answer: Invoked) -> int:
    """Return the answer's own status, as functions behind an API give it, or else Lambda's."""
    content = _content(answer)
    own = content.get("statusCode") if isinstance(content, dict) else None
    return own if isinstance(own, int) and not isinstance(own, bool) else answer.status
