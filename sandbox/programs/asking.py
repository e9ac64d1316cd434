"""Pages by which requests reach the endpoints that stacks have: function URLs and APIs."""

from __future__ import annotations

from typing import Any

from sandbox.programs.pages import RefusedError
from sandbox.sandbox import Sandbox

FORM = 'The body is {"url": "https://...", "method": "GET", "body": "", "headers": {}}'
KEPT = 'The body is {"url": "https://...", "every": 1, "method": "GET"}'


class Asking:
    """What the pages do. A URL is one that a stack's output, or `aws cloudformation`, names."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def ask(self, given: Any) -> dict[str, Any]:
        """Send one request, and tell what came back."""
        known = {"url": str, "method": str, "body": str, "headers": dict}
        wanted = {"method": "GET", "body": "", "headers": {}, **_checked(given, known, FORM)}
        headers = {str(name): str(text) for name, text in wanted["headers"].items()}
        try:
            reply = self._sandbox.ask(wanted["method"], wanted["url"], wanted["body"], headers)
        except LookupError as error:
            raise RefusedError(str(error)) from error
        return {"status": reply.status, "headers": dict(reply.headers), "body": reply.body}

    def keep_asking(self, given: Any) -> dict[str, Any]:
        """Have somebody send such requests from now on, and tell how the first one went."""
        known = {"url": str, "every": int | float, "method": str}
        wanted = {"method": "GET", "every": 1, **_checked(given, known, KEPT)}
        if wanted["every"] <= 0:
            raise RefusedError(f"{KEPT}, where every is a positive number of seconds.")
        first = self.ask({"url": wanted["url"], "method": wanted["method"]})
        self._sandbox.keep_asking(wanted["url"], wanted["every"], wanted["method"])
        return first


def _checked(given: Any, known: dict[str, Any], form: str) -> dict[str, Any]:
    if not isinstance(given, dict) or "url" not in given:
        raise RefusedError(f"{form}.")
    for name, value in given.items():
        if name not in known or not isinstance(value, known[name]) or isinstance(value, bool):
            raise RefusedError(f"{form}, without {name}: {value!r}.")
    return given
