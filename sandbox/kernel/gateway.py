"""The one gate through which every AWS API call goes: who calls, what it costs, what comes back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.exceptions import HTTPException

from sandbox.kernel.clock import Clock
from sandbox.kernel.faults import KILLED, LOST, OPERATOR, STALE, Faults, Request, When
from sandbox.kernel.patches import Patches
from sandbox.kernel.signals import ApiCall, Signals
from sandbox.kernel.wire.errors import beyond

# So that timestamps differ, also while time stands still.
LATENCY_SECONDS = 0.005
# boto3's default, for which a client waits in vain when an answer gets lost.
READ_TIMEOUT_SECONDS = 60.0

# The statuses of errors that no service model lists, though every service may answer them.
COMMON_STATUSES = {
    "InternalFailure": 500,
    "InternalServiceError": 500,
    "InternalServiceFault": 500,
    "ServiceException": 500,
    "ServiceUnavailable": 503,
    "TooManyRequestsException": 429,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a function by its name, an execution by its ARN, a service, or the operator.

    `role` is the role in which it does so, which `service` must be trusted to assume. A service
    without a role acts by itself, on behalf of `source`; a caller with neither may do everything.
    """

    name: str
    role: str | None = None
    service: str | None = None
    source: str | None = None

    @property
    def is_execution(self) -> bool:
        return ":execution:" in self.name


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a service answers to somebody who may not do what he asks for."""

    code: str
    status: int
    message: str


# What a call is refused with, by moto's response (which knows the request), service and operation.
Authorise = Callable[[Any, str, str, Caller], Refusal | None]

# Each virtual thread has its own.
_OPERATOR = Caller(OPERATOR)
_caller = ContextVar("caller", default=_OPERATOR)
_patience = ContextVar("patience", default=READ_TIMEOUT_SECONDS)


class AnsweredError(Exception):
    """An error in a service's own form."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class KilledError(Exception):
    """The function that made this call was killed meanwhile."""


def caller() -> Caller:
    """Who is calling in this thread."""
    return _caller.get()


@contextmanager
def calling_as(
    name: str, *, role: str | None = None, service: str | None = None, source: str | None = None
) -> Iterator[None]:
    """Whatever this thread calls inside the block, this caller calls it."""
    with calling(Caller(name, role, service, source)):
        yield


@contextmanager
def calling(who: Caller, patience: float = READ_TIMEOUT_SECONDS) -> Iterator[None]:
    """Make calls in this one's name within the block, and wait so long for answers.

    Only an answer that gets lost is waited for until then; here nobody cuts a call that takes long.
    """
    before = _caller.get(), _patience.get()
    _caller.set(who)
    _patience.set(patience)
    try:
        yield
    finally:
        _caller.set(before[0])
        _patience.set(before[1])


def install(
    patches: Patches, clock: Clock, signals: Signals, faults: Faults, authorise: Authorise
) -> None:
    """Let calls take time, fail, be refused and be told of; moto answers all at once and well."""

    def call_action(response: Any) -> Any:
        with clock.entered():
            service, operation = response.boto3_service_name, response._get_action()
            who, at = caller(), clock.now
            error = apply_fault(service, operation, who.name, "before")
            request = Request(response.method, response.uri, str(response.body))
            old = faults.answered_before(request, at) if error == STALE else None
            if old is not None:
                answer, error = old, None
            elif error in (None, STALE):
                answer = answered(response, service, operation, who)
                faults.remember(service, operation, request, answer)
                if request.method != "GET":
                    faults.outdate(request.address, clock.now)
                error = apply_fault(service, operation, who.name, "after")
            # A state machine's own transitions take no time; everybody else waits for the network.
            if not who.is_execution:
                clock.spend(LATENCY_SECONDS)
            silent = error == KILLED or error in LOST
            if error is not None and not silent:
                failure = AnsweredError(error, f"{error}, as asked for")
                answer = _error_answer(response, failure, COMMON_STATUSES.get(error, 400))
            status = 0 if silent else int(answer[0])
            for listener in signals.called:
                listener(ApiCall(service, operation, who.name, at, status))
            if error == KILLED:
                raise KilledError
            if error == "ConnectionClosed":
                raise ConnectionClosedError(endpoint_url=response.uri)
            if error == "ReadTimeout":
                clock.spend(_patience.get())
                raise ReadTimeoutError(endpoint_url=response.uri)
            return answer

    def answered(response: Any, service: str, operation: str, who: Caller) -> Any:
        """Also where moto or the sandbox is at its end: whoever calls waits for an answer.

        Only the first thread sees the exception itself, and those of others when it next waits.
        """
        try:
            refusal = authorise(response, service, operation, who)
            if refusal is None:
                return original(response)
        except HTTPException:  # moto's own way to answer
            raise
        except Exception as failure:
            if clock.is_first():
                raise
            clock.report(failure)
            fault = beyond(f"{service}:{operation}", failure)
            return _error_answer(response, fault, fault.status)
        refused = AnsweredError(refusal.code, refusal.message)
        return _error_answer(response, refused, refusal.status)

    def apply_fault(service: str, operation: str, who: str, when: When) -> str | None:
        """Be as slow as asked for, and say with which error to fail, if with any."""
        rule = faults.of_call(service, operation, who, when)
        if rule is None:
            return None
        if rule.seconds:
            clock.spend(rule.seconds)
        return rule.error

    original = patches.replace(BaseResponse, "call_action", call_action)


def _error_answer(response: Any, error: Exception, least_status: int) -> Any:
    """Write the error in the service's protocol, so that botocore parses it as AWS's own.

    It has the status that the service's model gives it, or this one if that is graver.

    With the status that the service's model gives it, or this one if that is graver.
    """
    with warnings.catch_warnings():
        # moto warns of codes that the service's model does not list.
        warnings.simplefilter("ignore")
        status, headers, body = response.serialized(ActionResult(error))
    status = max(status, least_status)
    return status, *response._enrich_response({**headers, "status": status}, body)
