"""README.md as data: its tables, sections and code blocks."""

from __future__ import annotations

import re
from pathlib import Path

TEXT = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")

_HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
_CELLS = re.compile(r"(?<!\\)\|")


def table(column: str) -> dict[str, list[str]]:
    """The rows below the header whose first cell is this, by their own first cell's code."""
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
    """What is below this heading, with the sections inside it."""
    heading = next(found for found in _HEADING.finditer(TEXT) if found[2] == title)
    ends = (
        found.start()
        for found in _HEADING.finditer(TEXT, heading.end())
        if len(found[1]) <= len(heading[1])
    )
    return TEXT[heading.end() : next(ends, len(TEXT))]


def linked(text: str) -> str:
    """The sections of this file that the text links to."""
    anchors = re.findall(r"\]\(#([a-z0-9-]+)\)", text)
    titles = {_anchor(found[2]): found[2] for found in _HEADING.finditer(TEXT)}
    return "".join(section(titles[anchor]) for anchor in anchors)


def block(text: str, language: str) -> str:
    """The text's only code block in that language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(found)


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
