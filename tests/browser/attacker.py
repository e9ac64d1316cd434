"""A browser that has somebody else's page open, and the server that the page is from."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
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
    """Where the page is from, and where it takes the sandbox to be: hosts, but for the ports."""

    page: str
    sandbox: str


PLACES = {
    "another port": Place("127.0.0.1:{own}", "127.0.0.1:{sandbox}"),
    "another site": Place(f"{NAME}:{{own}}", "127.0.0.1:{sandbox}"),
    # DNS rebinding: the name led to the page's server, and then leads to the sandbox.
    "a rebound name": Place(f"{NAME}:{{sandbox}}", f"{NAME}:{{sandbox}}"),
}


class Attacker(ThreadingHTTPServer):
    """Gives the page and takes its report.

    What is for the rebound name goes to the sandbox, byte by byte, once the page is there.
    """

    daemon_threads = True

    def __init__(self, sandbox: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.sandbox = sandbox
        self.reports: Queue[dict[str, str]] = Queue()


class _Connection(BaseHTTPRequestHandler):
    server: Attacker

    def handle(self) -> None:
        head = self.connection.recv(4_096, socket.MSG_PEEK)
        rebound = f"\r\nHost: {NAME}:{self.server.sandbox}\r\n".encode() in head
        if rebound and not head.startswith(b"GET /attack.html?"):
            self._relay()
        else:
            super().handle()

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
        with (
            suppress(ConnectionError),  # of a browser that was ended
            socket.create_connection(("127.0.0.1", self.server.sandbox)) as sandbox,
        ):
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
        try:
            yield attacker
        finally:
            attacker.shutdown()


def chromium() -> str:
    """Its path. Without one no test here says anything, so the run ends."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.exit(NO_BROWSER, returncode=1)
    return found


@contextmanager
def opened(browser: str, url: str, profile: Path, rules: str) -> Iterator[None]:
    """Open the page in the browser at this path, which finds names by these rules too."""
    process = subprocess.Popen(
        [
            browser,
            "--headless",
            "--no-sandbox",  # Chromium's own, which root and containers cannot have
            "--disable-dev-shm-usage",
            "--disable-popup-blocking",
            "--remote-debugging-port=0",  # else it leaves once it has opened the page
            f"--user-data-dir={profile}",
            f"--host-resolver-rules={rules}",
            url,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # with those that it has started
        process.wait()


def reported(
    browser: str, place: Place, sandbox: int, profile: Path, **given: str
) -> dict[str, str]:
    """Open the page in the browser at this path, and return what each attack could read."""
    with attacking(sandbox) as attacker:
        ports = {"own": attacker.server_address[1], "sandbox": sandbox}
        query = urlencode(
            {
                "target": f"http://{place.sandbox.format(**ports)}",
                "report": "http://127.0.0.1:{own}/report".format(**ports),
                **given,
            }
        )
        url = f"http://{place.page.format(**ports)}/attack.html?{query}"
        rules = ",".join(f"MAP {NAME}:{port} 127.0.0.1:{ports['own']}" for port in ports.values())
        with opened(browser, url, profile, rules):
            try:
                return attacker.reports.get(timeout=SECONDS)
            except Empty:
                raise AssertionError(f"the page has told nothing for {SECONDS} s") from None
