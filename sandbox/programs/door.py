"""Whose requests the server takes: those of programs on this machine, and of its own pages.

A web page that somebody has open can send requests to loopback, and, by a name of its own that it
lets lead there (DNS rebinding), also read what is answered. Browsers tell on it: by `Host`, by
`Origin`, and by `Sec-Fetch-Site`. A page of another port is another's too, though browsers call it
of the same site. https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_DEFAULT_PORT = 80  # which clients leave out
# Of a page of the server itself, and of what somebody has typed into the address bar.
_OWN_SITE = ("same-origin", "none")


def names(port: int) -> tuple[str, ...]:
    """Return what `Host` may be, to the letter."""
    named = tuple(f"{name}:{port}" for name in LOOPBACK)
    return (*named, *LOOPBACK) if port == _DEFAULT_PORT else named


def refusal(environ: Mapping[str, Any], target: str, port: int) -> str | None:
    """Why not, in one sentence; None where the request may come in.

    `target` is what stands in the request's first line. Of a header that comes twice, the server
    has made one with a comma in it, which is none of the names.
    """
    host = environ.get("HTTP_HOST", "")
    if host not in names(port):
        return f"This server answers to {', '.join(names(port))} alone, not to {host[:200]!r}."
    if not target.startswith("/"):
        return f"This server is no proxy: it takes a path, not {target[:200]!r}."
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin != f"http://{host}":
        return f"This server takes no requests of other places' pages, such as {origin[:200]!r}."
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None and site not in _OWN_SITE:
        return f"This server takes no requests of other places' pages ({site[:200]})."
    return None
