"""What a client gets of a function's answer, and of its failures.

https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

import base64
import json
from typing import Any

from botocore.exceptions import ClientError

from sandbox.services.endpoints.http import HttpReply, json_reply
from sandbox.services.endpoints.routes import Kind, Route

_FAILED: dict[Kind, HttpReply] = {
    "rest": json_reply(502, '{"message": "Internal server error"}'),
    "http": json_reply(500, '{"message":"Internal Server Error"}'),
    "url": HttpReply(502, "Internal Server Error"),
}
_REJECTED: dict[Kind, HttpReply] = {
    "rest": json_reply(500, '{"message": "Internal server error"}'),
    "http": json_reply(500, '{"message":"Internal Server Error"}'),
    "url": HttpReply(500, "Internal Server Error"),
}
_THROTTLED = "TooManyRequestsException"


def of_error(route: Route, error: ClientError) -> HttpReply:
    """Say that Lambda would not call the function. Only function URLs say that of throttles."""
    if route.kind == "url" and error.response["Error"]["Code"] == _THROTTLED:
        return HttpReply(429, "Rate Exceeded.")
    return _REJECTED[route.kind]


def of_payload(route: Route, payload: bytes, failed: bool) -> HttpReply:
    """Say what the function answered, or that it failed."""
    if failed:
        return _FAILED[route.kind]
    said: Any = json.loads(payload or b"null")
    if not isinstance(said, dict) or "statusCode" not in said:
        if route.payload == "1.0":
            return _FAILED[route.kind]
        return json_reply(200, said if isinstance(said, str) else json.dumps(said))
    body, status = said.get("body") or "", said["statusCode"]
    if not isinstance(body, str) or not str(status).isdigit():
        return _FAILED[route.kind]
    if said.get("isBase64Encoded"):
        body = base64.b64decode(body).decode("utf-8", "replace")
    headers = {**(said.get("headers") or {})}
    for name, values in (said.get("multiValueHeaders") or {}).items():
        headers[name] = ", ".join(values)
    return HttpReply(int(status), body, {str(name): str(text) for name, text in headers.items()})
