"""The server under the web application: it reads requests whole, and no client can hold it up.

waitress reads all requests in one thread. One that is complete gets a thread of its own, since it
may wait for virtual time to pass.
"""

from __future__ import annotations

import logging
import resource
import socket
import threading
from time import monotonic
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.utilities import BadRequest

# Real seconds that a client may take for a request, or for beginning the next.
PATIENCE = 60.0
# When there are more, those go that have been waiting for a request for the longest time.
MOST_CONNECTIONS = 400
# Those, and the pipes of the functions' processes.
FILES = 1_024
MOST_HEADER_BYTES = 65_536


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    def received(self, data: bytes) -> int:
        try:
            consumed: int = super().received(data)
        except Exception as error:  # a Content-Length of 5,000 digits is one
            self.error, self.completed = BadRequest(str(error)), True
            return len(data)
        if self.error is not None and self.error.code >= 500:  # a Transfer-Encoding it has not
            self.error = BadRequest(self.error.body)
        return consumed

    def parse_header(self, header: bytes) -> None:
        """Refuse a request that says twice how long it is.

        It has another in it, for whoever believes it.
        """
        super().parse_header(header)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length and Transfer-Encoding exclude each other")


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    parser_class = _Parser

    def __init__(self, *args: Any, **more: Any) -> None:
        self.waits_since = monotonic()
        super().__init__(*args, **more)

    def service(self) -> None:
        super().service()
        self.waits_since = monotonic()


class _Threads:
    """One for each request: one that waits holds up nobody but those behind it."""

    def add_task(self, channel: _Channel) -> None:
        threading.Thread(target=channel.service, name="request", daemon=True).start()

    def shutdown(self, *_: object) -> None:
        """They are daemons."""


class Listener(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """The server's socket, with all connections that it holds."""

    channel_class = _Channel

    def __init__(self, application: Any, listening: socket.socket, most_bytes: int) -> None:
        adjustments = Adjustments(
            sockets=[listening],
            # In the sandbox's time, which runs faster: `maintenance` keeps the real one.
            cleanup_interval=1,
            connection_limit=MOST_CONNECTIONS + 100,
            max_request_header_size=MOST_HEADER_BYTES,
            max_request_body_size=most_bytes,
            ident=None,
            clear_untrusted_proxy_headers=False,
        )
        logging.getLogger("waitress").setLevel(logging.CRITICAL)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= soft < FILES:
            enough = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        super().__init__(
            application,
            {},
            _sock=listening,
            dispatcher=_Threads(),
            adj=adjustments,
            bind_socket=False,
            sockinfo=(listening.family, listening.type, 0, listening.getsockname()),
        )

        self._stopped = False
        self._thread = threading.Thread(target=self.run, name="listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close all connections. What is being answered is not waited for."""
        self._stopped = True
        self.pull_trigger()
        self._thread.join()

    def run(self) -> None:
        while not self._stopped:
            wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        # Not the pipe that wakes this thread: threads that still answer pull it.
        for channel in list(self.active_channels.values()):
            channel.handle_close()
        wasyncore.dispatcher.close(self)

    def maintenance(self, _: float) -> None:
        """Close who is too slow."""
        now = monotonic()
        for channel in self._waiting():
            if now - channel.waits_since > PATIENCE:
                channel.will_close = True

    def handle_accept(self) -> None:
        waiting = self._waiting()
        if len(self.active_channels) >= MOST_CONNECTIONS and waiting:
            min(waiting, key=lambda channel: channel.waits_since).handle_close()
        super().handle_accept()

    def _waiting(self) -> list[_Channel]:
        return [one for one in list(self.active_channels.values()) if not one.requests]
