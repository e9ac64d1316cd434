"""Conditions on a JSON answer, in JMESPath: refused at the start where they are no JMESPath."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from domain.model.naming import BadName
from domain.model.text import one_line, show

_SHOWN = 150  # characters of JMESPath's own words that a problem repeats
_ITEMS = 200_000  # elements or characters that an expression may make in one step
_STEPS = 2_000_000
# The nodes that make lists and texts; all others only find their way through the answer.
_MAKERS = frozenset(
    {"filter_projection", "flatten", "function_expression", "multi_select_list", "projection",
     "slice", "value_projection"}
)  # fmt: skip


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


def broken(expressions: Sequence[str], answer: Any) -> str | None:
    """Return the first condition that does not hold of the answer, in words.

    One holds if its value is neither false, null, nor empty. A condition that cannot be evaluated,
    such as the length of what is missing, does not hold.
    """
    for expression in expressions:
        try:
            value = _value(expression, answer)
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
    return str(error) if isinstance(error, _TooMuch) else "cannot be evaluated"


class _TooMuch(Exception):  # noqa: N818 (an expression's flaw, not a fault of ours)
    pass


def _value(expression: str, answer: Any) -> Any:
    """Evaluate within bounds: a short expression could otherwise double a list without end."""
    from jmespath import compile as compiled
    from jmespath.visitor import TreeInterpreter

    class Bounded(TreeInterpreter):  # type: ignore[misc]  # jmespath has no types
        steps = 0

        def visit(self, node: Any, *args: Any, **named: Any) -> Any:
            self.steps += 1
            value = super().visit(node, *args, **named)
            made = node["type"] in _MAKERS and isinstance(value, list | str)
            if (made and len(value) > _ITEMS) or self.steps > _STEPS:
                raise _TooMuch("takes too much to evaluate")
            return value

    return Bounded().visit(compiled(expression).parsed, answer)
