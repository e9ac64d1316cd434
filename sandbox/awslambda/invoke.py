"""The Invoke API: whom a call reaches, when it is refused, and what the caller gets."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from functools import partial
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.responses import LambdaResponse

from sandbox import signals as told
from sandbox.awslambda.names import find_alias, find_function, named_in_path, routing_of
from sandbox.awslambda.runtime import Invocation, Runtime
from sandbox.clock import Clock
from sandbox.faults import Faults, HandlerRule
from sandbox.patches import Patches

MAX_ANSWER_BYTES = 6_291_556


class TooManyRequestsError(LambdaClientError):  # type: ignore[misc]  # moto has no types
    code = 429

    def __init__(self, reason: str) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")
        self.description = json.dumps(
            {"Type": "User", "message": "Rate Exceeded.", "Reason": reason}
        )


class Invoker:
    """Routes invocations to versions and counts those that run."""

    def __init__(
        self, clock: Clock, signals: told.Signals, faults: Faults, runtime: Runtime, seed: int
    ) -> None:
        self._clock = clock
        self._signals = signals
        self._faults = faults
        self._runtime = runtime
        self._random = random.Random(seed)
        self._running: Counter[str] = Counter()

    def invoke(self, response: Any) -> Any:
        """moto reads `qualifier` where clients send `Qualifier`, and knows no weights."""
        name, qualifier = named_in_path(response)
        function, alias = self._route(name, qualifier)
        event = _event(response.body)
        kind = response.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return 204, {"status": 204}, ""
        fault = self._faults.of_handler(name)
        self._refuse_when_throttled(name, fault)
        arn = f"{find_function(name).function_arn}:{qualifier}".removesuffix(":None")
        run = partial(self._run, function, alias, arn, event, fault)
        if kind == "Event":
            self._clock.spawn(run, f"asynchronous {name}")
            return 202, {"status": 202}, ""
        ended = run()
        headers: dict[str, Any] = {
            "status": 200,
            "content-type": "application/json",
            "X-Amz-Executed-Version": str(function.version),
        }
        if ended.error:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if response.headers.get("X-Amz-Log-Type") == "Tail":
            tail = "\n".join(ended.lines).encode()[-4096:]
            headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
        return 200, headers, ended.payload

    def _route(self, name: str, qualifier: str | None) -> tuple[Any, str | None]:
        """The version that gets this call, and the alias that it came through."""
        alias = find_alias(name, qualifier) if qualifier else None
        if alias is None:
            return find_function(name, qualifier), None
        shares = routing_of(alias)
        (version,) = self._random.choices(list(shares), list(shares.values()))
        return find_function(name, version), alias.name

    def _refuse_when_throttled(self, name: str, fault: HandlerRule | None) -> None:
        reserved = find_function(name).reserved_concurrency
        if reserved is not None and self._running[name] >= int(reserved):
            raise TooManyRequestsError("ReservedFunctionConcurrentInvocationLimitExceeded")
        if fault is not None and fault.kind == "throttle":
            raise TooManyRequestsError("ConcurrentInvocationLimitExceeded")

    def _run(
        self, function: Any, alias: str | None, arn: str, event: str, fault: HandlerRule | None
    ) -> Invocation:
        name, started = function.function_name, self._clock.now
        self._running[name] += 1
        try:
            ended = self._runtime.run(function, arn, event, fault)
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


def install(patches: Patches, invoker: Invoker) -> None:
    patches.replace(LambdaResponse, "invoke", lambda response: invoker.invoke(response))


def _event(body: str) -> str:
    try:
        json.loads(body or "{}")
    except ValueError as error:
        raise LambdaClientError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from error
    return body or "{}"


def _too_large(size: int) -> bytes:
    message = (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({MAX_ANSWER_BYTES} bytes)."
    )
    error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return json.dumps(error).encode()
