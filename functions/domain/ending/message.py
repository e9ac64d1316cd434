"""What people and machines are told about a rollout, in a form that every channel can send."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.ending import outcome
from domain.ending.outcome import REFUSALS, Ended, ended_as, progress_of, unproven_by, where
from domain.model.alias import shifting
from domain.model.clock import span
from domain.model.errors import Failure
from domain.model.state import FORMAT, State

Kind = Literal["weight", "approval", "success", "failure", "restored", "stranded"]

_WANTED_BY: dict[Kind, frozenset[str]] = {
    "weight": frozenset({"all"}),
    "approval": frozenset({"all", "outcome"}),
    "success": frozenset({"all", "outcome"}),
    "failure": frozenset({"all", "outcome", "failures"}),
    "restored": frozenset({"all", "outcome", "failures"}),
    "stranded": frozenset({"all", "outcome", "failures"}),
}
_STATUS: dict[Kind, str] = {
    "weight": "RUNNING",
    "approval": "RUNNING",
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


def message(kind: Kind, state: State) -> Message | None:
    """Write the message of this moment, or none where the input's `notify` does not want it."""
    if _notify(state) not in _WANTED_BY[kind]:
        return None
    functions, aliases = _names(state)
    subject, lines, body = _TELL[kind](state, _short(functions, aliases))
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


_Content = tuple[str, list[str], dict[str, Any]]


def _weight(state: State, short: str) -> _Content:
    verdicts = state["progress"]["verdicts"]
    if state["progress"]["unproven"]:
        how = "Unproven"
    elif all(last["outcome"] == "pass" for last in verdicts):
        how = "Checks passed"
    else:
        how = "Judged"
    body = _seen_body(state)
    checks = [{**last, **seen} for last, seen in zip(verdicts, body["checks"], strict=True)]
    return f"{how} {where(state)}: {short}", _seen(state), {**body, "checks": checks}


def _seen(state: State) -> list[str]:
    """Say what was seen of the canary so far, and of which versions."""
    verdicts = state["progress"]["verdicts"]
    lines = [
        f"{one['alias']} of {one['function']}: from version {one['baseline']} to {one['canary']}, "
        f"{where(state)}."
        for one in shifting(state["members"])
    ]
    if state["progress"]["unproven"]:
        lines.append(unproven_by(verdicts))
    return lines + (_said(verdicts) or ["No checks were made."])


def _seen_body(state: State) -> dict[str, Any]:
    """Return the same for machines."""
    return {"at": where(state), **progress_of(state)}


def _approval(state: State, short: str) -> _Content:
    name, wait = state["settings"]["orders"], span(state["settings"]["approval_timeout"])
    command = f"aws ssm put-parameter --overwrite --type String --name {name} --value approve"
    lines = [
        f"{short} waits for approval, for {wait}. Seen so far:",
        *(f"  {line}" for line in _seen(state)),
        "To approve:",
        f"  {command}",
        "To roll back, write roll-back instead of approve.",
    ]
    return (
        f"Approval wanted {where(state)}: {short}",
        lines,
        {**_seen_body(state), "command": command},
    )


_ENDED: dict[Ended, str] = {"promoted": "Promoted", "created": "Created", "none": "Nothing to do"}


def _success(state: State, short: str) -> _Content:
    result = state.get("result", {})
    unproven = " (unproven)" if result.get("unproven") else ""
    lines = [f"{result.get('summary', '')}."]
    if unproven:
        lines.append(unproven_by(result["checks"]))
    lines += _said(result.get("checks", []))
    return f"{_ENDED[ended_as(state['members'])]}{unproven}: {short}", lines, {"result": result}


def _said(verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{last['check']}: {last['outcome']} ({last['reason']})" for last in verdicts]


_FAILED = {
    "AliasChanged": "Stopped, somebody changed the alias",
    "RollbackFailed": "NOT rolled back, needs you",
}


def _failure(state: State, short: str) -> _Content:
    failure = state["failure"]
    name = failure["Error"]
    # Before the first weight was set there was nothing to roll back.
    begun = "progress" in state and state["progress"]["step"] > 0
    usual = "Rolled back" if begun else "Not released"
    if state.get("rollback", {}).get("foreign"):
        usual = _FAILED["AliasChanged"]
    verb = "Refused" if name in REFUSALS else _FAILED.get(name, usual)
    subject, lines, body = _bad(f"{verb}: {short} ({name})", failure)
    # A state of another release is told of by what stays in every format.
    known = state.get("format") == FORMAT and "progress" in state
    result = {"result": outcome.failure(state)} if known else {}
    return subject, lines, body | result


def _restored(state: State, short: str) -> _Content:
    return _bad(f"Given back by the guard: {short}", state["failure"])


def _stranded(state: State, short: str) -> _Content:
    return _bad(f"STRANDED, needs you: {short}", state["failure"])


def _bad(subject: str, failure: Failure) -> _Content:
    name, cause = failure["Error"], failure["Cause"]
    if len(cause) > _MAX_CAUSE:
        cause = f"{cause[:_MAX_CAUSE]}... (the rest is in the execution)"
    return subject, [f"{name}: {cause}"], {"error": name, "cause": cause}


_TELL = {
    "weight": _weight,
    "approval": _approval,
    "success": _success,
    "failure": _failure,
    "restored": _restored,
    "stranded": _stranded,
}
