"""The sandbox over HTTP: every AWS API for command-line clients, and pages of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from sandbox.kernel.clock import ClosedError
from sandbox.kernel.wire.answer import answered
from sandbox.kernel.wire.request import RefusedCallError, read
from sandbox.programs import door
from sandbox.programs.asking import Asking
from sandbox.programs.pages import Answer, Pages, told
from sandbox.sandbox import Sandbox
from sandbox.services.sns import Message

Environment = dict[str, Any]
Application = Callable[[Environment, Any], Iterable[bytes]]

# moto's own pages, which would wipe the account, write files, or be an instance's metadata. What
# answers here does not have them; that nobody makes a bucket of that name keeps it so.
NOBODYS = ("/moto-api", "/latest")
# For pages that show one of ours: no frame, no guessing at types, no use by others.
_GUARDS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_BODILESS = (204, 304)
# The server's own affair.
_NOT_SENT = ("connection", "server", "status", "transfer-encoding")
_NAME = re.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def own_pages(sandbox: Sandbox) -> Pages:
    """Return the sandbox's own pages."""
    asking = Asking(sandbox)
    return Pages(
        telling={
            "/sandbox/clock": lambda: {"now": _iso(sandbox.clock.now)},
            "/sandbox/messages": lambda: [_described(one) for one in sandbox.messages()],
        },
        acting={"/sandbox/ask": asking.ask, "/sandbox/keep-asking": asking.keep_asking},
    )


def application(sandbox: Sandbox, port: int, pages: Pages | None = None) -> Application:
    """Make a WSGI application whose requests are threads of the sandbox's clock."""
    own = pages or own_pages(sandbox)

    def answer(environ: Environment, target: str) -> Answer:
        refusal = door.refusal(environ, target, port)
        if refusal is not None:
            return told(403, refusal)
        path, method = target.partition("?")[0], environ["REQUEST_METHOD"]
        if path in own:
            body = environ["wsgi.input"].read()
            with sandbox.clock.entered():
                return own.answer(path, method, environ.get("CONTENT_TYPE", ""), body)
        if _is_nobodys(path):
            return told(404, f"There is nothing at {path[:200]}.")
        try:
            call = read(environ, target)
        except RefusedCallError as refused:
            return refused.answer
        with sandbox.clock.entered():
            return answered(call)

    def application(environ: Environment, start_response: Any) -> Iterable[bytes]:
        try:
            status, headers, body = answer(environ, environ["REQUEST_URI"])
        except ClosedError:
            status, headers, body = told(503, "The sandbox was stopped.")
        if status in _BODILESS:
            body = b""
        head = environ["REQUEST_METHOD"] == "HEAD"
        start_response(_line(status), _sent(headers, None if head else len(body)))
        return [] if head else [body]

    return application


def _is_nobodys(path: str) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in NOBODYS)


def _line(status: int) -> str:
    known = {one.value: one.phrase for one in HTTPStatus}
    return f"{status} {known.get(status, 'Unknown')}"


def _sent(headers: dict[str, str], size: int | None) -> list[tuple[str, str]]:
    """Drop what moto says of who may read an answer; S3 keeps what it was sent."""
    found = {
        name: _CONTROL.sub("", value).encode("latin-1", "replace").decode("latin-1")
        for name, value in {**headers, **_GUARDS}.items()
        if _NAME.fullmatch(name)
        and not name.lower().startswith("access-control-")
        and name.lower() not in _NOT_SENT
        and (size is None or name.lower() != "content-length")
    }
    if size is not None:
        found["Content-Length"] = str(size)
    return list(found.items())


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
