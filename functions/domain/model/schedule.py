"""Schedules: how much traffic the canary gets, and for how long.

Weights are percents with at most two decimals, strictly rising from above 0 to 100. A `Spec` is the
few numbers that define a schedule; it travels in the workflow's state, where ten thousand weights
would not fit, and `schedule` works the weights out anew.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypedDict

MAX_WEIGHTS = 10_000

Shape = Literal["linear", "exponential", "geometric", "canary", "all-at-once", "custom"]
SHAPES: tuple[Shape, ...] = (
    "linear",
    "exponential",
    "geometric",
    "canary",
    "all-at-once",
    "custom",
)

CODEDEPLOY_NAME = re.compile(
    r"(?:CodeDeployDefault\.Lambda)?"
    r"(?:(?P<all>AllAtOnce)"
    r"|Canary(?P<first>[1-9][0-9]?)Percent(?P<after>[1-9][0-9]{0,5})Minutes?"
    r"|Linear(?P<each>[1-9][0-9]?)PercentEvery(?P<every>[1-9][0-9]{0,5})Minutes?)"
)


class Spec(TypedDict):
    """What defines a schedule. `interval` is seconds, one for all weights or one for each.

    `last_look` are those after the last bake, until what came in it can be seen.
    """

    shape: Shape
    steps: int
    first_weight: float
    weights: list[float]
    interval: int | list[int]
    bake_at_full: bool
    last_look: int


@dataclass(frozen=True)
class Schedule:
    """The weights in turn: `weights[k]` percent go to the canary for `bakes[k]` seconds."""

    weights: tuple[float, ...]
    bakes: tuple[int, ...]

    @property
    def seconds(self) -> int:
        """The time that all bakes take together."""
        return sum(self.bakes)


class ScheduleError(ValueError):
    """The numbers given make no schedule; says which key and why."""


def codedeploy(name: str) -> Spec | None:
    """Return the schedule of a CodeDeploy name such as `Canary10Percent5Minutes`, or None.

    CodeDeploy's own presets are a few of these; any whole percent below 100 and any minutes of
    up to six digits (two years) work.
    Source: CodeDeploy user guide, "Deployment configurations on an AWS Lambda compute platform".
    """
    match = CODEDEPLOY_NAME.fullmatch(name)
    if match is None:
        return None
    if match["all"]:
        return _spec("all-at-once", bake_at_full=False)
    if match["first"]:
        return _spec(
            "canary",
            first_weight=float(match["first"]),
            interval=60 * int(match["after"]),
            bake_at_full=False,
        )
    percent = int(match["each"])
    rising = [float(weight) for weight in range(percent, 100, percent)]
    return _spec(
        "custom",
        weights=[*rising, 100.0],
        interval=60 * int(match["every"]),
        bake_at_full=False,
    )


def _spec(
    shape: Shape,
    *,
    first_weight: float = 0.0,
    weights: list[float] | None = None,
    interval: int = 60,
    bake_at_full: bool,
) -> Spec:
    return Spec(
        shape=shape,
        steps=0,
        first_weight=first_weight,
        weights=weights or [],
        interval=interval,
        bake_at_full=bake_at_full,
        last_look=0,
    )


def schedule(spec: Spec) -> Schedule:
    """Work out the weights and the bake after each.

    Raises ScheduleError where the weights do not rise strictly to 100 at two decimals, or where a
    list of intervals has not one entry a weight.
    """
    weights = weights_of(spec)
    return Schedule(weights, _bakes(spec, len(weights)))


def weights_of(spec: Spec) -> tuple[float, ...]:
    """Work out the weights alone, for which a spec of any release has what they need.

    Raises ScheduleError where they do not rise strictly to 100 at two decimals.
    """
    weights = tuple(_weights(spec))
    _require_strictly_rising(weights, *_WHOSE_WEIGHTS[spec["shape"]])
    return weights


def _weights(spec: Spec) -> list[float]:
    steps, first = spec["steps"], spec["first_weight"]
    match spec["shape"]:
        case "linear":
            return [round(100 * k / steps, 2) for k in range(1, steps + 1)]
        case "exponential":
            # Whole numbers: 2**steps is far beyond a float long before 10,000 steps.
            return [round(100 * (2**k - 1) / (2**steps - 1), 2) for k in range(1, steps + 1)]
        case "geometric":
            if steps == 1:
                return [100.0]
            ratio = 100 / first
            return [round(first * ratio ** (k / (steps - 1)), 2) for k in range(steps)]
        case "canary":
            return [first, 100.0]
        case "all-at-once":
            return [100.0]
        case "custom":
            return spec["weights"]


# Which key of the input is to blame for bad weights, and what helps.
_WHOSE_WEIGHTS: dict[Shape, tuple[str, str]] = {
    "linear": ("steps", ": use fewer"),
    "exponential": ("steps", ": use fewer"),
    "geometric": ("steps", ": use fewer, or a smaller first-weight"),
    "canary": ("first-weight", ": use a smaller one"),
    "all-at-once": ("type", ""),
    "custom": ("weights", ""),
}


def _require_strictly_rising(weights: tuple[float, ...], name: str, hint: str) -> None:
    if weights[-1] != 100:
        raise ScheduleError(f"{name}: the last weight is {weights[-1]:g}; it must be 100")
    previous = 0.0
    for position, weight in enumerate(weights, start=1):
        if weight <= previous:
            raise ScheduleError(
                f"{name}: weight {position} is {weight:g} after {previous:g}; with two decimals "
                f"weights must rise strictly from above 0 to 100{hint}"
            )
        previous = weight


def _bakes(spec: Spec, count: int) -> tuple[int, ...]:
    interval = spec["interval"]
    if isinstance(interval, list):
        if len(interval) != count:
            raise ScheduleError(
                f"interval: {len(interval)} given for {count} weights; give one for each, or one"
            )
        bakes = tuple(interval)
    else:
        bakes = (interval,) * count
    last = bakes[-1] if spec["bake_at_full"] else 0
    return (*bakes[:-1], last + spec["last_look"])
