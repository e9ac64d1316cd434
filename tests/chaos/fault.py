"""What can go wrong in a rollout. Each fault is one line of text, and back again.

Places are counted as a clean run of the same scenario meets them, from 1. `lasting` means from
there on, until everything is healed after the rollout's end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from typing import ClassVar, Literal, NamedTuple, Protocol

from sandbox.kernel.faults import FOREVER, KILLED, STALE, Fate, Faults, HandlerFailure, When
from tests.scenario.aws_errors import BROKEN, DENIED, THROTTLING

Times = Literal["once", "lasting"]
Answer = Literal["throttled", "broken", "denied", "lost", "slow", "killed", "stale"]
Whose = Literal["rollout", "continuation", "hook", "waiter"]
Change = Literal[
    "reweighted",
    "taken",
    "deleted",
    "repointed",
    "restored",
    "described",
    "permitted",
    "unpublished",
]
Side = Literal["baseline", "canary"]
Loss = Literal["refused", "lost"]

ANYBODY = "anybody"
_LATE_SECONDS = 400
# Just below what the functions' clients wait, and below what the functions have.
_SLOW_CALL_SECONDS = 9
_SLOW_HANDLER_SECONDS = 100
# Within what Lambda keeps an event for the gate.
_LATE_DELIVERY_SECONDS = 200


class Call(NamedTuple):
    """Who calls which operation, where `caller` is a logical id of the template."""

    caller: str
    service: str
    operation: str


class Target(Protocol):
    """The rollout that a fault strikes."""

    faults: Faults
    functions: tuple[str, ...]

    def after_call(self, call: Call, nth: int, act: Callable[[], None]) -> None: ...
    def after_event(self, nth: int, act: Callable[[], None]) -> None: ...
    def after_invocation(self, nth: int, act: Callable[[], None]) -> None: ...
    def stop(self, whose: Whose) -> None: ...
    def change(self, member: int, change: Change) -> None: ...
    def order(self, member: int, text: str) -> None: ...
    def hold_back(self, nth: int, side: Side) -> None: ...
    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Fault:
    """Printed as its kind and its fields, with colons between."""

    kind: ClassVar[str]

    def __str__(self) -> str:
        return ":".join([self.kind, *map(str, astuple(self))])

    @property
    def family(self) -> str:
        """What faults of its like are counted under."""
        raise NotImplementedError

    @property
    def lasts(self) -> bool:
        """Whether it goes on until everything is healed."""
        return False

    def strike(self, target: Target) -> None:
        """Let it happen when its time comes."""
        raise NotImplementedError


@dataclass(frozen=True)
class CallFails(Fault):
    """AWS answers one call (or every one from there on) with an error, or its answer gets lost.

    `after`: it took effect all the same. slow: it takes effect late, and is answered. killed: there
    is nobody any more to be answered. stale: a read shows what an earlier one of it has shown.
    """

    kind: ClassVar[str] = "call"
    caller: str
    service: str
    operation: str
    nth: int
    answer: Answer
    when: When
    times: Times

    @property
    def family(self) -> str:
        return f"AWS call {self.answer} {self.when} its effect, {self.times}"

    @property
    def lasts(self) -> bool:
        return self.times == "lasting"

    def strike(self, target: Target) -> None:
        target.faults.on_call(
            self.service,
            self.operation,
            error=self._error,
            seconds=_SLOW_CALL_SECONDS if self.answer == "slow" else 0,
            when=self.when,
            skip=self.nth - 1,
            times=_number(self.times),
            caller=None if self.caller == ANYBODY else self.caller,
        )

    @property
    def _error(self) -> str | None:
        if self.answer == "slow":
            return None
        if self.answer == "lost":
            return "ReadTimeout"
        if self.answer == "killed":
            return KILLED
        if self.answer == "stale":
            return STALE
        return {"throttled": THROTTLING, "broken": BROKEN, "denied": DENIED}[self.answer][
            self.service
        ]


@dataclass(frozen=True)
class HandlerDies(Fault):
    """An invocation of a function dies, before or after its work, runs out of time, or is slow."""

    kind: ClassVar[str] = "handler"
    function: str
    nth: int
    how: HandlerFailure
    when: When
    times: Times

    @property
    def family(self) -> str:
        return f"handler, {self.how} {self.when} its effect, {self.times}"

    @property
    def lasts(self) -> bool:
        return self.times == "lasting"

    def strike(self, target: Target) -> None:
        target.faults.on_handler(
            self.function,
            self.how,
            seconds=_SLOW_HANDLER_SECONDS if self.how == "slow" else 0,
            when=self.when,
            skip=self.nth - 1,
            times=_number(self.times),
        )


@dataclass(frozen=True)
class NothingRuns(Fault):
    """After so many invocations Lambda has no capacity left for any function of ours."""

    kind: ClassVar[str] = "dark"
    nth: int

    @property
    def family(self) -> str:
        return "no function runs any more"

    @property
    def lasts(self) -> bool:
        return True

    def strike(self, target: Target) -> None:
        def throttle_all() -> None:
            for function in target.functions:
                target.faults.on_handler(function, "throttle", times=FOREVER)

        target.after_invocation(self.nth, throttle_all)


@dataclass(frozen=True)
class Stopped(Fault):
    """Somebody stops the execution after that many events, or another one that belongs to it.

    That is its continuation, its hook's, or the gate's, which waits for it.
    """

    kind: ClassVar[str] = "stop"
    nth: int
    whose: Whose = "rollout"

    @property
    def family(self) -> str:
        return "StopExecution" if self.whose == "rollout" else f"StopExecution of a {self.whose}"

    def strike(self, target: Target) -> None:
        target.after_event(self.nth, lambda: target.stop(self.whose))


@dataclass(frozen=True)
class EventFails(Fault):
    """The event that tells the guard of the execution's bad end is lost, doubled or late."""

    kind: ClassVar[str] = "event"
    fate: Fate

    @property
    def family(self) -> str:
        return f"event for the guard, {self.fate}"

    @property
    def lasts(self) -> bool:
        return self.fate == "lost"

    def strike(self, target: Target) -> None:
        for status in ("FAILED", "TIMED_OUT", "ABORTED"):
            target.faults.on_event(self.fate, detail={"status": status}, seconds=_LATE_SECONDS)


@dataclass(frozen=True)
class SomebodyElse(Fault):
    """Just after this call somebody changes the alias of a member (1 or 2) of the group.

    reweighted: another weight, the description left alone. taken: another weight under another
    description, the alias created if need be. deleted. repointed: all to the new version. restored:
    all to the old one. described: another description and no more. permitted: a trigger may call
    it, which gives it another revision. unpublished: the new version is deleted, if Lambda lets it.
    """

    kind: ClassVar[str] = "foreign"
    caller: str
    service: str
    operation: str
    nth: int
    member: int
    change: Change

    @property
    def family(self) -> str:
        what = "version" if self.change == "unpublished" else "alias"
        return f"{what} {self.change} by somebody else"

    def strike(self, target: Target) -> None:
        call = Call(self.caller, self.service, self.operation)
        target.after_call(call, self.nth, lambda: target.change(self.member, self.change))


@dataclass(frozen=True)
class Ordered(Fault):
    """Just after this call an operator writes an order, for a member (1 or 2) of the group."""

    kind: ClassVar[str] = "order"
    caller: str
    service: str
    operation: str
    nth: int
    member: int
    text: str

    @property
    def family(self) -> str:
        return f"order {self.text}"

    def strike(self, target: Target) -> None:
        call = Call(self.caller, self.service, self.operation)
        target.after_call(call, self.nth, lambda: target.order(self.member, self.text))


@dataclass(frozen=True)
class OneSided(Fault):
    """What one version did after the nth change of any alias can be read two minutes later."""

    kind: ClassVar[str] = "onesided"
    nth: int
    side: Side

    @property
    def family(self) -> str:
        return f"metrics of the {self.side} late"

    def strike(self, target: Target) -> None:
        target.hold_back(self.nth, self.side)


@dataclass(frozen=True)
class DeliveryFails(Fault):
    """What CloudFormation asks of the gate is lost, doubled or late, the nth time that it asks."""

    kind: ClassVar[str] = "delivery"
    nth: int
    fate: Fate

    @property
    def family(self) -> str:
        return f"event for the gate, {self.fate}"

    def strike(self, target: Target) -> None:
        target.faults.on_delivery(
            "GateFunction", self.fate, seconds=_LATE_DELIVERY_SECONDS, skip=self.nth - 1
        )


@dataclass(frozen=True)
class AnswerFails(Fault):
    """The gate's nth answer is not taken, or gets lost, though it was taken."""

    kind: ClassVar[str] = "answer"
    nth: int
    loss: Loss
    times: Times

    @property
    def family(self) -> str:
        return f"the gate's answer {self.loss}, {self.times}"

    @property
    def lasts(self) -> bool:
        return self.times == "lasting"

    def strike(self, target: Target) -> None:
        status = 503 if self.loss == "refused" else None
        target.faults.on_response(status, times=_number(self.times), skip=self.nth - 1)


@dataclass(frozen=True)
class Cancelled(Fault):
    """Just after this call somebody cancels the update of the stack; it may be too late for it."""

    kind: ClassVar[str] = "cancel"
    caller: str
    service: str
    operation: str
    nth: int

    @property
    def family(self) -> str:
        return "update of the stack cancelled"

    def strike(self, target: Target) -> None:
        call = Call(self.caller, self.service, self.operation)
        target.after_call(call, self.nth, target.cancel)


KINDS: dict[str, type[Fault]] = {
    fault.kind: fault
    for fault in (
        CallFails,
        HandlerDies,
        NothingRuns,
        Stopped,
        EventFails,
        SomebodyElse,
        Ordered,
        OneSided,
        DeliveryFails,
        AnswerFails,
        Cancelled,
    )
}


def parse(text: str) -> Fault:
    """Return the fault that prints so."""
    kind, *values = text.split(":")
    types = [field.type for field in fields(KINDS[kind])]
    return KINDS[kind](
        *(int(value) if kind == "int" else value for kind, value in zip(types, values, strict=True))
    )


def _number(times: Times) -> float:
    return FOREVER if times == "lasting" else 1
