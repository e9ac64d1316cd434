"""Conditions on a JSON answer, in JMESPath: refused at the start where they are no JMESPath."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

from domain.model.naming import BadName
from domain.model.questions import CouldNotAsk
from domain.model.text import one_line, show

_SHOWN = 150  # characters of JMESPath's own words that a problem repeats
_ITEMS = 200_000  # elements or characters that an expression may make in one step
# What all conditions of a health check may take together, in steps. A step is a node that is
# visited, a value that a function or a comparison reads, or 32 characters of it. None takes much
# longer than a microsecond, so conditions are over within seconds, whatever they ask of what.
_STEPS = 2_000_000
_LETTERS = 32
# The nodes that make lists and texts; all others only find their way through the answer.
_MAKERS = frozenset(
    {"filter_projection", "flatten", "function_expression", "multi_select_list", "projection",
     "slice", "value_projection"}
)  # fmt: skip
# Functions that take as long whatever they are given, and those that read all that is in it.
_CHEAP = frozenset({"abs", "ceil", "floor", "length", "not_null", "to_array", "type"})
_DEEP = frozenset({"contains", "to_string"})


class NotJson(ValueError):  # noqa: N818 (an answer's flaw, not a fault of ours)
    """The text is not JSON, or nested too deeply to be read."""


def decoded(text: str) -> Any:
    """Read the text's JSON. Raises NotJson, also for NaN and Infinity, which Python would take."""
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise NotJson("not JSON") from error


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def sendable(value: Any) -> bool:
    """Tell whether a value can be sent as JSON: NaN, Infinity and half a surrogate pair cannot."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        return False
    return True


def require_conditions(expressions: Sequence[str], option: str = "assert") -> None:
    """Raise BadName at the first expression that cannot be asked of any answer."""
    for at, expression in enumerate(expressions):
        if (flaw := _flaw(expression)) is not None:
            raise BadName(f"{show(expression)} {flaw}", (option, at))


def _flaw(expression: str) -> str | None:
    from jmespath import compile as compiled
    from jmespath.exceptions import JMESPathError

    try:
        nodes = list(_nodes(compiled(expression).parsed))
    except JMESPathError as error:
        return f"is not JMESPath: {one_line(str(error).split(', for expression')[0], _SHOWN)}"
    except RecursionError:
        return "is not JMESPath: nested too deeply"
    calls = [node for node in nodes if node["type"] == "function_expression"]
    return next((flaw for call in calls if (flaw := _flaw_of_call(call))), None)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


def _flaw_of_call(call: dict[str, Any]) -> str | None:
    """Find a wrong call of a function, which JMESPath finds only when it gets there."""
    from jmespath.functions import Functions

    name, given = call["value"], len(call["children"])
    known = Functions.FUNCTION_TABLE
    if name not in known:
        return f"calls {show(name)}, which JMESPath does not know"
    signature = known[name]["signature"]
    variadic = bool(signature and signature[-1].get("variadic"))
    if given < len(signature) or (given > len(signature) and not variadic):
        return f"calls {name} with {given} arguments instead of {len(signature)}"
    return None


class Effort:
    """What evaluating conditions may still take: one for all checks of a health check together."""

    def __init__(self, steps: int = _STEPS) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises CouldNotAsk where more were taken than there are."""
        self._left -= steps
        if self._left < 0:
            raise CouldNotAsk("the conditions take too much to evaluate")

    def spend_on(self, value: Any, *, deep: bool) -> None:
        """Take what it is to read a value and what is in it, or, if `deep`, all that is in that."""
        within, top = [iter([value])], True
        while within:
            for one in within[-1]:
                self.spend(1 + len(one) // _LETTERS if isinstance(one, str) else 1)
                if (deep or top) and isinstance(one, list | dict):
                    within.append(_parts(one))
                    break
            else:
                within.pop()
            top = False


def _parts(value: list[Any] | dict[str, Any]) -> Iterator[Any]:
    return chain(value, value.values()) if isinstance(value, dict) else iter(value)


def broken(expressions: Sequence[str], answer: Any, effort: Effort | None = None) -> str | None:
    """Return the first condition that does not hold of the answer, in words.

    One holds if its value is neither false, null, nor empty. A condition that cannot be evaluated,
    such as the length of what is missing, does not hold.

    Raises CouldNotAsk when the `effort` is used up: then nobody knows whether they hold.
    """
    effort = effort or Effort()
    for expression in expressions:
        try:
            value = _value(expression, answer, effort)
        except CouldNotAsk:
            raise
        except RecursionError:
            return f"{expression[:_SHOWN]} (the answer is nested too deeply)"
        except Exception as error:  # JMESPath's own errors, and Python's that it lets pass
            return f"{expression[:_SHOWN]} ({_without_values(error)})"
        if value is False or value in (None, "", [], {}):
            return f"{expression[:_SHOWN]} (is {json.dumps(value)})"
    return None


def _without_values(error: Exception) -> str:
    """Leave out the value that JMESPath could not take and quotes: it is the answer's."""
    from jmespath.exceptions import JMESPathTypeError

    if isinstance(error, JMESPathTypeError):
        return f"{error.function_name}() cannot take {error.actual_type}"
    return "cannot be evaluated"


def _value(expression: str, answer: Any, effort: Effort) -> Any:
    """Evaluate within bounds: a short expression could otherwise double a list without end."""
    from jmespath import compile as compiled

    return _bounded()(effort).visit(compiled(expression).parsed, answer)


@cache
def _bounded() -> Any:
    """Make the interpreter, for which JMESPath has to be loaded."""
    from jmespath.visitor import TreeInterpreter

    class Bounded(TreeInterpreter):  # type: ignore[misc]  # jmespath has no types
        """Spends on each node, and on what takes long by itself before that begins."""

        def __init__(self, effort: Effort) -> None:
            super().__init__()
            self._effort = effort

        def visit(self, node: Any, *args: Any, **named: Any) -> Any:
            self._effort.spend(1)
            value = super().visit(node, *args, **named)
            if node["type"] in _MAKERS and isinstance(value, list | str):
                self._effort.spend(_STEPS if len(value) > _ITEMS else len(value) // _LETTERS)
            return value

        def visit_function_expression(self, node: Any, value: Any) -> Any:
            given = [self.visit(child, value) for child in node["children"]]
            if node["value"] not in _CHEAP:
                for one in given:
                    self._effort.spend_on(one, deep=node["value"] in _DEEP)
            return self._functions.call_function(node["value"], given)

        def visit_comparator(self, node: Any, value: Any) -> Any:
            left, right = (self.visit(child, value) for child in node["children"])
            sized = isinstance(left, list | dict | str) and type(left) is type(right)
            if sized and len(left) == len(right):  # else they differ at once
                self._effort.spend_on(left, deep=True)
            return super().visit_comparator(_of_values(node, left, right), None)

        def visit_flatten(self, node: Any, value: Any) -> Any:
            base = self.visit(node["children"][0], value)
            if isinstance(base, list):
                made = sum(len(one) if isinstance(one, list) else 1 for one in base)
                self._effort.spend(_STEPS if made > _ITEMS else len(base))
            return super().visit_flatten(_of_values(node, base), None)

    return Bounded


def _of_values(node: dict[str, Any], *values: Any) -> dict[str, Any]:
    """Return the node with what its children have come out as in their place."""
    children = [{"type": "literal", "value": one, "children": []} for one in values]
    return {**node, "children": children}
