"""A function's request to AWS, which waits for the answer as long as its client would."""

from __future__ import annotations

import base64
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import HTTPClientError
from moto.core.models import botocore_stubber

from sandbox.kernel.clock import Clock
from sandbox.kernel.gateway import KilledError, caller, calling
from sandbox.kernel.threads import Event
from sandbox.kernel.wire.errors import beyond
from sandbox.kernel.wire.unread import refused


def call_aws(clock: Clock, call: dict[str, Any], patience: float) -> dict[str, Any] | None:
    """Return what AWS answers, or botocore's error for the function; None: nothing in time.

    The request has a thread of its own, because AWS goes on with what nobody waits for any more.
    """
    who = caller()
    answers: list[dict[str, Any]] = []
    answered = Event(clock)

    def ask() -> None:
        with calling(who, patience=call["read_timeout"]):
            try:
                answers.append(_answer(call))
            except Exception as failure:
                clock.report(failure)
                answers.append(_failed(call, failure))
        answered.set()

    clock.spawn(ask, f"request of {who.name}")
    return answers[0] if answered.wait(patience) else None


def _answer(call: dict[str, Any]) -> dict[str, Any]:
    headers = HTTPHeaders()
    for name, value in call["headers"].items():
        headers[name] = value
    body = base64.b64decode(call["body"])
    request = AWSPreparedRequest(call["method"], call["url"], headers, body, False)
    try:
        answer = botocore_stubber.process_request(request)
    except HTTPClientError as error:
        return {"lost": type(error).__name__}
    except KilledError:
        return {"killed": True}
    if answer is None:
        raise NotImplementedError(f"it has nothing at {call['url']}")
    return _sent(*answer)


def _failed(call: dict[str, Any], failure: Exception) -> dict[str, Any]:
    """Write the error as the client that waits for it reads errors."""
    error = beyond(f"{call['method']} {call['url']}", failure)
    return _sent(*refused(error, call["headers"].get("Authorization")))


def _sent(status: int, answer_headers: Any, content: str | bytes) -> dict[str, Any]:
    if isinstance(content, str):
        content = content.encode()
    return {
        "status": int(status),
        "headers": {name: str(value) for name, value in dict(answer_headers).items()},
        "body": base64.b64encode(content).decode(),
    }
