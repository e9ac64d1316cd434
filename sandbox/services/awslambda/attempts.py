"""One attempt to run a call: which version gets it, whether it is refused, who is told."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.moto_api._internal import mock_random

from sandbox.kernel import signals as told
from sandbox.kernel.clock import Clock
from sandbox.kernel.faults import Faults, HandlerRule
from sandbox.services.awslambda.names import find_alias, find_function, routing_of
from sandbox.services.awslambda.runtime import Invocation, Runtime

MAX_ANSWER_BYTES = 6_291_556


class TooManyRequestsError(LambdaClientError):  # type: ignore[misc]  # moto has no types
    """The call was throttled, with Lambda's reason for it."""

    code = 429

    def __init__(self, reason: str) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")
        self.description = json.dumps(
            {"Type": "User", "message": "Rate Exceeded.", "Reason": reason}
        )


class LambdaFailedError(LambdaClientError):  # type: ignore[misc]  # moto has no types
    """Lambda, not the function, has a problem."""

    code = 500

    def __init__(self) -> None:
        super().__init__("ServiceException", "The service fails, as asked for")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function, by its name and by the qualifier that the caller used, if any.

    However often Lambda tries it, its request id stays the same.
    """

    name: str
    qualifier: str | None
    event: str
    request_id: str


class Attempts:
    """Routes calls to versions and counts those that run."""

    def __init__(
        self, clock: Clock, signals: told.Signals, faults: Faults, runtime: Runtime
    ) -> None:
        self._clock = clock
        self._signals = signals
        self._faults = faults
        self._runtime = runtime
        self._running: Counter[str] = Counter()

    def attempt(self, call: Call) -> Invocation:
        """Run the call once; a LambdaClientError says why not."""
        shares, alias = targets(call)
        (version,) = mock_random.choices(list(shares), list(shares.values())) if alias else shares
        function = find_function(call.name, version)
        fault = self._faults.of_handler(call.name)
        self._refuse(call, fault)
        return self._run(function, alias, call, fault)

    def _refuse(self, call: Call, fault: HandlerRule | None) -> None:
        """Refused calls count neither as Invocations nor as Errors."""
        if fault is not None and fault.kind == "unavailable":
            raise LambdaFailedError
        reserved = find_function(call.name).reserved_concurrency
        if reserved is not None and self._running[call.name] >= int(reserved):
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
        elif fault is not None and fault.kind == "throttle":
            reason = "ConcurrentInvocationLimitExceeded"
        else:
            return
        self._signals.meter(
            told.Metered(call.name, call.qualifier, "Throttles", 1.0, "Count", self._clock.now)
        )
        raise TooManyRequestsError(reason)

    def _run(
        self, function: Any, alias: str | None, call: Call, fault: HandlerRule | None
    ) -> Invocation:
        name, started = call.name, self._clock.now
        arn = f"{find_function(name).function_arn}:{call.qualifier}".removesuffix(":None")
        self._running[name] += 1
        try:
            ended = self._runtime.run(function, arn, call.event, call.request_id, fault)
        finally:
            self._running[name] -= 1
        if len(ended.payload) > MAX_ANSWER_BYTES:
            ended.fail(_too_large(len(ended.payload)))
        invocation = told.Invocation(
            function=name,
            version=str(function.version),
            alias=alias,
            started=started,
            ended=self._clock.now,
            error=ended.error,
            request_id=ended.request_id,
        )
        for listener in self._signals.invoked:
            listener(invocation)
        return ended


def targets(call: Call) -> tuple[dict[str, float], str | None]:
    """Return the versions that may get the call, by their shares, and the alias it came through."""
    alias = find_alias(call.name, call.qualifier) if call.qualifier else None
    if alias is not None:
        return routing_of(alias), alias.name
    find_function(call.name, call.qualifier)
    return {call.qualifier or "$LATEST": 1.0}, None


def _too_large(size: int) -> bytes:
    message = (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({MAX_ANSWER_BYTES} bytes)."
    )
    error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return json.dumps(error).encode()
