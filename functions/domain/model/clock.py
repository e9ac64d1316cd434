"""Instants: epoch seconds inside, RFC 3339 in UTC where AWS or a person reads them."""

import math
from datetime import UTC, datetime

YEAR = 365 * 86_400  # seconds; the longest that a Standard workflow runs


def whole(now: float) -> int:
    """Return the next whole second, so that nothing is ever asked too early."""
    return math.ceil(now)


def iso(epoch: float) -> str:
    """Write an instant as Step Functions' TimestampPath wants it, such as 2026-01-05T09:00:00Z."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str) -> float:
    """Read the instant of an RFC 3339 text."""
    return datetime.fromisoformat(text).timestamp()


def span(seconds: float) -> str:
    """Write a length of time for a person, such as `20 min` or `1 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown[:2]) or "0 s"
