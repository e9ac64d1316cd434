"""What a metric math expression means, point by point.

A function the sandbox does not know is refused by name: a wrong number would be believed.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor
from statistics import fmean

from sandbox.services.cloudwatch.errors import RefusedError, UnsupportedError, validation_error
from sandbox.services.cloudwatch.expression import Array, Call, Name, Node, Number, Operation, Text

#: Values by epoch second; a time without a data point is absent, never zero.
Series = dict[int, float]
Value = float | Series | list[Series] | str


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can refer to: queries by id, which are metrics, the window's times."""

    series: Mapping[str, Series]
    metrics: Sequence[str]
    times: Sequence[int]


def evaluate(node: Node, scope: Scope) -> Series:
    """Return the expression's time series. Raises ValidationError if it is something else."""
    value = _value(node, scope)
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        raise UnsupportedError("expressions that return several time series")
    raise validation_error("Error in expression: it must return a time series")


def _value(node: Node, scope: Scope) -> Value:
    match node:
        case Number(value):
            return value
        case Text(text):
            return text
        case Name(name):
            if name in scope.series:
                return scope.series[name]
            return name
        case Array(items):
            return [_series(_value(item, scope)) for item in items]
        case Operation(sign, left, right):
            return _pointwise(_OPERATORS[sign], _value(left, scope), _value(right, scope))
        case Call(function, arguments):
            return _call(function, [_value(argument, scope) for argument in arguments], scope)


def _divide(left: float, right: float) -> float | None:
    return left / right if right else None  # AWS leaves such a data point out


def _power(left: float, right: float) -> float | None:
    try:
        result = left**right
    except (ZeroDivisionError, OverflowError):
        return None
    return result if isinstance(result, float) else None


_OPERATORS: dict[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "&&": lambda left, right: float(bool(left) and bool(right)),
    "||": lambda left, right: float(bool(left) or bool(right)),
}


def _pointwise(apply: Callable[[float, float], float | None], left: Value, right: Value) -> Value:
    """Two series meet only where both have a data point; a number meets every one."""
    if isinstance(left, list):
        return [_series(_pointwise(apply, item, right)) for item in left]
    if isinstance(right, list):
        return [_series(_pointwise(apply, left, item)) for item in right]
    if isinstance(left, dict) or isinstance(right, dict):
        times = left if isinstance(left, dict) else _series(right)
        points = {}
        for at in times:
            a, b = _at(left, at), _at(right, at)
            if a is not None and b is not None and (point := apply(a, b)) is not None:
                points[at] = point
        return points
    result = apply(_number(left), _number(right))
    if result is None:
        raise validation_error("Error in expression: division by zero")
    return result


def _at(value: Value, at: int) -> float | None:
    return value.get(at) if isinstance(value, dict) else _number(value)


def _number(value: Value) -> float:
    if isinstance(value, float):
        return value
    raise _mistyped("a number", value)


def _series(value: Value) -> Series:
    if isinstance(value, dict):
        return value
    raise _mistyped("a time series", value)


def _mistyped(wanted: str, value: Value) -> RefusedError:
    given = f"'{value}'" if isinstance(value, str) else f"a {type(value).__name__}"
    return validation_error(f"Error in expression: {wanted} is needed instead of {given}")


def _call(function: str, arguments: list[Value], scope: Scope) -> Value:
    known = _FUNCTIONS.get(function)
    if known is None:
        raise UnsupportedError(f"the metric math function {function}()")
    least, most, apply = known
    if not least <= len(arguments) <= most:
        raise validation_error(
            f"Error in expression: {function}() does not take {len(arguments)} arguments"
        )
    return apply(arguments, scope)


def _condition(arguments: list[Value], _scope: Scope) -> Value:
    """IF(condition, then[, else]); without an else the false points are left out."""
    condition, then = arguments[0], arguments[1]
    otherwise = arguments[2] if len(arguments) > 2 else {}
    if not isinstance(condition, dict):
        return then if _number(condition) else otherwise
    chosen = {at: _at(then if truth else otherwise, at) for at, truth in condition.items()}
    return {at: point for at, point in chosen.items() if point is not None}


def _fill(arguments: list[Value], scope: Scope) -> Value:
    series, filler = _series(arguments[0]), arguments[1]
    if filler == "LINEAR":
        raise UnsupportedError("FILL(..., LINEAR)")
    filled: Series = {}
    latest: float | None = None
    for at in scope.times:
        latest = series.get(at, latest)
        point = latest if filler == "REPEAT" else series.get(at, _at(filler, at))
        if point is not None:
            filled[at] = point
    return filled


def _all_metrics(arguments: list[Value], scope: Scope) -> Value:
    part = arguments[0] if arguments else ""
    if not isinstance(part, str):
        raise _mistyped("a text", part)
    return [scope.series[name] for name in scope.metrics if part in name]


def _running_sum(arguments: list[Value], _scope: Scope) -> Value:
    series = dict(sorted(_series(arguments[0]).items()))
    return dict(zip(series, accumulate(series.values()), strict=True))


def _each(apply: Callable[[float], float]) -> "Function":
    def function(arguments: list[Value], _scope: Scope) -> Value:
        value = arguments[0]
        if isinstance(value, dict):
            return {at: float(apply(point)) for at, point in value.items()}
        return float(apply(_number(value)))

    return function


def _aggregate(apply: Callable[[list[float]], float]) -> "Function":
    """Make a number of one series, or one series of an array of them."""

    def function(arguments: list[Value], _scope: Scope) -> Value:
        value = arguments[0]
        if isinstance(value, list):
            times = sorted({at for series in value for at in series})
            return {
                at: float(apply([series[at] for series in value if at in series])) for at in times
            }
        points = list(_series(value).values())
        return float(apply(points)) if points else {}

    return function


Function = Callable[[list[Value], Scope], Value]

#: By name: least and most arguments, and the function.
_FUNCTIONS: dict[str, tuple[int, int, Function]] = {
    "ABS": (1, 1, _each(abs)),
    "AVG": (1, 1, _aggregate(fmean)),
    "CEIL": (1, 1, _each(ceil)),
    "DATAPOINT_COUNT": (1, 1, _aggregate(len)),
    "FILL": (2, 2, _fill),
    "FLOOR": (1, 1, _each(floor)),
    "IF": (2, 3, _condition),
    "MAX": (1, 1, _aggregate(max)),
    "METRICS": (0, 1, _all_metrics),
    "MIN": (1, 1, _aggregate(min)),
    "RUNNING_SUM": (1, 1, _running_sum),
    "SUM": (1, 1, _aggregate(sum)),
}
