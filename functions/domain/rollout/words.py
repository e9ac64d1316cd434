"""What people write into an order's parameter, and which order they mean by it."""

import re
from typing import NamedTuple

ORDERS = ("pause", "resume", "approve", "promote", "roll-back")

# What else people write, in the words of other tools, spelled as _spelled spells it. Whoever stops,
# aborts or cancels a release wants the old version: so does every end of a rollout but promotion.
_ALSO = {
    "rollback": "roll-back",
    "abort": "roll-back",
    "cancel": "roll-back",
    "revert": "roll-back",
    "stop": "roll-back",
    "undo": "roll-back",
    "halt": "pause",
    "hold": "pause",
    "suspend": "pause",
    "wait": "pause",
    "continue": "resume",
    "unpause": "resume",
    "approved": "approve",
    "confirm": "approve",
    "finish": "promote",
}
_KNOWN = {**{order: order for order in ORDERS}, **_ALSO}
_SHOWN = 40  # characters of a text that nobody understands


class Meaning(NamedTuple):
    """The `order` that a text is, if any, and the `rollout` it names; `hint` is the likely one."""

    order: str = ""
    rollout: str = ""
    hint: str = ""


def meaning(text: str) -> Meaning:
    """Understand a text: an order, or another word for it, then perhaps the rollout's name."""
    words = text.split()
    for length in (2, 1):  # `roll back NAME` before `roll`
        order = _KNOWN.get(_spelled("-".join(words[:length])))
        rest = words[length:]
        if order and len(words) >= length and (not rest or _may_be_a_name(rest)):
            return Meaning(order, rest[0] if rest else "")
    return Meaning(hint=_nearest(words))


def shown(text: str) -> str:
    """Return the beginning of a text that is no order, for logs and messages."""
    return text.strip().lower()[:_SHOWN]


def command(parameter: str, order: str) -> str:
    """Write the command that gives this order."""
    import shlex  # here, as difflib below: hardly any rollout needs it

    put = "aws ssm put-parameter --overwrite --type String"
    return f"{put} --name {parameter} --value {shlex.quote(order)}"


def _may_be_a_name(words: list[str]) -> bool:
    return len(words) == 1 and _spelled(words[0]) not in _KNOWN


def _spelled(word: str) -> str:
    return re.sub(r"[\s_-]+", "-", word.strip("\"'`.!").lower())


def _nearest(words: list[str]) -> str:
    import difflib

    found = difflib.get_close_matches(_spelled(words[0][:_SHOWN]) if words else "", _KNOWN, n=1)
    return _KNOWN[found[0]] if found else ""
