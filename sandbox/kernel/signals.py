"""What happens in the sandbox, told to whoever listens, in the order in which they subscribed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a function that ended. Times are in seconds since the epoch."""

    function: str
    version: str
    alias: str | None
    started: float
    ended: float
    error: bool
    request_id: str


@dataclass(frozen=True, slots=True)
class Metered:
    """One datum that Lambda reports of a function besides those of the calls that it ran."""

    function: str
    qualifier: str | None
    name: str
    value: float
    unit: Literal["Count", "Milliseconds"]
    at: float


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One AWS API call.

    `caller` is a function's name, an execution's ARN, or "operator". `status` is 0 when the answer
    got lost.
    """

    service: str
    operation: str
    caller: str
    at: float
    status: int


@dataclass(frozen=True, slots=True)
class Execution:
    """A state machine execution as it is when its status changes. Texts are JSON."""

    arn: str
    machine_arn: str
    name: str
    status: Status
    input: str
    output: str | None
    error: str | None
    cause: str | None
    started: float
    stopped: float | None
    redrives: int = 0
    redriven: float | None = None


@dataclass(slots=True)
class Signals:
    """Lists of callbacks, which run in the thread in which the thing happened: be brief."""

    invoked: list[Callable[[Invocation], None]] = field(default_factory=list)
    metered: list[Callable[[Metered], None]] = field(default_factory=list)
    # (function, alias), before its routing changes: what ran so far ran by the old one.
    alias_changing: list[Callable[[str, str], None]] = field(default_factory=list)
    alias_changed: list[Callable[[str, str], None]] = field(default_factory=list)
    execution_changed: list[Callable[[Execution], None]] = field(default_factory=list)
    # (function, one line that it wrote)
    logged: list[Callable[[str, str], None]] = field(default_factory=list)
    called: list[Callable[[ApiCall], None]] = field(default_factory=list)

    def meter(self, datum: Metered) -> None:
        for listener in self.metered:
            listener(datum)
