"""The server's own pages: those that tell, and those that act.

A page that tells changes nothing. One that acts is asked by POST with a body of JSON, which says so
in its Content-Type: no form, image or link of another place can send that, and no script without
asking first, which the door refuses. https://fetch.spec.whatwg.org/#cors-safelisted-request-header
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Answer = tuple[int, dict[str, str], bytes]

JSON = "application/json"


class RefusedError(Exception):
    """What a page was sent is not what it takes."""


class Pages:
    """By path. What a page gives is told as JSON."""

    def __init__(
        self,
        telling: Mapping[str, Callable[[], object]],
        acting: Mapping[str, Callable[[Any], object]] | None = None,
    ) -> None:
        """`telling` get nothing; `acting` get what the JSON says."""
        self._telling, self._acting = telling, acting or {}

    def __contains__(self, path: str) -> bool:
        return path in self._telling or path in self._acting

    def answer(self, path: str, method: str, content_type: str, body: bytes) -> Answer:
        if path in self._telling:
            if method not in ("GET", "HEAD"):
                return told(405, f"{path} only tells: ask for it by GET.", Allow="GET, HEAD")
            return _json(self._telling[path]())
        if method != "POST":
            return told(405, f"{path} acts: ask for it by POST.", Allow="POST")
        if content_type != JSON:
            return told(415, f"{path} acts: send it a body with Content-Type: {JSON}.")
        try:
            given = json.loads(body)
        except (ValueError, RecursionError) as error:
            return told(400, f"The body is not JSON: {error}.")
        try:
            return _json(self._acting[path](given))
        except RefusedError as refused:
            return told(400, str(refused))


def told(status: int, sentence: str, **headers: str) -> Answer:
    """One sentence, for whoever reads it."""
    return status, {"Content-Type": "text/plain", **headers}, f"{sentence}\n".encode()


def _json(value: object) -> Answer:
    return 200, {"Content-Type": JSON}, (json.dumps(value, indent=2) + "\n").encode()
