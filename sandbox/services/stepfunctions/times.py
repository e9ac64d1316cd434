"""Times as Step Functions writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def iso_milliseconds(moment: datetime) -> str:
    """Such as `2026-01-05T09:00:00.005Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
