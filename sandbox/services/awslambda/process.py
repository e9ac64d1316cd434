"""A worker process, seen from the sandbox."""

from __future__ import annotations

import json
import os
import select
import signal
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from sandbox.services.awslambda.nurseries import Nursery

# A handler that computes for longer than this, without asking for anything, counts as hung.
PATIENCE_SECONDS = 60


class HungError(Exception):
    """The process neither asked nor answered for PATIENCE_SECONDS of real time."""


class Process:
    """One execution environment. Messages are dicts; see worker.py for those that it sends."""

    def __init__(
        self, nursery: Nursery, directory: Path, environment: dict[str, str], seed: str
    ) -> None:
        self._nursery = nursery
        its_input, self._input = os.pipe()
        self._output, its_output = os.pipe()
        self._log = TemporaryFile()  # noqa: SIM115  (exit_status closes it)
        self._read = 0  # the file's own position is where the worker writes
        self._id = nursery.fork(
            (its_input, its_output, self._log.fileno()),
            directory=str(directory),
            environment=environment,
            seed=seed,
        )
        os.close(its_input)
        os.close(its_output)
        self._received = b""
        self._status: int | None = None
        # Whether a call of its failed. botocore's clients have a quota of retries, which they take
        # from one invocation to the next.
        self.has_failed_calls = False

    def send(self, **message: Any) -> None:
        """Send a message; that the process has died meanwhile shows at the next receive()."""
        text = memoryview(json.dumps(message).encode() + b"\n")
        try:
            while text:
                text = text[os.write(self._input, text) :]
        except BrokenPipeError:
            pass

    def speaks(self, within: float) -> bool:
        """Tell whether there is something to receive, after so many real seconds at most."""
        if b"\n" in self._received:
            return True
        readable, _, _ = select.select([self._output], [], [], within)
        return bool(readable)

    def receive(self) -> dict[str, Any] | None:
        """Return the next message; None when the process has exited."""
        while b"\n" not in self._received:
            if not self.speaks(PATIENCE_SECONDS):
                raise HungError
            chunk = os.read(self._output, 65_536)
            if not chunk:
                return None
            self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def printed(self) -> list[str]:
        """Return the lines that the function has printed since this was last asked."""
        text = b""
        while more := os.pread(self._log.fileno(), 65_536, self._read):
            text += more
            self._read += len(more)
        return text.decode().split("\n")[:-1]

    def rest(self) -> None:
        """Forget what was printed, while nothing runs there."""
        if self._read:
            os.ftruncate(self._log.fileno(), 0)
            os.lseek(self._log.fileno(), 0, os.SEEK_SET)
            self._read = 0

    def exit_status(self) -> int:
        """Of a process that is exiting; negative for the signal that ended it."""
        if self._status is None:
            self._status = self._nursery.wait(self._id)
            os.close(self._input)
            os.close(self._output)
            self._log.close()
        return self._status

    def end(self) -> None:
        """Kill it, if it still runs."""
        if self._status is None:
            os.kill(self._id, signal.SIGKILL)  # until waited for, nobody else has its id
            self.exit_status()
