"""Paths and intrinsic functions of the Amazon States Language, as far as this project writes them.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html and
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMED = r"\.[A-Za-z_]\w*|\['[^']+'\]|\[\d+\]"
_PATH = re.compile(rf"\$(?:{_NAMED}|\[\*\])*")
_REFERENCE = re.compile(rf"\$(?:{_NAMED})*")  # where there is one place only, such as to write to
_CONTEXT = re.compile(
    r"\$\$(?:\.Execution(?:\.(?:Id|Name|RoleArn|StartTime|RedriveCount|RedriveTime|Input))?"
    r"|\.State(?:\.(?:EnteredTime|Name|RetryCount))?|\.StateMachine(?:\.(?:Id|Name))?"
    rf"|\.Task\.Token|\.Map\.Item(?:\.(?:Index|Value(?:{_NAMED})*))?)?"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<call>States\.\w+)\(|(?P<path>\$[^\s,()]*(?:\[[^\]]*\][^\s,()]*)*)"
    r"|(?P<word>-?\d+(?:\.\d+)?|true|false|null)|(?P<mark>[,)]))\s*"
)
_ARGUMENTS: dict[str, tuple[int, float]] = {
    "States.Array": (0, float("inf")),
    "States.ArrayContains": (2, 2),
    "States.ArrayGetItem": (2, 2),
    "States.ArrayLength": (1, 1),
    "States.ArrayPartition": (2, 2),
    "States.ArrayRange": (3, 3),
    "States.ArrayUnique": (1, 1),
    "States.Base64Decode": (1, 1),
    "States.Base64Encode": (1, 1),
    "States.Format": (1, float("inf")),
    "States.Hash": (2, 2),
    "States.JsonMerge": (3, 3),
    "States.JsonToString": (1, 1),
    "States.MathAdd": (2, 2),
    "States.MathRandom": (2, 3),
    "States.StringSplit": (2, 2),
    "States.StringToJson": (1, 1),
    "States.UUID": (0, 0),
}


def is_path(text: object) -> bool:
    """Of the state's input or of the context object."""
    return isinstance(text, str) and bool(_PATH.fullmatch(text) or _CONTEXT.fullmatch(text))


def is_reference(text: object) -> bool:
    return isinstance(text, str) and bool(_REFERENCE.fullmatch(text))


def flaw_of_value(text: object) -> str | None:
    """Say what is wrong with the value of a field whose name ends in `.$`, if anything is."""
    if not isinstance(text, str):
        return "is no text"
    if text.startswith("$"):
        return None if is_path(text) else "is no path"
    try:
        _Call.read(text)
    except _BadCallError as flaw:
        return str(flaw)
    return None


class _BadCallError(Exception):
    """In words that follow the call's text."""


@dataclass
class _Call:
    """A reader of one text, at a place in it."""

    text: str
    at: int = 0

    @classmethod
    def read(cls, text: str) -> None:
        reader = cls(text)
        if reader._value() != "call" or reader.at != len(text):
            raise _BadCallError("is neither a path nor a call of an intrinsic function")

    def _next(self) -> re.Match[str]:
        if (found := _TOKEN.match(self.text, self.at)) is None:
            raise _BadCallError(f"cannot be read from {self.text[self.at :][:20]!r} on")
        self.at = found.end()
        return found

    def _value(self) -> str:
        """Return the kind of value that has been read."""
        token = self._next()
        if token["path"] and not is_path(token["path"]):
            raise _BadCallError(f"holds {token['path']}, which is no path")
        if token["call"]:
            self._arguments(token["call"])
        return token.lastgroup or ""

    def _arguments(self, function: str) -> None:
        if function not in _ARGUMENTS:
            raise _BadCallError(f"calls {function}, which does not exist")
        count = 0
        template = _TOKEN.match(self.text, self.at)
        while self._value() != "mark":
            count += 1
            if self._next()["mark"] == ")":
                break
        least, most = _ARGUMENTS[function]
        if not least <= count <= most:
            raise _BadCallError(f"calls {function} with {count} arguments")
        places = template["text"].count("{}") if template and template["text"] else count - 1
        if function == "States.Format" and places != count - 1:
            raise _BadCallError(f"has {places} places for {count - 1} values")
