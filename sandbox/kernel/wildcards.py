"""Patterns with wildcards, matched in a time that no pattern makes long."""

from __future__ import annotations

import re
from collections.abc import Sequence


def compiled(parts: Sequence[str]) -> re.Pattern[str]:
    """Return what fits these regular expressions one after the other, with any text between.

    Each is found where it first comes, for good: to try all places of many would take for ever.
    """
    first, *others = parts
    if not others:
        return re.compile(first, re.DOTALL)
    *between, last = others
    found = "".join(f"(?>.*?{part})" for part in between if part)
    return re.compile(f"{first}{found}.*{last}", re.DOTALL)
