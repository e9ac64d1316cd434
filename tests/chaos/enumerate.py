"""Every single fault that a run could meet, from what the run without it went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, get_args

from sandbox.kernel.faults import Fate, HandlerFailure, When
from tests.chaos.ending import Trace
from tests.chaos.fault import (
    ANYBODY,
    Answer,
    AnswerFails,
    Call,
    CallFails,
    Cancelled,
    Change,
    DeliveryFails,
    EventFails,
    Fault,
    HandlerDies,
    Loss,
    NothingRuns,
    OneSided,
    Ordered,
    Side,
    SomebodyElse,
    Stopped,
    Times,
    Whose,
)
from tests.chaos.scenario import WEIGHTS

T = TypeVar("T")

# The last calls before which nothing that somebody else does matters.
_PLANNED = (
    Call("PlanFunction", "lambda", "GetAlias"),
    Call("SimpleDeployFunction", "sqs", "SendMessage"),
)
_READS_ORDERS = Call("CheckHealthFunction", "ssm", "GetParameters")
GATES = ("GateFunction", "GateAnswerFunction", "GateStateMachine")
GUARDS = ("GuardFunction", "GuardCallFunction")
# What Lambda does in a function's name, to bring it what is in a queue: no function runs just then.
_POLLING = ("GetQueueAttributes", "ReceiveMessage", "DeleteMessage")
_WRITE_IN_ONE_CALL = Call("SimpleDeployFunction", "lambda", "UpdateAlias")

# What throttles or denies does not begin; a failure and a lost answer may hide an effect.
_ANSWERS: list[tuple[Answer, When]] = [
    ("throttled", "before"),
    ("denied", "before"),
    ("broken", "before"),
    ("broken", "after"),
    ("lost", "before"),
    ("lost", "after"),
    ("slow", "before"),
]
# Reads that AWS may answer with what was so a moment ago.
_MAY_BE_STALE = ("GetAlias", "GetFunctionConfiguration", "DescribeExecution")

_DEATHS: list[tuple[HandlerFailure, When]] = [
    ("throttle", "before"),
    ("unavailable", "before"),
    *(
        (how, when)
        for how in get_args(HandlerFailure)
        if how not in ("throttle", "unavailable")
        for when in get_args(When)
    ),
]


def singles(trace: Trace) -> Iterator[Fault]:
    """Each once, at every place where it can happen."""
    yield from calls_fail(trace.calls)
    yield from handlers_die(trace.invocations)
    yield from (NothingRuns(nth) for nth in range(1, len(trace.invocations) + 1))
    yield from stops(trace.events)
    if trace.events:
        yield from map(EventFails, get_args(Fate))
    yield from somebody_else(trace.calls)
    yield from orders(trace.calls)
    for nth in range(1, trace.alias_changes + 1):
        yield from (OneSided(nth, side) for side in get_args(Side))


def singles_in_a_stack(trace: Trace) -> Iterator[Fault]:
    """Each once, at every place of the gate's; inside, the rollout is as others are."""
    yield from calls_fail(trace.calls, GATES)
    yield from (fault for fault in handlers_die(trace.invocations) if fault.function in GATES)
    yield from (NothingRuns(nth) for nth in range(1, len(trace.invocations) + 1))
    yield from stops(trace.events)
    yield from map(EventFails, get_args(Fate))
    yield from somebody_else(trace.calls, members=1)
    yield from orders(trace.calls, members=1)
    for nth in range(1, trace.invocations.count("GateFunction") + 1):
        yield from (DeliveryFails(nth, fate) for fate in get_args(Fate))
    for nth in range(1, trace.answers + 1):
        for loss in get_args(Loss):
            yield from (AnswerFails(nth, loss, times) for times in get_args(Times))
    for call, nth in _numbered(trace.calls):
        yield Cancelled(*call, nth)


def of_the_guard(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Those that strike the guard itself."""
    for fault in faults:
        if isinstance(fault, CallFails) and fault.caller in GUARDS:
            yield fault
        if isinstance(fault, HandlerDies) and fault.function in GUARDS:
            yield fault


def overtaken(trace: Trace) -> Iterator[tuple[Stopped, HandlerDies]]:
    """Stop while a task is slow, so that it writes when the guard has looked."""
    if not trace.events:
        return
    begins = [at for at, each in enumerate(trace.events, start=1) if _runs_a_task(each)]
    ours = [function for function in trace.invocations if _is_task(function)]
    for at, (function, nth) in zip(begins, _numbered(ours), strict=True):
        for when in get_args(When):
            yield Stopped(at), HandlerDies(function, nth, "slow", when, "once")


def _runs_a_task(event: str) -> bool:
    """Whether a function begins just then whose answer its state waits for."""
    if event.startswith("hook "):
        return False
    state, _, kind = event.removeprefix("continuation ").partition(" ")
    return kind == "TaskStarted" and state not in ("Relay", "CallHook")


def _is_task(function: str) -> bool:
    return function.endswith("Function") and function not in (*GUARDS, "RunHookFunction")


def begun(trace: Trace) -> Iterator[Fault]:
    """End where most is open.

    That is in the midst of the rollout, while a write is under way, while nothing is, and while the
    promotion is.
    """
    if not trace.events:
        for nth in (3, 2 * len(WEIGHTS) + 1):
            yield CallFails(*_WRITE_IN_ONE_CALL, nth, "killed", "after", "once")
        return
    for event, nth in (
        ("ShiftWeight TaskStarted", 2),
        ("Bake WaitStateEntered", 2),
        ("Finalize TaskStarted", 1),
    ):
        places = [
            at
            for at, each in enumerate(trace.events, start=1)
            if each.removeprefix("continuation ") == event
        ]
        yield Stopped(places[nth - 1])


def calls_fail(calls: Iterable[Call], callers: Sequence[str] = ()) -> Iterator[Fault]:
    """Each call by itself; and from each on, those of its caller, and those of anybody.

    `callers`: those of them alone, by themselves.
    """
    calls = list(calls)
    for call, nth in _numbered(calls):
        if callers and call.caller not in callers:
            continue
        for answer, when in _ANSWERS:
            for times in get_args(Times):
                yield CallFails(*call, nth, answer, when, times)
        if call.caller.endswith("Function") and call.operation not in _POLLING:
            for when in get_args(When):
                yield CallFails(*call, nth, "killed", when, "once")
        if call.operation in _MAY_BE_STALE:
            yield CallFails(*call, nth, "stale", "before", "once")
    who = Counter((service, operation) for _, service, operation in set(calls))
    shared = [Call(ANYBODY, *call[1:]) for call in calls if who[call[1:]] > 1]
    for call, nth in _numbered(shared):
        for answer, when in _ANSWERS:
            yield CallFails(*call, nth, answer, when, "lasting")


def handlers_die(invocations: Iterable[str]) -> Iterator[HandlerDies]:
    for function, nth in _numbered(invocations):
        for how, when in _DEATHS:
            for times in get_args(Times):
                yield HandlerDies(function, nth, how, when, times)


def stops(events: Iterable[str]) -> Iterator[Fault]:
    """Stop after every event.

    Of the rollout after each but the first, before which nothing runs, and the last, the end. Of a
    continuation, of a hook's execution and of a gate's waiter after each but its end.
    """
    events = list(events)
    others: tuple[Whose, ...] = ("continuation", "hook", "waiter")
    own = [
        nth for nth, event in enumerate(events, start=1) if event.partition(" ")[0] not in others
    ]
    for nth in range(own[1], own[-1]) if own[1:] else ():
        yield Stopped(nth)
    for nth, event in enumerate(events, start=1):
        for whose in others:
            if event.startswith(f"{whose} ") and not event.endswith("ExecutionSucceeded"):
                yield Stopped(nth, whose)


def somebody_else(calls: Iterable[Call], members: int = 2) -> Iterator[Fault]:
    """Let somebody else do all that can be done to each alias.

    They do it just after each call, from when the plan has read both.
    """
    for call, nth in _since_planned(calls):
        for member in range(1, members + 1):
            for change in get_args(Change):
                yield SomebodyElse(*call, nth, member, change)


def orders(calls: Iterable[Call], members: int = 2) -> Iterator[Fault]:
    """Let an operator order a way back, by any of the functions, while checks are still to come."""
    found = list(_since_planned(calls))
    last = max((at for at, (call, _) in enumerate(found) if call == _READS_ORDERS), default=0)
    for call, nth in found[:last]:
        for member in range(1, members + 1):
            yield Ordered(*call, nth, member, "roll-back")


def _since_planned(calls: Iterable[Call]) -> list[tuple[Call, int]]:
    calls = list(calls)
    planned = max((at for at, call in enumerate(calls) if call in _PLANNED), default=len(calls))
    return list(_numbered(calls))[planned:]


def _numbered(items: Iterable[T]) -> Iterator[tuple[T, int]]:
    """Each with how many equal ones there have been so far."""
    count: Counter[T] = Counter()
    for item in items:
        count[item] += 1
        yield item, count[item]
