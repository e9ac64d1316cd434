"""The names of the executions that the gate starts, by which it knows its own again."""

from hashlib import sha256

from domain.gate.event import Address


def prefix_of(address: Address) -> str:
    """Begin the names of all rollouts that this resource of this stack ever had."""
    return f"gate-{_short(address.stack, address.resource)}-"


def request_of(address: Address) -> str:
    """Begin the names of those that this very event has started.

    An operation that is tried again has the RequestId of the first try, and another URL.
    """
    return f"{prefix_of(address)}{_short(address.request, address.url)}-"


def name_of(address: Address, since: float) -> str:
    """Name the rollout that an event starts, for as often as it comes.

    `since` tells tries apart that have even the URL in common: when the resource began to wait.
    """
    return f"{request_of(address)}{int(since)}"


def _short(*texts: str) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()[:16]
