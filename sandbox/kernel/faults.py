"""Failures on demand: of AWS API calls, handlers, events, asynchronous calls and answers.

Rules are asked in the order in which they were made; the first that fits decides. Each lets `skip`
fitting calls pass, then fails `times` of them (FOREVER: all).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

When = Literal["before", "after"]
HandlerFailure = Literal[
    "crash", "exception", "oversized", "slow", "throttle", "timeout", "unavailable", "unknown"
]
Fate = Literal["lost", "late", "twice"]

FOREVER = math.inf
OPERATOR = "operator"

# The answer is lost on its way: the caller's SDK sees no status at all.
LOST = frozenset({"ConnectionClosed", "ReadTimeout"})

# There is nobody any more to get the answer: the function that called was killed.
KILLED = "Killed"

# The answer is the one that the same request had before: what is read may be some seconds older
# than what was written last.
STALE = "Stale"
_STALE_SECONDS = 60


def _is_called(wanted: str | None, name: str) -> bool:
    """Tell whether a caller is the one wanted.

    That is a physical name, an ARN, or the logical id that CloudFormation builds physical names
    from, also of the state machine in an execution's ARN.
    """
    if wanted is None:
        return name != OPERATOR
    return wanted == name or f"-{wanted}-" in f"-{name.replace(':', '-')}-"


@dataclass(slots=True)
class _Rule:
    times: float
    skip: int

    def takes(self) -> bool:
        """Whether this fitting call fails. Counts it."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times <= 0:
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class CallRule(_Rule):
    """A fault of calls to AWS."""

    when: When
    service: str
    operation: str | None
    error: str | None
    caller: str | None
    seconds: float

    def fits(self, service: str, operation: str, caller: str) -> bool:
        return (
            self.service == service
            and self.operation in (None, operation)
            and _is_called(self.caller, caller)
        )


@dataclass(slots=True)
class HandlerRule(_Rule):
    """A fault of one of this project's functions."""

    when: When
    function: str
    kind: HandlerFailure
    seconds: float


@dataclass(slots=True)
class EventRule(_Rule):
    """A fate of events."""

    fate: Fate
    source: str
    detail_type: str | None
    detail: Mapping[str, Any]
    seconds: float

    def fits(self, event: Mapping[str, Any]) -> bool:
        return (
            self.source == event["source"]
            and self.detail_type in (None, event["detail-type"])
            and self.detail.items() <= event["detail"].items()
        )


@dataclass(slots=True)
class DeliveryRule(_Rule):
    """A fate of asynchronous calls."""

    fate: Fate
    function: str
    seconds: float


@dataclass(slots=True)
class ResponseRule(_Rule):
    """A fate of custom resources' answers."""

    status: int | None


class Request(NamedTuple):
    """What was asked of which address."""

    method: str
    address: str
    body: str


@dataclass(slots=True)
class _Answer:
    """What a request was answered, and since when that has not been so."""

    answer: Any
    outdated: float | None = None


class Faults:
    """What shall go wrong."""

    def __init__(self) -> None:
        self._calls: list[CallRule] = []
        self._handlers: list[HandlerRule] = []
        self._events: list[EventRule] = []
        self._deliveries: list[DeliveryRule] = []
        self._responses: list[ResponseRule] = []
        self._answers: dict[Request, _Answer] = {}
        # A task's result that is too large for Step Functions ends the execution at once, as AWS's
        # documentation has it, and is not caught, as was seen (services/stepfunctions/errors.py).
        self.data_limit_is_terminal = False

    def on_call(
        self,
        service: str,
        operation: str | None = None,
        *,
        error: str | None = "ServiceException",
        seconds: float = 0,
        times: float = 1,
        skip: int = 0,
        when: When = "before",
        caller: str | None = None,
    ) -> None:
        """Fail calls of `operation` (None: of every operation) of a service as boto3 names it.

        `error` is an error code, or one of LOST, or KILLED, for a function that dies while it
        calls, as for want of memory, or STALE, for a read that answers what the same request was
        answered before, or None, for calls that only take `seconds` longer. `after`:
        the call takes effect, and only then is it slow and the caller told of a failure. `caller`
        is a function, an execution's ARN or "operator"; None means anybody but the operator. A
        function waits for an answer as long as its client is configured to.
        """
        rule = CallRule(times, skip, when, service, operation, error, caller, seconds)
        self._calls.append(rule)

    def on_handler(
        self,
        function: str,
        kind: HandlerFailure = "exception",
        *,
        seconds: float = 0,
        times: float = 1,
        skip: int = 0,
        when: When = "before",
    ) -> None:
        """Fail invocations of a function, named physically or by its logical id.

        crash: the process exits. timeout: no answer until the function's timeout. exception: the
        handler raises RuntimeError. throttle: Lambda refuses to run it, with
        TooManyRequestsException to whoever waits. unavailable: so too, with ServiceException.
        unknown: an error without a type, which Step Functions calls Lambda.Unknown. oversized: it
        answers more than Step Functions carries. slow: it takes `seconds` longer, and no failure
        unless its timeout comes first. `after`: the handler has done its work by then.
        """
        self._handlers.append(HandlerRule(times, skip, when, function, kind, seconds))

    def on_event(
        self,
        fate: Fate = "lost",
        *,
        source: str = "aws.states",
        detail_type: str | None = None,
        detail: Mapping[str, Any] | None = None,
        seconds: float = 60,
        times: float = 1,
        skip: int = 0,
    ) -> None:
        """Let EventBridge fail events from `source` whose detail has all of `detail`.

        That is {"status": "ABORTED"} or {"executionArn": ...} of aws.states; schedules are from
        aws.events. lost: no rule ever sees it. late: after `seconds`. twice: at once, and once more
        after `seconds`. Events that users put are counted once for each rule that they match.
        """
        rule = EventRule(times, skip, fate, source, detail_type, detail or {}, seconds)
        self._events.append(rule)

    def on_delivery(
        self,
        function: str,
        fate: Fate = "twice",
        *,
        seconds: float = 60,
        times: float = 1,
        skip: int = 0,
    ) -> None:
        """Let Lambda fail to bring asynchronous calls to a function in time, or once alone.

        The function is named physically or by its logical id. late: after `seconds`. twice: at
        once, and once more after `seconds`. lost: never.
        https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
        """
        self._deliveries.append(DeliveryRule(times, skip, fate, function, seconds))

    def on_response(self, status: int | None = 503, *, times: float = 1, skip: int = 0) -> None:
        """Fail to take custom resources' answers with this HTTP status.

        None: with 200, and CloudFormation never sees it.
        """
        self._responses.append(ResponseRule(times, skip, status))

    def clear(self) -> None:
        self._calls.clear()
        self._handlers.clear()
        self._events.clear()
        self._deliveries.clear()
        self._responses.clear()
        self._answers.clear()
        self.data_limit_is_terminal = False

    def of_call(self, service: str, operation: str, caller: str, when: When) -> CallRule | None:
        """How this call fails now, if it does."""
        for rule in self._calls:
            if rule.when == when and rule.fits(service, operation, caller) and rule.takes():
                return rule
        return None

    def remember(self, service: str, operation: str, request: Request, answer: Any) -> None:
        """Keep what was answered, where a later answer to this operation is to be as old."""
        if any(
            rule.error == STALE and rule.service == service and rule.operation in (None, operation)
            for rule in self._calls
        ):
            self._answers[request] = _Answer(answer)

    def outdate(self, address: str, now: float) -> None:
        """Take in that something was written where earlier answers came from."""
        for request, earlier in self._answers.items():
            if request.address == address and earlier.outdated is None:
                earlier.outdated = now

    def answered_before(self, request: Request, now: float) -> Any:
        """Return what the same request was answered; None if that is too old by now."""
        earlier = self._answers.get(request)
        if earlier is None or now - (earlier.outdated or now) > _STALE_SECONDS:
            return None
        return earlier.answer

    def of_handler(self, function: str) -> HandlerRule | None:
        """How this invocation fails, if it does."""
        for rule in self._handlers:
            if _is_called(rule.function, function) and rule.takes():
                return rule
        return None

    def of_event(self, event: Mapping[str, Any]) -> tuple[float, ...]:
        """After how many seconds each copy of this event arrives."""
        for rule in self._events:
            if rule.fits(event) and rule.takes():
                return _delays(rule.fate, rule.seconds)
        return (0.0,)

    def of_delivery(self, function: str) -> tuple[float, ...]:
        """After how many seconds Lambda begins to bring each copy of a call to this function."""
        for rule in self._deliveries:
            if _is_called(rule.function, function) and rule.takes():
                return _delays(rule.fate, rule.seconds)
        return (0.0,)

    def of_response(self) -> ResponseRule | None:
        """How a custom resource's answer fails now, if it does."""
        return next((rule for rule in self._responses if rule.takes()), None)


def _delays(fate: Fate, seconds: float) -> tuple[float, ...]:
    late: dict[Fate, tuple[float, ...]] = {
        "lost": (),
        "late": (seconds,),
        "twice": (0.0, seconds),
    }
    return late[fate]
