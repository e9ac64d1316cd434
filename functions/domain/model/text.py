"""Values and other people's words in our sentences: short, on one line, without secrets."""

import json
from collections.abc import Sequence
from itertools import accumulate

_SHOWN = 60  # characters of a wrong key or value that a problem repeats
_NAMES = 10  # that a sentence lists
_MAX_TEXT = 24_000  # characters of problems in one error; Step Functions carries 32,768


def show(value: object) -> str:
    """Write the value as JSON, cut where it is long."""
    return cut(json.dumps(value, ensure_ascii=False, default=str))


def kind(value: object) -> str:
    """Name the kind of JSON: all that may be told of what is confidential, such as an answer."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds: dict[type, str] = {str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")


def outline(value: object) -> str:
    """Tell its kind and an object's keys: what form an answer has, and not what it says."""
    if not isinstance(value, dict) or not value:
        return f"an empty {kind(value).split()[-1]}" if value in ("", [], {}) else kind(value)
    return f"an object with {cut(', '.join(value))}"


def cut(text: str) -> str:
    """Cut what is long, and escape lone surrogates, which no encoding can carry."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return shown.encode(errors="backslashreplace").decode()


def one_line(text: str, most: int) -> str:
    """Put what somebody else wrote on one line of at most so many characters."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text[: 2 * most]).split())
    return line[:most]


def some(names: Sequence[str]) -> str:
    """List the first names, and say how many more there are."""
    more = len(names) - _NAMES
    shown = ", ".join(sorted(names)[:_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def joined(problems: Sequence[str], what: str) -> str:
    """Make one text of all problems, in order, without repeats."""
    once = list(dict.fromkeys(problems))
    ends = list(accumulate(len(problem) + 2 for problem in once))
    listed = sum(end <= _MAX_TEXT for end in ends)
    more = f"; and {len(once) - listed} more" if listed < len(once) else ""
    count = f"{len(once)} problem{'s' if len(once) > 1 else ''}"
    return f"{count} in {what}: {'; '.join(once[:listed])}{more}"
