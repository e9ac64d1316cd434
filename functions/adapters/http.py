"""Requests of HTTP checks, bounded in whom they reach, in time and in size."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import (
    BadStatusLine,
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    UnknownProtocol,
)
from io import BufferedReader, RawIOBase
from ipaddress import ip_address
from typing import Any

from domain.model.questions import CouldNotAsk, Fetch, Fetched
from domain.model.text import one_line
from domain.model.web import BadUrl, Url, Web

MAX_BYTES = 2**20  # of a body; the rest is not read
_PIECE = 65_536

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host."""


class Http:
    """One request after the other, to the addresses that `web` lets checks reach."""

    def __init__(
        self, web: Web, seconds_left: Callable[[], float], resolve: Resolve | None = None
    ) -> None:
        self._web = web
        self._seconds_left = seconds_left
        self._resolve = resolve or addresses

    def answers(self, questions: Sequence[Fetch]) -> dict[Fetch, Fetched | CouldNotAsk]:
        """Answer each question in its own time, and all in the health check's."""
        return {question: self._answer(question) for question in questions}

    def _answer(self, question: Fetch) -> Fetched | CouldNotAsk:
        if (left := self._seconds_left()) <= 0:
            return CouldNotAsk("no time left for it in this health check")
        seconds = min(question.timeout, left)
        try:
            return self._fetched(question, Url.of(question.url), Deadline(seconds))
        except TimeoutError:
            return CouldNotAsk(f"no whole answer within {seconds:g} s")
        except (BadUrl, OSError, HTTPException, ValueError) as error:
            return CouldNotAsk(_without_the_answer(error))

    def _fetched(self, question: Fetch, url: Url, deadline: "Deadline") -> Fetched:
        self._web.require(url)
        with self._connected(url, deadline) as connected:
            connection = HTTPConnection(url.host, url.port)
            # Given a socket, http.client opens none: nothing resolves the name a second time.
            connection.sock = Timed(connected, deadline)
            connection.putrequest(
                question.method, url.target, skip_host=True, skip_accept_encoding=True
            )
            body = question.body.encode()
            length = {"Content-Length": str(len(body))} if question.method == "POST" else {}
            own = {"Host": url.authority, "Accept-Encoding": "identity", "Connection": "close"}
            for name, value in ({"User-Agent": "lambda-canary"} | dict(question.headers)).items():
                connection.putheader(name, value)
            for name, value in (own | length).items():
                connection.putheader(name, value)
            connection.endheaders(body if question.method == "POST" else None)
            response = connection.getresponse()
            content = _read(response)
        return Fetched(
            status=response.status,
            body=content[:MAX_BYTES].decode(errors="replace"),
            cut=len(content) > MAX_BYTES,
            milliseconds=1_000 * deadline.spent,
        )

    def _connected(self, url: Url, deadline: "Deadline") -> socket.socket:
        """Connect to an address that was checked, and to no other."""
        found = in_time(lambda: self._resolve(url.host, url.port), deadline)
        if not found:
            raise OSError(f"{url.host} has no address")
        for address in found:
            self._web.require_address(address)
            _spare_the_runtime(address, url.port)
        plain = _first_that_connects(found, url.port, deadline)
        if url.scheme == "http":
            return plain
        try:
            plain.settimeout(deadline.left)
            # Verified against the host's name, by the system's authorities.
            context = ssl.create_default_context()
            return context.wrap_socket(plain, server_hostname=url.host.rstrip("."))
        except BaseException:
            plain.close()
            raise


def _without_the_answer(error: Exception) -> str:
    """Say what went wrong, without what the server sent.

    Where Python's own words would quote it, only the exception's name is told.
    """
    name = type(error).__name__
    if isinstance(error, BadStatusLine | UnknownProtocol) or type(error) is ValueError:
        return name
    return one_line(f"{name}: {error}", 300)


class Deadline:
    """A moment by which all must be done, by a clock that nobody sets."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._seconds = seconds

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds until the end; raises TimeoutError where there are none."""
        if (left := self._seconds - self.spent) <= 0:
            raise TimeoutError
        return left


class Timed:
    """As much of a socket as http.client uses; whatever comes has to come in time.

    A socket's own timeout is for each piece: an answer that trickles would never be over.
    """

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def makefile(self, _mode: str) -> BufferedReader:
        """Return what http.client reads the answer from."""
        return BufferedReader(_Reader(self._socket, self._deadline))

    def sendall(self, data: bytes) -> None:
        """Send all of it, within the time that is left."""
        self._socket.settimeout(self._deadline.left)
        self._socket.sendall(data)

    def close(self) -> None:
        """Leave the connection open: http.client would close it before it has read the answer.

        Whoever connected it closes it.
        """


class _Reader(RawIOBase):
    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._deadline.left)
        return self._socket.recv_into(buffer)


def addresses(host: str, port: int) -> list[str]:
    """Look a name up with the system's resolver, and keep its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def in_time(resolve: Callable[[], Sequence[str]], deadline: Deadline) -> Sequence[str]:
    """Return what the function returns, if it does so in time.

    It runs in a thread of its own, which is left behind when it takes too long: nothing can stop
    it.
    """
    answer: list[Sequence[str] | Exception] = []

    def run() -> None:
        try:
            answer.append(resolve())
        except Exception as error:
            answer.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(deadline.left)
    if not answer:
        raise TimeoutError
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]


def _first_that_connects(found: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    *others, last = found
    for at, address in enumerate(others):
        share = deadline.left / (len(found) - at)
        with suppress(OSError):  # such as one of IPv6 where there is no way to it; also a time-out
            return socket.create_connection((address, port), timeout=share)
    return socket.create_connection((last, port), timeout=deadline.left)


def _spare_the_runtime(address: str, port: int) -> None:
    """Refuse Lambda's runtime API, which would hand out this function's own next event.

    There is more than one way to write loopback, and what listens may listen on all of them.
    """
    host, _, runtime = os.environ.get("AWS_LAMBDA_RUNTIME_API", "").rpartition(":")
    if str(port) == runtime and (address == host or ip_address(address).is_loopback):
        raise BadUrl("leads to Lambda's runtime API")


def _read(response: HTTPResponse) -> bytes:
    """Read the body, at most one byte more than counts, which shows that there is more."""
    content = b""
    while len(content) <= MAX_BYTES:
        piece = response.read(min(_PIECE, MAX_BYTES + 1 - len(content)))
        if not piece:
            break
        content += piece
    if response.length and len(content) <= MAX_BYTES:
        raise HTTPException(f"the answer ended {response.length:,} bytes early")
    return content
