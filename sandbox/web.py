"""The sandbox over HTTP: every AWS API for command-line clients, and two pages of its own."""

import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Response

from sandbox.clock import ClosedError
from sandbox.sandbox import Sandbox
from sandbox.sns import Message

Environment = dict[str, Any]
Application = Callable[[Environment, Any], Iterable[bytes]]


def application(sandbox: Sandbox) -> Application:
    """A WSGI application whose requests are threads of the sandbox's clock."""
    aws = DomainDispatcherApplication(create_backend_app)
    pages: dict[str, Callable[[], object]] = {
        "/sandbox/clock": lambda: {"now": _iso(sandbox.clock.now)},
        "/sandbox/messages": lambda: [_described(one) for one in sandbox.messages()],
    }

    def answer(environment: Environment, start_response: Any) -> Iterable[bytes]:
        _read_body(environment)
        page = pages.get(environment["PATH_INFO"])
        try:
            with sandbox.clock.entered():
                response = (
                    Response(json.dumps(page(), indent=2) + "\n", mimetype="application/json")
                    if page
                    else Response.from_app(aws, environment, buffered=True)
                )
        except ClosedError:
            response = Response("The sandbox was stopped.\n", status=503)
        return response(environment, start_response)

    return answer


def _read_body(environment: Environment) -> None:
    """Before time has to wait for it: a client may be slow."""
    if environment.get("wsgi.input_terminated"):
        body = environment["wsgi.input"].read()
    else:
        body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
    environment["wsgi.input"] = io.BytesIO(body)


def _described(message: Message) -> dict[str, Any]:
    """As a subscriber by e-mail gets it."""
    return {
        "at": _iso(message.at),
        "subject": message.subject,
        "text": message.body("email"),
        "attributes": {name: item.value for name, item in message.attributes.items()},
    }


def _iso(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
