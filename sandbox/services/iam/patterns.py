"""Wildcards, as IAM reads them in actions, ARNs and conditions: `*` any text, `?` any character."""

from __future__ import annotations

import re
from functools import lru_cache

from sandbox.kernel.wildcards import compiled

_ANY = {"?": "."}


def like(pattern: str, text: str) -> bool:
    """Tell whether the text fits the pattern, letter for letter."""
    return _compiled(pattern).fullmatch(text) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Part by part, of which the last, the resource's own name, may have colons of its own.

    So `function:checkout*` is every alias and version of checkout too.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if pattern == "*":
        return True
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) and all(map(like, patterns, parts))


def literal(pattern: str) -> int:
    """How much of the pattern is no wildcard: of two that fit, the greater says more."""
    return sum(character not in "*?" for character in pattern)


@lru_cache(4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    if "${" in pattern:
        raise NotImplementedError(f"policy variables, as in {pattern}")
    parts = pattern.split("*")
    return compiled(["".join(_ANY.get(each, re.escape(each)) for each in part) for part in parts])
