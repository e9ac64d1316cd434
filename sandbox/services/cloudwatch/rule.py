"""The rule of a composite alarm: which states of other alarms make it go off."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.services.cloudwatch.errors import RefusedError, UnsupportedError, validation_error

#: An alarm's state by its name; None if there is no such alarm.
StateOf = Callable[[str], str | None]

_TOKEN = re.compile(
    r"\s*(?:(?P<test>ALARM|OK|INSUFFICIENT_DATA)\s*\("
    r"\s*(?:\"(?P<double>(?:[^\"\\]|\\.)+)\"|'(?P<single>(?:[^'\\]|\\.)+)'|(?P<bare>[^()'\"]+?))"
    r"\s*\)|(?P<word>\w+|[()]))"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A composite alarm's condition, parsed."""

    text: str
    alarms: tuple[str, ...]
    holds: Callable[[StateOf], bool]


def parse_rule(text: str) -> Rule:
    """Read ALARM(), OK(), INSUFFICIENT_DATA(), TRUE, FALSE, NOT, AND, OR and parentheses.

    Alarms are named or given by ARN, in quotes or without. NOT binds closer than AND, AND than OR.
    """
    if not text or text != text.strip():
        raise validation_error(
            "AlarmRule must not contain leading or trailing whitespace or be null"
        )
    if "AT_LEAST(" in text:
        raise UnsupportedError("AT_LEAST in alarm rules")
    parser = _Parser(text)
    holds = parser.whole()
    return Rule(text, tuple(dict.fromkeys(parser.alarms)), holds)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._read()
        self._at = 0
        self.alarms: list[str] = []

    def whole(self) -> Callable[[StateOf], bool]:
        rule = self._any()
        if self._peek() is not None:
            raise self._error()
        return rule

    def _read(self) -> list[re.Match[str]]:
        tokens, position = [], 0
        while position < len(self._text):
            match = _TOKEN.match(self._text, position)
            if match is None:
                raise self._error(position)
            tokens.append(match)
            position = match.end()
        return tokens

    def _error(self, position: int | None = None) -> RefusedError:
        if position is None:
            position = self._tokens[self._at].start() if self._at < len(self._tokens) else -1
        near = self._text[position:].strip() if position >= 0 else "the end"
        return validation_error(f"AlarmRule is invalid: '{self._text}', near {near!r}")

    def _peek(self) -> str | None:
        """Return the next word, '' for a test of an alarm's state, None at the end."""
        return (self._tokens[self._at]["word"] or "") if self._at < len(self._tokens) else None

    def _any(self) -> Callable[[StateOf], bool]:
        alternatives = [self._all()]
        while self._peek() == "OR":
            self._at += 1
            alternatives.append(self._all())
        return lambda state_of: any(rule(state_of) for rule in alternatives)

    def _all(self) -> Callable[[StateOf], bool]:
        conditions = [self._not()]
        while self._peek() == "AND":
            self._at += 1
            conditions.append(self._not())
        return lambda state_of: all(rule(state_of) for rule in conditions)

    def _not(self) -> Callable[[StateOf], bool]:
        if self._peek() == "NOT":
            self._at += 1
            rule = self._not()
            return lambda state_of: not rule(state_of)
        return self._one()

    def _one(self) -> Callable[[StateOf], bool]:
        word = self._peek()
        if word is None or word in (")", "AND", "OR"):
            raise self._error()
        token = self._tokens[self._at]
        self._at += 1
        if word == "(":
            rule = self._any()
            if self._peek() != ")":
                raise self._error()
            self._at += 1
            return rule
        if word == "":
            return self._test(token)
        if word in ("TRUE", "FALSE"):
            return lambda _state_of: word == "TRUE"
        self._at -= 1
        raise self._error()

    def _test(self, token: re.Match[str]) -> Callable[[StateOf], bool]:
        reference = token["double"] or token["single"] or token["bare"]
        name = re.sub(r"\\(.)", r"\1", reference).rpartition(":alarm:")[2]
        self.alarms.append(name)
        return lambda state_of: state_of(name) == token["test"]
