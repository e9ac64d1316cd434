"""The event that a function gets of an HTTP request, in either format.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random

from sandbox.kernel.environment import ACCOUNT
from sandbox.services.endpoints.http import HttpRequest
from sandbox.services.endpoints.routes import Route

_FROM = "127.0.0.1"


def event_of(route: Route, request: HttpRequest, now: float) -> dict[str, Any]:
    """Write the event in the format that the route asks for."""
    context = {
        "accountId": ACCOUNT,
        "apiId": route.api or request.host.partition(".")[0],
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "requestId": str(mock_random.uuid4()),
        "stage": route.stage,
    }
    at = datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    if route.payload == "1.0":
        timed = {**context, "requestTime": at, "requestTimeEpoch": int(now * 1000)}
        return _first(route, request, timed)
    return _second(route, request, {**context, "time": at, "timeEpoch": int(now * 1000)})


def _first(route: Route, request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    inner = "/" + "/".join(request.segments[1:] if route.stage != "$default" else request.segments)
    values = defaultdict(list)
    for name, value in request.asked:
        values[name].append(value)
    return {
        **({"version": "1.0"} if route.kind == "http" else {}),
        "resource": route.path,
        "path": inner,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": {name: [value] for name, value in request.headers.items()},
        "queryStringParameters": dict(request.asked) or None,
        "multiValueQueryStringParameters": dict(values) or None,
        "pathParameters": dict(route.parameters) or None,
        "stageVariables": None,
        "requestContext": {
            **context,
            "httpMethod": request.method,
            "identity": {"sourceIp": _FROM, "userAgent": _agent(request)},
            "path": request.path,
            "protocol": "HTTP/1.1",
            "resourcePath": route.path,
        },
        "body": request.body or None,
        "isBase64Encoded": False,
    }


def _second(route: Route, request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    values = defaultdict(list)
    for name, value in request.asked:
        values[name].append(value)
    optional = {
        "queryStringParameters": {name: ",".join(found) for name, found in values.items()},
        "pathParameters": dict(route.parameters),
        "body": request.body,
    }
    return {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "requestContext": {
            **context,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": _FROM,
                "userAgent": _agent(request),
            },
            "routeKey": route.key,
        },
        **{name: value for name, value in optional.items() if value},
        "isBase64Encoded": False,
    }


def _agent(request: HttpRequest) -> str:
    named = {name.lower(): value for name, value in request.headers.items()}
    return named.get("user-agent", "")
