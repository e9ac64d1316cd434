"""How far a rollout has come, as it travels in the state. Instants are epoch seconds."""

from typing import Any, NotRequired, TypedDict

from domain.model.errors import Failure
from domain.model.verdict import Finding

SHIFTS_KEPT = 100  # of the first shifts, and of the last
UNPROBED = Failure(Error="NotProbed", Cause="there was no probe since the last health check")


class LastVerdict(TypedDict):
    """A check's latest verdict; `errors` counts how often in a row it could not be made.

    `aside` and `suspect` are there where they are so (model/verdict.py).
    """

    check: str
    outcome: str
    reason: str
    errors: int
    findings: NotRequired[list[Finding]]
    aside: NotRequired[bool]
    suspect: NotRequired[bool]


class Shift(TypedDict):
    """A weight that was set, and when."""

    weight: float
    at: str


class Obeyed(TypedDict):
    """An order that was taken in; `ignored` if it was not obeyed."""

    order: str
    at: str
    ignored: bool


Seen = tuple[int, float]
"""The version of a parameter that was seen last (0: none yet), and when that was written."""


class Steering(TypedDict):
    """What an operator has ordered so far.

    `since` is when the rollout began, and `seen` has of each member's parameter what was read of it
    last; none before the first look. `roll_back` is when that was ordered, as text; "" if it was
    not. `approved_at` and `promote` are when these were ordered last, or 0. `insists` if promotion
    was ordered although too few calls had come.
    """

    since: float
    seen: list[Seen]
    paused: bool
    promote: float
    insists: bool
    roll_back: str
    approved_at: float
    obeyed: list[Obeyed]


def untouched(started: float) -> Steering:
    """Return what has been ordered at the start: nothing.

    Orders written before `started` (epoch seconds) are somebody else's.
    """
    return Steering(
        since=started,
        seen=[],
        paused=False,
        promote=0.0,
        insists=False,
        roll_back="",
        approved_at=0.0,
        obeyed=[],
    )


class Position(TypedDict):
    """How many weights have been set (`step`), which, and from which minute on (`since`)."""

    step: int
    since: int
    shifts: list[Shift]


class Bake(TypedDict):
    """The time at the present weight.

    `shifted_at` and `bake_ends` are its ends, and `wait_until` is what the machine's Bake waits
    for. `checked_at` is 0 until the first check at a weight, and while a person or a hook is waited
    for. `held` are the seconds of max-hold that are used up, `hold_began` is when the present hold
    for want of calls began (0: none). `asked_at` is when approval of the weight was asked for (0:
    not yet).
    """

    shifted_at: int
    bake_ends: int
    wait_until: str
    checked_at: int
    held: int
    hold_began: int
    asked_at: int


class Health(TypedDict):
    """What the checks have found so far.

    `memories` is what checks carry from one health check to the next, by the check's name, and
    `ignored_alarms` are those that have been firing since before the start. `unprobed` is why there
    was no probe since the last health check; None if there was one.
    """

    verdicts: list[LastVerdict]
    memories: dict[str, Any]
    unproven: bool
    unprobed: Failure | None
    ignored_alarms: list[str]


class History(TypedDict):
    """How much of Step Functions' histories is used up.

    `events` are those that the execution under way has written, as estimated, and `leg` counts the
    rollout's continuations so far.
    """

    events: int
    leg: int


class Progress(Position, Bake, Health, History):
    """All of these side by side in one object, with what an operator has ordered."""

    steering: Steering
