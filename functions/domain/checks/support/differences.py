"""The differences between two JSON answers, but for what is named to be ignored.

A path is the keys from the top, with dots between them: `meta.time`. In a list the position stands
for the key, and `*` for any key or position: `items.*.id`. What is ignored may be absent too. A key
that holds a dot cannot be named; ignore what it is in. What the values are is never told: answers
may be about anybody.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.model.text import kind, show

ANY = "*"

_Path = tuple[str, ...]


def differences(before: Any, after: Any, ignored: Sequence[str]) -> Iterator[str]:
    """List the differences in words, in the order of the first answer's keys.

    Numbers are equal by value (1 and 1.0), lists by position, objects whatever their order; null is
    not the same as an absent key.
    """
    paths = [tuple(path.split(".")) for path in ignored]
    return _differences(before, after, (), paths)


def _differences(before: Any, after: Any, at: _Path, ignored: list[_Path]) -> Iterator[str]:
    if any(_covers(path, at) for path in ignored):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _in_parts(before, after, at, ignored)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_parts(_numbered(before), _numbered(after), at, ignored)
    elif not _same(before, after):
        was, now = kind(before), kind(after)
        yield f"{_name(at)} was {was} and is {now if now != was else 'another'}"


def _in_parts(
    before: dict[str, Any], after: dict[str, Any], at: _Path, ignored: list[_Path]
) -> Iterator[str]:
    for part in dict.fromkeys((*before, *after)):
        inner = (*at, part)
        if part in before and part in after:
            yield from _differences(before[part], after[part], inner, ignored)
        elif not any(_covers(path, inner) for path in ignored):
            yield f"{_name(inner)} is {'missing' if part in before else 'new'}"


def _numbered(items: list[Any]) -> dict[str, Any]:
    return {str(at): item for at, item in enumerate(items)}


def _covers(path: _Path, at: _Path) -> bool:
    return len(path) == len(at) and all(
        wanted in (ANY, part) for wanted, part in zip(path, at, strict=True)
    )


def _same(before: Any, after: Any) -> bool:
    """Compare as JSON does: to Python, 1 is the same as true."""
    return isinstance(before, bool) == isinstance(after, bool) and bool(before == after)


def _name(at: _Path) -> str:
    return show(".".join(at)) if at else "the answer"
