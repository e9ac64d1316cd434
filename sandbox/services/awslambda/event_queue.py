"""Asynchronous invocation: events that Lambda keeps, tries again, and in the end drops.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from moto.awslambda.exceptions import LambdaClientError

from sandbox.kernel import signals as told
from sandbox.kernel.clock import Clock
from sandbox.kernel.faults import Faults
from sandbox.services.awslambda.attempts import Call, targets
from sandbox.services.awslambda.destinations import Destinations
from sandbox.services.awslambda.event_invoke_config import settings_of
from sandbox.services.awslambda.names import find_function
from sandbox.services.awslambda.outcome import Condition, Outcome
from sandbox.services.awslambda.runtime import Invocation

# Between a function's first and second run, and between its second and third.
ERROR_PAUSES = (60.0, 120.0)
# After throttles and errors of Lambda itself, doubling from one second.
MAX_PAUSE = 300.0

NOT_FOUND = 404


@dataclass(slots=True)
class _Tries:
    """How often the function ran, and how often in a row since then Lambda could not run it."""

    runs: int = 0
    refusals: int = 0

    def ran(self) -> None:
        self.runs, self.refusals = self.runs + 1, 0

    def was_refused(self) -> None:
        self.refusals += 1

    @property
    def pause(self) -> float:
        """Seconds until the next try."""
        if self.refusals:
            return min(2.0 ** (self.refusals - 1), MAX_PAUSE)
        return ERROR_PAUSES[min(self.runs, len(ERROR_PAUSES)) - 1]

    @property
    def count(self) -> int:
        """As Lambda approximates it: refusals in a row count as one."""
        return self.runs + (self.refusals > 0)


class EventQueue:
    """Each event is worked off by a thread of its own, so none waits for another."""

    def __init__(
        self,
        clock: Clock,
        signals: told.Signals,
        faults: Faults,
        attempt: Callable[[Call], Invocation],
        destinations: Destinations,
    ) -> None:
        self._clock = clock
        self._signals = signals
        self._faults = faults
        self._attempt = attempt
        self._destinations = destinations

    def receive(self, call: Call) -> None:
        targets(call)
        received = self._clock.now
        self._meter(call, "AsyncEventsReceived", 1.0)
        for delay in self._faults.of_delivery(call.name):
            work_off = partial(self._work_off, call, received, delay)
            self._clock.spawn(work_off, f"asynchronous {call.name}")

    def _work_off(self, call: Call, received: float, delay: float) -> None:
        if delay:
            self._clock.sleep(delay)
        try:
            outcome = self._try_until_it_ends(call, received)
            self._destinations.tell(outcome)
        except LambdaClientError as gone:
            if gone.code != NOT_FOUND:
                raise
            # The function or the alias was deleted meanwhile, and its metrics with it.
        else:
            if outcome.condition != "Success":
                self._meter(call, "AsyncEventsDropped", 1.0)

    def _try_until_it_ends(self, call: Call, received: float) -> Outcome:
        tries = _Tries()
        while True:
            age = (self._clock.now - received) * 1000
            self._meter(call, "AsyncEventAge", age, "Milliseconds")
            last: Invocation | LambdaClientError
            try:
                last = self._attempt(call)
                tries.ran()
            except LambdaClientError as refusal:
                if refusal.code == NOT_FOUND:
                    raise
                last = refusal
                tries.was_refused()
            settings = settings_of(call.name, call.qualifier)
            # Lambda looks ahead: an event that would be too old for the next try gets none.
            too_old = self._clock.now + tries.pause - received > settings.age_seconds
            condition: Condition
            match last:
                case Invocation(error=False):
                    condition = "Success"
                case Invocation() if tries.runs > settings.retries:
                    condition = "RetriesExhausted"
                case LambdaClientError() if _is_switched_off(call.name):
                    condition = "ZeroReservedConcurrency"
                case _ if too_old:
                    condition = "EventAgeExceeded"
                case _:
                    self._clock.sleep(tries.pause)
                    continue
            return Outcome(call, condition, tries.count, last)

    def _meter(
        self,
        call: Call,
        name: str,
        value: float,
        unit: Literal["Count", "Milliseconds"] = "Count",
    ) -> None:
        self._signals.meter(
            told.Metered(call.name, call.qualifier, name, value, unit, self._clock.now)
        )


def _is_switched_off(name: str) -> bool:
    """Such a function's events are dropped without another try."""
    reserved = find_function(name).reserved_concurrency
    return reserved is not None and int(reserved) == 0
