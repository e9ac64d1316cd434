"""The Invoke API: at once or by the queue of events, and what the caller gets."""

from __future__ import annotations

import base64
import json
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.responses import LambdaResponse
from moto.moto_api._internal import mock_random

from sandbox.kernel.patches import Patches
from sandbox.services.awslambda.attempts import Attempts, Call, targets
from sandbox.services.awslambda.event_queue import EventQueue
from sandbox.services.awslambda.names import named_in_path
from sandbox.services.awslambda.runtime import Invocation


def install(patches: Patches, attempts: Attempts, queue: EventQueue) -> None:
    """Invoke by qualifier and weight, and queue what is asynchronous; moto does neither."""

    def invoke(response: Any) -> Any:
        name, qualifier = named_in_path(response)
        call = Call(name, qualifier, _event(response.body), str(mock_random.uuid4()))
        match response.headers.get("X-Amz-Invocation-Type", "RequestResponse"):
            case "DryRun":
                targets(call)
                return 204, {"status": 204}, ""
            case "Event":
                queue.receive(call)
                return 202, {"status": 202}, ""
        ended = attempts.attempt(call)
        return 200, _headers(response, ended), ended.payload

    patches.replace(LambdaResponse, "invoke", invoke)


def _headers(response: Any, ended: Invocation) -> dict[str, Any]:
    headers: dict[str, Any] = {
        "status": 200,
        "content-type": "application/json",
        "X-Amz-Executed-Version": str(ended.function.version),
    }
    if ended.error:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if response.headers.get("X-Amz-Log-Type") == "Tail":
        tail = "\n".join(ended.lines).encode()[-4096:]
        headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
    return headers


def _event(body: str) -> str:
    try:
        json.loads(body or "{}")
    except ValueError as error:
        raise LambdaClientError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from error
    return body or "{}"
