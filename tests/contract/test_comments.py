"""Where the type checker is told to look away, the line says why."""

from __future__ import annotations

import re

from tests.served import ROOT

FOLDERS = ("functions", "sandbox", "tests", "tools", "benchmarks")
LOOKS_AWAY = re.compile(r"# type: ignore(?!\[[a-z, -]+\]  # \w)")


def test_no_type_is_ignored_without_a_reason() -> None:
    unsaid = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if LOOKS_AWAY.search(line) and "re.compile" not in line
    ]
    assert unsaid == []
