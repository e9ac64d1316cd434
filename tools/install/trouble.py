"""Why an environment could not be made, in a sentence for the user."""

from __future__ import annotations

import re

# What Python's venv and pip say when they fail, and what that means. The first that is found is
# told. pip says the same of a package that the index does not have and of one it does not give.
REASONS = {
    r"No space left on device": "the disk is full",
    r"DO NOT MATCH THE HASHES.*\n\s+(\S+)": (
        "what came as {} is not what the lock names (it broke on its way, or the package index "
        "serves another)"
    ),
    r"CERTIFICATE_VERIFY_FAILED": (
        "the package index's certificate is not trusted here (pip's setting `cert` can name one)"
    ),
    r" 407 ": "the proxy wants a user and a password (pip's setting `proxy` can name them)",
    r"not a trusted or secure host": (
        "the package index is not asked by plain http (pip's setting `trusted-host` allows it)"
    ),
    r"connection broken|Connection interrupted|ConnectionError|[Tt]imed out": (
        "the package index does not answer, or breaks off (is there a network? pip's setting "
        "`index-url` can name another index)"
    ),
    r"No matching distribution found for (\S+)": (
        "the package index gives no {} to this Python on this machine (it has none, or wants a "
        "user and a password)"
    ),
}


class InstallError(Exception):
    """Why there is no environment, in words for the user."""


def reason(said: str) -> str:
    """Say why a command failed, out of all that it printed."""
    for pattern, words in REASONS.items():
        if found := re.search(pattern, said):
            return words.format(*found.groups())
    lines = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it does not say why"
