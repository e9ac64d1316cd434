"""The grammar of metric math: text to a tree of small nodes.

Written from AWS's "Using math expressions with CloudWatch metrics"; what a function means is in
`metric_math`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.services.cloudwatch.errors import RefusedError, validation_error


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of another query, or a bare word such as REPEAT."""

    value: str


@dataclass(frozen=True, slots=True)
class Array:
    """Several expressions in brackets."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions with an operator between them."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of metric math with its arguments."""

    function: str
    arguments: tuple["Node", ...]


Node = Number | Text | Name | Array | Operation | Call

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<name>[A-Za-z]\w*)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/^<>()\[\],]))"
)
_BINDING = [
    {"||", "OR"},
    {"&&", "AND"},
    {"==", "!=", "<", "<=", ">", ">="},
    {"+", "-"},
    {"*", "/"},
]
_SYNONYMS = {"OR": "||", "AND": "&&"}


def parse(expression: str) -> Node:
    """Return the tree of `expression`. Raises ValidationError for what cannot be read."""
    return _Parser(expression).whole()


def names(node: Node) -> Iterator[str]:
    """Every name in the tree, with repetitions."""
    match node:
        case Name(value):
            yield value
        case Operation(_, left, right):
            yield from names(left)
            yield from names(right)
        case Array(items) | Call(_, items):
            for item in items:
                yield from names(item)


class _Parser:
    """Recursive descent, one method a level of binding."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = self._read()
        self._at = 0

    def whole(self) -> Node:
        node = self._binary(0)
        if self._peek():
            raise self._error(f"unexpected '{self._peek()}'")
        return node

    def _read(self) -> list[str]:
        tokens, position, text = [], 0, self._expression.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if not match:
                raise self._error(f"unexpected '{text[position:].strip()[:1]}'")
            tokens.append(match[0].strip())
            position = match.end()
        return tokens

    def _error(self, reason: str) -> RefusedError:
        return validation_error(f"Error in expression '{self._expression}': {reason}")

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise self._error("unexpected end")
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        if (token := self._next()) != sign:
            raise self._error(f"expected '{sign}' instead of '{token}'")

    def _binary(self, level: int) -> Node:
        if level == len(_BINDING):
            return self._unary()
        node = self._binary(level + 1)
        while self._peek() in _BINDING[level]:
            operator = self._next()
            node = Operation(_SYNONYMS.get(operator, operator), node, self._binary(level + 1))
        return node

    def _unary(self) -> Node:
        if self._peek() == "-":
            self._next()
            return Operation("-", Number(0.0), self._unary())
        return self._power()

    def _power(self) -> Node:
        base = self._operand()
        if self._peek() == "^":
            self._next()
            return Operation("^", base, self._unary())
        return base

    def _operand(self) -> Node:
        token = self._next()
        if token == "(":
            node = self._binary(0)
            self._expect(")")
            return node
        if token == "[":
            return Array(self._list("]"))
        if token[0] in "'\"":
            return Text(token[1:-1])
        if token[0].isdigit() or token[0] == ".":
            return Number(float(token))
        if token[0].isalpha():
            if self._peek() != "(":
                return Name(token)
            self._next()
            return Call(token, self._list(")"))
        raise self._error(f"unexpected '{token}'")

    def _list(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self._peek() == end:
            self._next()
            return ()
        while True:
            items.append(self._binary(0))
            if (token := self._next()) == end:
                return tuple(items)
            if token != ",":
                raise self._error(f"expected ',' or '{end}' instead of '{token}'")
