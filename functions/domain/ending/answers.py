"""What people are told who may order something: what waits for them, and what was not obeyed."""

from collections.abc import Sequence
from typing import Any

from domain.ending.outcome import where
from domain.ending.seen import seen, seen_body
from domain.model.alias import mark, marked_by
from domain.model.clock import iso, span
from domain.model.state import State
from domain.rollout.orders import Refusal, approval
from domain.rollout.parameters import parameters
from domain.rollout.words import command, shown

Content = tuple[str, list[str], dict[str, Any]]
"""A message's subject, its lines, and what its body says besides."""

_MOST = 10  # orders that one message tells of


def of_approval(state: State, short: str) -> Content:
    """Ask for the approval of a weight."""
    approve, wait = _commands(state)["approve"], span(state["settings"]["approval_timeout"])
    lines = [
        f"{short} waits for approval, for {wait}. Seen so far:",
        *(f"  {line}" for line in seen(state)),
        "To approve:",
        f"  {approve}",
        "To roll back:",
        f"  {_commands(state)['roll-back']}",
    ]
    subject = f"Approval wanted {where(state)}: {short}"
    return subject, lines, {**seen_body(state), "command": approve}


def of_hold(state: State, short: str) -> Content:
    """Tell that too little is known to go on, and how a person does."""
    progress, settings = state["progress"], state["settings"]
    at = where(state) or "before the first weight"
    left = span(settings["max_hold"] - progress["held"])
    then = "goes on, unproven," if settings["on_insufficient_data"] == "promote" else "rolls back"
    in_one_call = marked_by(mark(state["execution"]["id"])) == "call"
    call = ", or rolls back when this call's own time is over" if in_one_call else ""
    little = [
        f"  {last['check']}: {last['reason']}"
        for last in progress["verdicts"]
        if last["outcome"] == "inconclusive"
    ]
    commands = _commands(state)
    lines = [
        f"{short} holds {at}, because too little is known:",
        *little,
        f"If that stays so, it {then} after {left} more{call}.",
        "To go on from here without waiting, unproven:",
        f"  {commands['approve']}",
        "To go to 100 % and promote, unproven, unless a check fails there:",
        f"  {commands['promote']}",
        "To roll back:",
        f"  {commands['roll-back']}",
    ]
    return f"On hold {at}, too little is known: {short}", lines, {"at": at, "commands": commands}


def of_refused(refused: Sequence[Refusal], short: str) -> Content:
    """Answer orders that were not obeyed, with what to write instead."""
    lines: list[str] = []
    told = [
        {
            "order": shown(one.order.text),
            "at": iso(one.order.at),
            "why": one.why,
            "meant": one.meant,
        }
        for one in refused[-_MOST:]
    ]
    for one, said in zip(refused[-_MOST:], told, strict=True):
        lines.append(f"{said['order']!r} of {said['at']} was not obeyed: {one.why}.")
        if one.meant:
            lines += ["Perhaps this was meant:", f"  {command(one.order.parameter, one.meant)}"]
    return f"Order not obeyed: {short}", lines, {"orders": told}


def _commands(state: State) -> dict[str, str]:
    parameter = parameters(state)[0]
    return {
        "approve": command(parameter, approval(state)),
        "promote": command(parameter, "promote"),
        "roll-back": command(parameter, "roll-back"),
    }
