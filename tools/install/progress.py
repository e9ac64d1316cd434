"""How far pip is: on a terminal in one line that changes, elsewhere in a line now and then."""

from __future__ import annotations

import re
import sys
import time

SECONDS = 3  # between two lines
# pip's own lines as it takes up a package, and one of a package that is not for this machine.
TAKEN = re.compile(r"(?:Collecting|Requirement already satisfied:) (\S+)|Processing \S*/([^-]+)-")
LEFT_OUT = re.compile(r"Ignoring \S+: markers")
RETRY = re.compile(r"WARNING: Retrying ")


class Progress:
    """How far pip has come with so many packages."""

    def __init__(self, packages: int) -> None:
        self._packages = packages
        self._taken = 0
        self._shown = time.monotonic()
        self._rewrites = sys.stdout.isatty()

    def note(self, line: str) -> None:
        """Show what this line of pip's means."""
        if taken := TAKEN.match(line):
            self._taken += 1
            self._show(f"{self._taken} of {self._packages}: {taken[1] or taken[2]}")
        elif LEFT_OUT.match(line):
            self._packages -= 1
        elif RETRY.match(line):
            self._show("no answer from the package index; trying again")
        elif line.startswith("Installing collected packages"):
            self._show(f"unpacking {self._taken}", now=True)

    def _show(self, words: str, now: bool = False) -> None:
        if self._rewrites:
            print(f"\r\033[K  {words}", end="", flush=True)
        elif now or time.monotonic() - self._shown >= SECONDS:
            print(f"  {words}", flush=True)
            self._shown = time.monotonic()

    def end(self) -> None:
        """Leave no line behind that was to be rewritten."""
        if self._rewrites:
            print("\r\033[K", end="", flush=True)
