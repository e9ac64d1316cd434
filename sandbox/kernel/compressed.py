"""Lists that grow for as long as the sandbox lives, of which only the newest are kept as they are.

A year of one-minute checks writes millions of history events, each with the whole state in it, and
as many lines of logs.
"""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterator
from typing import Generic, TypeVar

PAGE = 1000

T = TypeVar("T")


class CompressedList(Generic[T]):
    """Append-only, of whatever marshal knows: texts, numbers, dicts and lists of them."""

    def __init__(self) -> None:
        self._pages: list[bytes] = []
        self._newest: list[T] = []
        self._sealed = b""
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        for start in range(0, len(self), PAGE):
            yield from self.slice(start, start + PAGE)

    def append(self, item: T) -> None:
        if self._sealed:
            self._newest, self._sealed = self._unpacked(self._sealed), b""
        self._newest.append(item)
        self._length += 1
        if len(self._newest) == PAGE:
            self._pages.append(self._packed())

    def seal(self) -> None:
        """Compress the newest too; appending undoes it."""
        if self._newest:
            self._sealed = self._packed()

    def slice(self, start: int, stop: int) -> list[T]:
        """Like `items[start:stop]`, for 0 <= start."""
        stop = min(stop, len(self))
        if start >= stop:
            return []
        pages = range(start // PAGE, (stop - 1) // PAGE + 1)
        items = [item for page in pages for item in self._page(page)]
        first = pages.start * PAGE
        return items[start - first : stop - first]

    def _page(self, number: int) -> list[T]:
        if number < len(self._pages):
            return self._unpacked(self._pages[number])
        return self._unpacked(self._sealed) if self._sealed else self._newest

    def _packed(self) -> bytes:
        """They repeat each other so much that the fastest compression is good enough."""
        packed = zlib.compress(marshal.dumps(self._newest), 1)
        self._newest = []
        return packed

    def _unpacked(self, packed: bytes) -> list[T]:
        items: list[T] = marshal.loads(zlib.decompress(packed))
        return items
