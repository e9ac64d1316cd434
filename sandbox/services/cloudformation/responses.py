"""Where custom resources' answers arrive: one presigned URL for each request.

AWS serves them from a bucket of its own. Here they are a server on loopback, since functions answer
with whatever HTTP client they like. As of a presigned URL, whoever has it may answer, later too.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote

from sandbox.kernel.clock import Clock, ClosedError
from sandbox.kernel.faults import Faults

HOST = "127.0.0.1"
# Real seconds: of patience with a client, and between two looks whether the sandbox is closed.
_CLIENT_SECONDS, _CLOSING_SECONDS = 30, 0.02
_MOST_BYTES = 2**20

Receive = Callable[[bytes], None]


class Responses:
    """Serves the URLs from the first that is asked for until the sandbox closes."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._receivers: dict[str, Receive] = {}
        self._server: ThreadingHTTPServer | None = None

    def url(self, key: str, receive: Receive) -> str:
        """Open a URL for the object `key`; what is put there, `receive` gets."""
        if self._server is None:
            self._server = self._serving()
        signature = secrets.token_hex(20)
        path = f"/{quote(key, safe='')}?AWSAccessKeyId=AKIASANDBOX&Signature={signature}"
        self._receivers[path] = receive
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}{path}"

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def put(self, path: str, content_type: str, body: bytes) -> tuple[int, str]:
        """Take an answer as S3 does, and return its status, and its error's code if it is one.

        The signature is over an empty Content-Type: with another one it does not match.
        https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
        """
        receive = self._receivers.get(path)
        if receive is None or content_type:
            return 403, "SignatureDoesNotMatch"
        fault = self._faults.of_response()
        if fault is not None and fault.status is not None:
            return fault.status, "AskedFor"
        if fault is None:
            self._deliver(receive, body)
        return 200, ""

    def _deliver(self, receive: Receive, body: bytes) -> None:
        if not self._clock.keeps_pace:
            # Everybody in the sandbox waits for whoever puts this: nobody could be let in.
            receive(body)
            return
        with self._clock.entered():
            receive(body)

    def _serving(self) -> ThreadingHTTPServer:
        responses = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _CLIENT_SECONDS

            def do_PUT(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not re.fullmatch("[0-9]{1,9}", length):
                    self._answer(411, "MissingContentLength")
                    return
                body = self.rfile.read(min(int(length), _MOST_BYTES))
                rest = int(length) - len(body)
                while rest > 0 and (piece := self.rfile.read(min(rest, _MOST_BYTES))):
                    rest -= len(piece)
                if int(length) > _MOST_BYTES:
                    self._answer(400, "EntityTooLarge")
                    return
                try:
                    answer = responses.put(self.path, self.headers.get("Content-Type", ""), body)
                except ClosedError:
                    answer = 503, "SlowDown"
                self._answer(*answer)

            def do_GET(self) -> None:
                self._answer(403, "SignatureDoesNotMatch")

            do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815  (http.server's names for them)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it, and the URLs are secrets."""

            def _answer(self, status: int, code: str) -> None:
                told = f"<Error><Code>{code}</Code></Error>".encode() if code else b""
                self.send_response(status)
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

        server = ThreadingHTTPServer((HOST, 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        Thread(
            target=server.serve_forever, args=(_CLOSING_SECONDS,), name="responses", daemon=True
        ).start()
        return server
