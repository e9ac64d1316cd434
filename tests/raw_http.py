"""Requests to the byte, over a socket, and the sandbox served in the test's own process."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.kernel.wire.services import MOST
from sandbox.programs.listener import Listener
from sandbox.programs.pages import Pages
from sandbox.programs.web import Application, application, own_pages
from sandbox.sandbox import Sandbox

T = TypeVar("T")
Around = Callable[[Application], Application] | None
SECONDS = 20.0  # of patience, real ones
SIGNED = "AWS4-HMAC-SHA256 Credential=sandbox/20260105/us-east-1/{}/aws4_request, Signature=0"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def connect(port: int, patience: float = SECONDS) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=patience)


def receive(connection: socket.socket, head: bool = False) -> Answer:
    """One answer; its headers are in lower case. The answer to HEAD has no body."""
    with connection.makefile("rb") as stream:
        answer = _head(stream)
        length = 0 if head else int(answer.headers.get("content-length", 0))
        return Answer(answer.status, answer.headers, stream.read(length))


def _head(stream: Any) -> Answer:
    line = stream.readline().decode("latin-1")
    if not line:
        raise ConnectionError("the server has closed the connection without an answer")
    headers: dict[str, str] = {}
    while (header := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Answer(int(line.split()[1]), headers, b"")


def exchange(port: int, request: bytes, patience: float = SECONDS) -> Answer:
    """Send these bytes on a connection of their own. Raises TimeoutError without an answer."""
    with connect(port, patience) as connection:
        connection.sendall(request)
        return receive(connection, head=request.startswith(b"HEAD "))


def request(
    method: str,
    target: str,
    headers: Mapping[str, str] | list[tuple[str, str]],
    body: bytes = b"",
    version: str = "HTTP/1.1",
) -> bytes:
    """With a Content-Length, unless `headers` say how long the body is."""
    given = list(headers.items() if isinstance(headers, Mapping) else headers)
    named = {name.lower() for name, _ in given}
    if not named & {"content-length", "transfer-encoding"}:
        given.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in given)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def signed(service: str, **more: str) -> dict[str, str]:
    """Headers of a client of this service (the name it signs with)."""
    return {"Authorization": SIGNED.format(service), **more}


class Served:
    """A sandbox that answers on a port, while the test waits for an answer."""

    def __init__(self, sandbox: Sandbox, pages: Pages | None = None, around: Around = None) -> None:
        """`around` makes another application of the sandbox's."""
        self.sandbox = sandbox
        self.reported: list[Exception] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        pages = pages or own_pages(sandbox)
        inner = application(sandbox, self.port, pages)
        self._listener = Listener(around(inner) if around else inner, self._listening, MOST)
        self._listener.start()

    def close(self) -> None:
        self._listener.stop()

    def during(self, talk: Callable[[], T]) -> T:
        """Return what a real thread's talk with the server gives, while time stands still.

        What the clock reports meanwhile is in `reported`, and must be taken out of there.
        """
        with ThreadPoolExecutor(1) as pool:
            talking = pool.submit(talk)
            while not talking.done():
                try:
                    self.sandbox.clock.pause(0.001)
                except Exception as failure:
                    self.reported.append(failure)
        return talking.result()

    def exchange(self, raw: bytes) -> Answer:
        return self.during(lambda: exchange(self.port, raw))

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Answer:
        """With a Host of its own, unless `headers` have one."""
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        if "host" not in {name.lower() for name, _ in given}:
            given.insert(0, ("Host", self.host))
        return self.exchange(request(method, target, given, body))

    def call_json(self, service: str, target: str, body: bytes, **more: str) -> Answer:
        return self.ask("POST", "/", signed(service, **{"X-Amz-Target": target, **more}), body)


@contextmanager
def served(sandbox: Sandbox, pages: Pages | None = None, around: Around = None) -> Iterator[Served]:
    server = Served(sandbox, pages, around)
    try:
        yield server
    finally:
        server.close()
    if server.reported:
        raise server.reported[0]
