"""What moto answers to a call, or what is answered for it where it fails."""

from __future__ import annotations

import re

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from sandbox.kernel.wire.errors import NOT_IMPLEMENTED_STATUS, Answer, RefusedError, beyond
from sandbox.kernel.wire.request import Call

# Which XML cannot hold, and which clients may put into names.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def answered(call: Call) -> Answer:
    """Answer a call.

    Ends a thread whose clock was closed (ClosedError), and fails in no other way.
    """
    request = call.request
    try:
        status, headers, content = call.service.dispatch(request, request.raw_url, request.headers)
        status, body = int(status), _bytes(content)
    except ServiceException as error:
        return call.refuse(RefusedError(error.code, error.message))
    except HTTPException as error:
        return call.refuse(_of_moto(error) or beyond(call.name, error))
    except ClientError as error:  # of a call that the sandbox made for this one
        told = error.response["Error"]
        return call.refuse(RefusedError(told["Code"], told["Message"]))
    except Exception as failure:
        return call.refuse(beyond(call.name, failure))
    if call.protocol in ("query", "rest-xml") and not call.operation.has_streaming_output:
        body = _NOT_XML.sub(b"", body)
    if status >= 500 and status != NOT_IMPLEMENTED_STATUS:
        return call.refuse(beyond(call.name, RuntimeError(f"{status}: {body[:200]!r}")))
    return status, {str(name): str(value) for name, value in dict(headers).items()}, body


def _of_moto(error: HTTPException) -> RefusedError | None:
    """None where it is not moto that has found something: then moto did not know what to do."""
    code = getattr(error, "error_type", None)
    if code is None:
        return None
    return RefusedError(code.rpartition("#")[2], getattr(error, "message", ""), error.code or 400)


def _bytes(content: object) -> bytes:
    if content is None:
        return b""
    return content if isinstance(content, bytes) else str(content).encode()
