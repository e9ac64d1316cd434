"""Pages of a list, with a token that is opaque to whoever passes it back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar

from sandbox.services.cloudwatch.errors import RefusedError

Item = TypeVar("Item")


def page(items: Sequence[Item], token: str | None, size: int) -> tuple[Sequence[Item], str | None]:
    """At most `size` items from where the token says, and the token of what follows."""
    offset = offset_of(token)
    following = offset + size
    return items[offset:following], token_for(following) if following < len(items) else None


def token_for(offset: int) -> str:
    """Make the token that stands for a place in a list."""
    return urlsafe_b64encode(f"offset={offset}".encode()).decode()


def offset_of(token: str | None) -> int:
    """Return the place that a token stands for; without one, the beginning."""
    if token is None:
        return 0
    try:
        name, _, offset = urlsafe_b64decode(token.encode()).decode().partition("=")
        if name == "offset":
            return int(offset)
    except ValueError:
        pass
    raise RefusedError("InvalidNextToken", "The next token specified is invalid.")
