"""The README and the documents that it sends users to, as data: tables, sections, code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "docs/checks.md",
        "docs/hooks.md",
        "docs/operating.md",
        "docs/deploying.md",
        "docs/developing.md",
    )
}
TEXT = "\n".join(DOCUMENTS.values())

_HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
_CELLS = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([a-z0-9-]+))?\)")


def table(column: str) -> dict[str, list[str]]:
    """Return the rows below the header whose first cell is this, by their own first cell's code."""
    lines = iter(TEXT.splitlines())
    next(line for line in lines if line.startswith(f"| {column} |"))
    next(lines)  # the rule below the header
    found: dict[str, list[str]] = {}
    for line in lines:
        if not line.startswith("|"):
            break
        first, *rest = (cell.strip() for cell in _CELLS.split(line)[1:-1])
        found[first.strip("`")] = rest
    return found


def section(title: str) -> str:
    """Return what is below this heading, with the sections inside it."""
    text = next(text for text in DOCUMENTS.values() if title in _titles(text).values())
    return _below(title, text)


def links(text: str) -> Iterator[tuple[str, str]]:
    """Return the file and the section that each link names; "" where it names none."""
    yield from _LINK.findall(text)


def linked(text: str) -> str:
    """Return the sections of the documents that README's text links to."""
    found = [(DOCUMENTS[name or "README.md"], anchor) for name, anchor in links(text) if anchor]
    return "".join(_below(_titles(document)[anchor], document) for document, anchor in found)


def anchors(text: str) -> set[str]:
    """Return the sections that a link into this text may name."""
    return set(_titles(text))


def block(text: str, language: str) -> str:
    """Return the text's only code block in that language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(found)


def _titles(text: str) -> dict[str, str]:
    titles = (found[2] for found in _HEADING.finditer(text))
    return {re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-"): each for each in titles}


def _below(title: str, text: str) -> str:
    heading = next(found for found in _HEADING.finditer(text) if found[2] == title)
    ends = (
        found.start()
        for found in _HEADING.finditer(text, heading.end())
        if len(found[1]) <= len(heading[1])
    )
    return text[heading.end() : next(ends, len(text))]
