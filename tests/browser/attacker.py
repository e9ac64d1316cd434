"""A browser that has somebody else's page open, and the server that the page is from."""

from __future__ import annotations

import json
import select
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from urllib.parse import urlencode

import pytest

PAGE = Path(__file__).with_name("attack.html")
NAME = "attacker.example"
SECONDS = 60  # of patience, real ones, with the page
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = f"make browser needs Chromium: none of {', '.join(BROWSERS)} is on the path."


@dataclass(frozen=True)
class Place:
    """Where the page is from, and by which name it calls the sandbox."""

    page: str
    sandbox: str

    def of(self, own: int, sandbox: int) -> tuple[str, str]:
        return tuple(  # type: ignore[return-value]
            f"http://{host.format(own=own, sandbox=sandbox)}" for host in (self.page, self.sandbox)
        )


PLACES = {
    "another port": Place("127.0.0.1:{own}", "127.0.0.1:{sandbox}"),
    "another site": Place(f"{NAME}:{{own}}", "127.0.0.1:{sandbox}"),
    # DNS rebinding: the name led to the page's server, and then leads to the sandbox.
    "a rebound name": Place(f"{NAME}:{{sandbox}}", f"{NAME}:{{sandbox}}"),
}


class Attacker(ThreadingHTTPServer):
    """Gives the page and takes its report. All else goes to the sandbox, byte by byte.

    So a name that leads here leads to the sandbox once the page is there.
    """

    daemon_threads = True

    def __init__(self, sandbox: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.sandbox = sandbox
        self.reports: Queue[dict[str, str]] = Queue()


class _Connection(BaseHTTPRequestHandler):
    server: Attacker

    def handle(self) -> None:
        begins = self.connection.recv(64, socket.MSG_PEEK)
        own = begins.startswith((b"GET /attack.html?", b"POST /report "))
        super().handle() if own else self._relay()

    def do_GET(self) -> None:
        self._answer(PAGE.read_bytes())

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"")
        self.server.reports.put(json.loads(told))

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def _relay(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.sandbox)) as sandbox:
            across = {self.connection: sandbox, sandbox: self.connection}
            while True:
                for side in select.select(list(across), [], [])[0]:
                    sent = side.recv(65_536)
                    if not sent:
                        return
                    across[side].sendall(sent)


@contextmanager
def attacking(sandbox: int) -> Iterator[Attacker]:
    with Attacker(sandbox) as attacker:
        Thread(target=attacker.serve_forever, daemon=True).start()
        yield attacker
        attacker.shutdown()


def chromium() -> str:
    """Its path. Without one no test here says anything, so the run ends."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.exit(NO_BROWSER, returncode=1)
    return found


def reported(
    browser: str, place: Place, sandbox: int, profile: Path, **given: str
) -> dict[str, str]:
    """What the page, opened in the browser at this path, could read, by attack."""
    with attacking(sandbox) as attacker:
        own = attacker.server_address[1]
        page, target = place.of(own, sandbox)
        report = f"http://127.0.0.1:{own}/report"
        query = urlencode({"target": target, "report": report, **given})
        opened = subprocess.Popen(
            [
                browser,
                "--headless",
                "--no-sandbox",  # Chromium's own, which root and containers cannot have
                "--disable-dev-shm-usage",
                "--disable-popup-blocking",
                f"--user-data-dir={profile}",
                f"--host-resolver-rules=MAP {NAME}:{own} 127.0.0.1:{own},"
                f"MAP {NAME}:{sandbox} 127.0.0.1:{own}",
                "--remote-debugging-port=0",  # else it opens the page only to leave at once
                f"{page}/attack.html?{query}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return attacker.reports.get(timeout=SECONDS)
        finally:
            opened.kill()
            opened.wait()
