"""Problems of an input, each with its key, what was given and what is allowed."""

import difflib
import json
from collections.abc import Collection, Sequence
from itertools import accumulate

_SHOWN = 60  # characters of a wrong key or value that a problem repeats
_MAX_TEXT = 24_000  # characters of problems in one error; Step Functions carries 32,768

Path = tuple[str | int, ...]


def show(value: object) -> str:
    """The value as JSON, cut where it is long."""
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def kind(value: object) -> str:
    """What kind of JSON it is: all that may be told of what is confidential, such as an answer."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds: dict[type, str] = {str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")


def outline(value: object) -> str:
    """Its kind, and an object's keys: enough to see what form an answer has, not what it says."""
    if not isinstance(value, dict) or not value:
        return f"an empty {kind(value).split()[-1]}" if value in ("", [], {}) else kind(value)
    return f"an object with {_cut(', '.join(value))}"


def key(path: Path) -> str:
    """Such as `functions[1].alias-name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{_cut(part)}" if text else _cut(part)
    return text


def _cut(text: str) -> str:
    """Cut where it is long, and with lone surrogates, which no encoding can carry, escaped."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return shown.encode(errors="backslashreplace").decode()


def words(text: str, most: int) -> str:
    """What somebody else wrote, on one line of at most so many characters."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text[: 2 * most]).split())
    return line[:most]


def unknown(path: Path, known: Collection[str]) -> str:
    """A key that does not exist, with the one that was probably meant."""
    return f"{key(path)}: unknown key{_meant(str(path[-1]), known)}"


def not_among(path: Path, value: object, known: Collection[str], besides: str = "") -> str:
    """A value that is none of those known, with the one that was probably meant."""
    text = value if isinstance(value, str) else ""
    return f"{key(path)}: {show(value)} was given{_meant(text, known, besides)}"


def _meant(text: str, known: Collection[str], besides: str = "") -> str:
    near = difflib.get_close_matches(text.replace("_", "-").lower(), known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; allowed: {', '.join([*sorted(known), *([besides] if besides else [])])}"


def joined(problems: Sequence[str], what: str) -> str:
    """One text for all problems, in order, without repeats."""
    once = list(dict.fromkeys(problems))
    ends = list(accumulate(len(problem) + 2 for problem in once))
    listed = sum(end <= _MAX_TEXT for end in ends)
    more = f"; and {len(once) - listed} more" if listed < len(once) else ""
    count = f"{len(once)} problem{'s' if len(once) > 1 else ''}"
    return f"{count} in {what}: {'; '.join(once[:listed])}{more}"
