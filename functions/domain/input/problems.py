"""Problems of an input, each with its key, what was given and what is allowed."""

import difflib
from collections.abc import Collection

from domain.model.text import cut, show

Path = tuple[str | int, ...]


def key(path: Path) -> str:
    """Write a path as people do, such as `functions[1].alias-name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{cut(part)}" if text else cut(part)
    return text


def unknown(path: Path, known: Collection[str]) -> str:
    """Name a key that does not exist, and the one that was probably meant."""
    return f"{key(path)}: unknown key{_meant(str(path[-1]), known)}"


def not_among(path: Path, value: object, known: Collection[str], besides: str = "") -> str:
    """Name a value that is none of those known, and the one that was probably meant."""
    text = value if isinstance(value, str) else ""
    return f"{key(path)}: {show(value)} was given{_meant(text, known, besides)}"


def _meant(text: str, known: Collection[str], besides: str = "") -> str:
    near = difflib.get_close_matches(text.replace("_", "-").lower(), known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; allowed: {', '.join([*sorted(known), *([besides] if besides else [])])}"
