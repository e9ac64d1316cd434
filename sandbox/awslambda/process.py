"""A worker process, seen from the sandbox."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")

# A handler that computes for longer than this, without asking for anything, counts as hung.
PATIENCE_SECONDS = 60


class HungError(Exception):
    """The process neither asked nor answered for PATIENCE_SECONDS of real time."""


class Process:
    """One execution environment. Messages are dicts; see worker.py for those that it sends."""

    def __init__(self, directory: Path, environment: dict[str, str], seed: str) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-P", str(WORKER), seed],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=directory,
            # Ctrl-C is for the sandbox, which then ends its processes itself.
            start_new_session=True,
        )
        self._received = b""

    def send(self, **message: Any) -> None:
        """A process that has died meanwhile shows at the next receive()."""
        assert self._popen.stdin is not None
        try:
            self._popen.stdin.write(json.dumps(message).encode() + b"\n")
            self._popen.stdin.flush()
        except BrokenPipeError:
            pass

    def receive(self) -> dict[str, Any] | None:
        """The next message; None when the process has exited."""
        assert self._popen.stdout is not None
        descriptor = self._popen.stdout.fileno()
        while b"\n" not in self._received:
            readable, _, _ = select.select([descriptor], [], [], PATIENCE_SECONDS)
            if not readable:
                raise HungError
            chunk = os.read(descriptor, 65_536)
            if not chunk:
                return None
            self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def exit_status(self) -> int:
        """Of a process that is exiting; negative for the signal that ended it."""
        return self._popen.wait()

    def end(self) -> None:
        """Kill it, if it still runs."""
        self._popen.kill()
        self._popen.communicate()
