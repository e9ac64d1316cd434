"""The payloads with which Lambda answers for a function that could not answer itself.

Texts as of the runtimes of 2025: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import json


def timed_out(request_id: str, timeout_seconds: float) -> bytes:
    """Say that the function did not end in time."""
    return _payload(
        errorType="Sandbox.Timedout",
        errorMessage=f"RequestId: {request_id} Error: "
        f"Task timed out after {timeout_seconds:.2f} seconds",
    )


def exited(request_id: str, status: int) -> bytes:
    """Say that the process ended by itself, or (a negative status) was killed."""
    how = f"exit status {status}" if status >= 0 else "signal: killed"
    return _payload(
        errorType="Runtime.ExitError",
        errorMessage=f"RequestId: {request_id} Error: Runtime exited with error: {how}",
    )


def raised(request_id: str, error_type: str, message: str) -> bytes:
    """Say that the function's code, or its import, raised this."""
    return _payload(errorMessage=message, errorType=error_type, requestId=request_id, stackTrace=[])


def unknown(request_id: str) -> bytes:
    """Without a type, as after some deaths of a function's process."""
    message = f"RequestId: {request_id} Process exited before completing request"
    return _payload(errorMessage=message)


def _payload(**fields: object) -> bytes:
    return json.dumps(fields).encode()
