"""A list of events of which only the newest are kept as they are.

A year of one-minute checks writes millions of events, each with the whole state in it.
"""

from __future__ import annotations

import marshal
import zlib
from typing import Any

PAGE = 1000

Event = dict[str, Any]


class CompressedEvents:
    """Append-only."""

    def __init__(self) -> None:
        self._pages: list[bytes] = []
        self._newest: list[Event] = []
        self._sealed = b""
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, event: Event) -> None:
        if self._sealed:
            self._newest, self._sealed = _unpacked(self._sealed), b""
        # moto's enumerations are texts that marshal does not know.
        event["type"] = str(event["type"].value)
        self._newest.append(event)
        self._length += 1
        if len(self._newest) == PAGE:
            self._pages.append(_packed(self._newest))
            self._newest = []

    def seal(self) -> None:
        """Compress the newest too; appending undoes it."""
        if self._newest:
            self._sealed, self._newest = _packed(self._newest), []

    def slice(self, start: int, stop: int) -> list[Event]:
        """Like `events[start:stop]`, for 0 <= start."""
        stop = min(stop, len(self))
        if start >= stop:
            return []
        pages = range(start // PAGE, (stop - 1) // PAGE + 1)
        events = [event for page in pages for event in self._page(page)]
        first = pages.start * PAGE
        return events[start - first : stop - first]

    def _page(self, number: int) -> list[Event]:
        if number < len(self._pages):
            return _unpacked(self._pages[number])
        return _unpacked(self._sealed) if self._sealed else self._newest


def _packed(events: list[Event]) -> bytes:
    """Events repeat each other so much that the fastest compression is good enough."""
    return zlib.compress(marshal.dumps(events), 1)


def _unpacked(packed: bytes) -> list[Event]:
    events: list[Event] = marshal.loads(zlib.decompress(packed))
    return events
