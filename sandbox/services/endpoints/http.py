"""An HTTP request to an endpoint of the account, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.kernel.environment import REGION

OF_URLS = f".lambda-url.{REGION}.on.aws"
OF_APIS = f".execute-api.{REGION}.amazonaws.com"


@dataclass(frozen=True)
class HttpRequest:
    """What somebody sends to one of the account's HTTPS endpoints."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    @property
    def segments(self) -> list[str]:
        """The path's parts, as they are meant."""
        return [unquote(part) for part in self.path.split("/") if part]

    @property
    def query(self) -> str:
        return urlsplit(self.url).query

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The query's names and values."""
        return parse_qsl(self.query, keep_blank_values=True)


@dataclass(frozen=True)
class HttpReply:
    """What an endpoint answers."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(status: int, body: str) -> HttpReply:
    """Answer with JSON."""
    return HttpReply(status, body, {"content-type": "application/json"})
