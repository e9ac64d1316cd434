"""What people and machines are told about a rollout, in a form that every channel can send."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.ending import outcome
from domain.ending.answers import Content, of_approval, of_hold, of_refused
from domain.ending.outcome import IN_WORDS, Ended, ended_as, failed_as, unproven_by, where
from domain.ending.seen import said, seen, seen_body
from domain.model.errors import Failure
from domain.model.state import FORMAT, State
from domain.rollout.orders import Refusal

Kind = Literal[
    "weight", "approval", "hold", "refused-order", "success", "failure", "restored", "stranded"
]

_WANTED_BY: dict[Kind, frozenset[str]] = {
    "weight": frozenset({"all"}),
    "approval": frozenset({"all", "outcome"}),
    "hold": frozenset({"all", "outcome"}),
    "refused-order": frozenset({"all", "outcome", "failures"}),
    "success": frozenset({"all", "outcome"}),
    "failure": frozenset({"all", "outcome", "failures"}),
    "restored": frozenset({"all", "outcome", "failures"}),
    "stranded": frozenset({"all", "outcome", "failures"}),
}
_STATUS: dict[Kind, str] = {
    "weight": "RUNNING",
    "approval": "RUNNING",
    "hold": "RUNNING",
    "refused-order": "RUNNING",
    "success": "SUCCEEDED",
    "failure": "FAILED",
    "restored": "FAILED",
    "stranded": "FAILED",
}
# SNS: "no line breaks or control characters, and less than 100 characters long" (API, Publish).
_MAX_SUBJECT = 99
_MAX_NAME = 256
# SNS takes 262,144 bytes, and JSON makes up to 26 of a character that is in the text and, as JSON
# in JSON, in the body. The whole cause, up to 30,000 characters, is the execution's.
_MAX_CAUSE = 9_000
_MAX_BODIES = 240_000  # bytes, of both; a result that does not fit beside the cause is left out
_NOT_PLAIN = re.compile(r"[^ -~]")  # all but ASCII that can be printed


@dataclass(frozen=True)
class Message:
    """A message: `text` for e-mail, `body` for machines, `attributes` for filter policies."""

    subject: str
    text: str
    body: dict[str, Any]
    attributes: dict[str, str | list[str]]


def message(kind: Kind, state: State, refused: Sequence[Refusal] = ()) -> Message | None:
    """Write the message of this moment, or none where the input's `notify` does not want it.

    `refused` are the orders that a `refused-order` is about.
    """
    if _notify(state) not in _WANTED_BY[kind]:
        return None
    functions, aliases = _names(state)
    short = _short(functions, aliases)
    subject, lines, body = of_refused(refused, short) if refused else _TELL[kind](state, short)
    execution = state["execution"]["id"]
    text = "\n".join([*lines, "", f"Execution: {execution}"])
    whole = {"status": _STATUS[kind], "execution": execution, **body}
    if _size(text, whole) > _MAX_BODIES:
        whole.pop("result", None)
    return Message(
        subject=subject[:_MAX_SUBJECT],
        text=text,
        body=whole,
        attributes={
            "status": _STATUS[kind],
            **({"function": _attribute(functions)} if functions else {}),
            **({"alias": _attribute(aliases)} if aliases else {}),
        },
    )


def _size(text: str, body: dict[str, Any]) -> int:
    """Return the bytes that SNS counts: the body is JSON in JSON there."""
    return len(json.dumps(text)) + len(json.dumps(json.dumps(body)))


def _attribute(names: Sequence[str]) -> str | list[str]:
    once = list(dict.fromkeys(names))
    return once[0] if len(once) == 1 else once


def _notify(state: State) -> str:
    """Return what the input wants told; a refused one counts as far as it can be understood."""
    if "settings" in state:
        return state["settings"]["notify"]
    raw = state.get("input")
    asked = raw.get("notify") if isinstance(raw, dict) else None
    return asked if asked in ("failures", "all", "none") else "outcome"


def _names(state: State) -> tuple[list[str], list[str]]:
    """Return the names of functions and aliases; a refused input's are made plain.

    SNS would refuse the whole message for a line break in its subject or a lone surrogate.
    """
    if "members" in state:
        members = state["members"]
        return [one["function"] for one in members], [one["alias"] for one in members]
    raw = state.get("input")
    given = raw if isinstance(raw, dict) else {}
    group = given.get("functions")
    targets = group if isinstance(group, list) else [given]
    named = [target for target in targets if isinstance(target, dict)]
    functions, aliases = (
        [
            _plain(target[key])
            for target in named
            if target.get(key) and isinstance(target[key], str)
        ]
        for key in ("function-name", "alias-name")
    )
    return functions[:25], aliases[:25]


def _plain(name: str) -> str:
    return _NOT_PLAIN.sub("?", name[:_MAX_NAME])


def _short(functions: Sequence[str], aliases: Sequence[str]) -> str:
    first = " ".join(name[:30] for name in (*functions[:1], *aliases[:1])) or "a rollout"
    return first if len(functions) < 2 else f"{first} and {len(functions) - 1} more"


def _weight(state: State, short: str) -> Content:
    verdicts = state["progress"]["verdicts"]
    if state["progress"]["unproven"]:
        how = "Unproven"
    elif all(last["outcome"] == "pass" for last in verdicts):
        how = "Checks passed"
    else:
        how = "Judged"
    body = seen_body(state)
    checks = [{**last, **shown} for last, shown in zip(verdicts, body["checks"], strict=True)]
    return f"{how} {where(state)}: {short}", seen(state), {**body, "checks": checks}


_ENDED: dict[Ended, str] = {"promoted": "Promoted", "created": "Created", "none": "Nothing to do"}


def _success(state: State, short: str) -> Content:
    result = state.get("result", {})
    unproven = " (unproven)" if result.get("unproven") else ""
    lines = [f"{result.get('summary', '')}."]
    if unproven:
        lines.append(unproven_by(result["checks"]))
    lines += said(result.get("checks", []))
    return f"{_ENDED[ended_as(state['members'])]}{unproven}: {short}", lines, {"result": result}


def _failure(state: State, short: str) -> Content:
    failure = state["failure"]
    name = failure["Error"]
    subject, lines, body = _bad(f"{IN_WORDS[failed_as(state, name)]}: {short} ({name})", failure)
    # A state of another release is told of by what stays in every format.
    known = state.get("format") == FORMAT and "progress" in state
    result = {"result": outcome.failure(state)} if known else {}
    return subject, lines, body | result


def _restored(state: State, short: str) -> Content:
    return _bad(f"Given back by the guard: {short}", state["failure"])


def _stranded(state: State, short: str) -> Content:
    return _bad(f"STRANDED, needs you: {short}", state["failure"])


def _bad(subject: str, failure: Failure) -> Content:
    name, cause = failure["Error"], failure["Cause"]
    if len(cause) > _MAX_CAUSE:
        cause = f"{cause[:_MAX_CAUSE]}... (the rest is in the execution)"
    return subject, [f"{name}: {cause}"], {"error": name, "cause": cause}


_TELL = {
    "weight": _weight,
    "approval": of_approval,
    "hold": of_hold,
    "success": _success,
    "failure": _failure,
    "restored": _restored,
    "stranded": _stranded,
}
