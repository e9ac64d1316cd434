"""The one gate through which every AWS API call goes: who calls, what it costs, what comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.responses import BaseResponse

from sandbox.clock import Clock
from sandbox.patches import Patches
from sandbox.signals import ApiCall, Signals

# So that timestamps differ, also while time stands still.
LATENCY_SECONDS = 0.005
OPERATOR = "operator"

_local = threading.local()


def caller() -> str:
    """Who is calling in this thread: a function's name, an execution's ARN, or the operator."""
    who: str = getattr(_local, "caller", OPERATOR)
    return who


@contextmanager
def calling_as(who: str) -> Iterator[None]:
    """Whatever this thread calls inside the block, `who` calls it."""
    before = caller()
    _local.caller = who
    try:
        yield
    finally:
        _local.caller = before


def install(patches: Patches, clock: Clock, signals: Signals) -> None:
    """moto answers a call at once and tells nobody."""

    def call_action(response: Any) -> Any:
        with clock.entered():
            who, at = caller(), clock.now
            answer = original(response)
            # A state machine's own transitions take no time; everybody else waits for the network.
            if not who.startswith("arn:"):
                clock.spend(LATENCY_SECONDS)
            call = ApiCall(
                service=response.boto3_service_name,
                operation=response._get_action(),
                caller=who,
                at=at,
                status=int(answer[0]),
            )
            for listener in signals.called:
                listener(call)
            return answer

    original = patches.replace(BaseResponse, "call_action", call_action)
