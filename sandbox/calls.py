"""The one gate through which every AWS API call goes: who calls, what it costs, what comes back."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.responses import ActionResult, BaseResponse

from sandbox.clock import Clock
from sandbox.faults import LOST, OPERATOR, Faults, When
from sandbox.patches import Patches
from sandbox.signals import ApiCall, Signals

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

_local = threading.local()


class FaultError(Exception):
    """An error that a service answers because somebody asked for it."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code}, as asked for")
        self.code = code


def caller() -> str:
    """Who is calling in this thread: a function's name, an execution's ARN, or the operator."""
    who: str = getattr(_local, "caller", OPERATOR)
    return who


@contextmanager
def calling_as(who: str, *, patience: float = READ_TIMEOUT_SECONDS) -> Iterator[None]:
    """Whatever this thread calls inside the block, `who` calls it, and waits so long for answers.

    Only an answer that gets lost is waited for until then; here nobody cuts a call that takes long.
    """
    before = caller(), _patience()
    _local.caller, _local.patience = who, patience
    try:
        yield
    finally:
        _local.caller, _local.patience = before


def _patience() -> float:
    seconds: float = getattr(_local, "patience", READ_TIMEOUT_SECONDS)
    return seconds


def install(patches: Patches, clock: Clock, signals: Signals, faults: Faults) -> None:
    """moto answers every call at once, well, and tells nobody."""

    def call_action(response: Any) -> Any:
        with clock.entered():
            service, operation = response.boto3_service_name, response._get_action()
            who, at = caller(), clock.now
            error = suffer(service, operation, who, "before")
            if error is None:
                answer = original(response)
                error = suffer(service, operation, who, "after")
            # A state machine's own transitions take no time; everybody else waits for the network.
            if not who.startswith("arn:"):
                clock.spend(LATENCY_SECONDS)
            if error is not None and error not in LOST:
                answer = _error_answer(response, error)
            status = 0 if error in LOST else int(answer[0])
            for listener in signals.called:
                listener(ApiCall(service, operation, who, at, status))
            if error == "ConnectionClosed":
                raise ConnectionClosedError(endpoint_url=response.uri)
            if error == "ReadTimeout":
                clock.spend(_patience())
                raise ReadTimeoutError(endpoint_url=response.uri)
            return answer

    def suffer(service: str, operation: str, who: str, when: When) -> str | None:
        """Be as slow as asked for, and say with which error to fail, if with any."""
        rule = faults.of_call(service, operation, who, when)
        if rule is None:
            return None
        if rule.seconds:
            clock.spend(rule.seconds)
        return rule.error

    original = patches.replace(BaseResponse, "call_action", call_action)


def _error_answer(response: Any, code: str) -> Any:
    """The error as the service's protocol gives it, so that botocore parses it as AWS's own."""
    with warnings.catch_warnings():
        # moto warns of codes that the service's model does not list.
        warnings.simplefilter("ignore")
        status, headers, body = response.serialized(ActionResult(FaultError(code)))
    status = max(status, COMMON_STATUSES.get(code, 400))
    return status, *response._enrich_response({**headers, "status": status}, body)
