"""Documents whose tables end with a proof: each row names tests, and they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.contract.definition import ROOT

# The documents, and fewer rows than which a rewrite has lost some.
ROWS = {"failure-modes.md": 35, "security.md": 50, "sandbox.md": 50}

_CELLS = re.compile(r"(?<!\\)\|")
_PROOF = re.compile(r"`([a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")


def text(document: str) -> str:
    return (ROOT / "docs" / document).read_text(encoding="utf-8")


def rows(document: str) -> Iterator[list[str]]:
    """Return the cells of each row of its tables whose last column is `proof`."""
    columns = 0
    for line in text(document).splitlines():
        cells = [cell.strip() for cell in _CELLS.split(line)[1:-1]]
        if cells[-1:] == ["proof"]:
            columns = len(cells)
        elif not cells:
            columns = 0
        elif columns and set(cells[0]) != {"-"}:
            assert len(cells) == columns, line
            yield cells


CLAIMS = [
    pytest.param(cells, id=f"{document}: {cells[0][:30]}, {cells[1][:30]}")
    for document in ROWS
    for cells in rows(document)
]


@pytest.mark.parametrize("cells", CLAIMS)
def test_row_says_all_there_is_to_say_and_names_tests_that_are_there(cells: list[str]) -> None:
    *said, proof = cells
    assert all(said)
    assert re.fullmatch(rf"{_PROOF.pattern}(, {_PROOF.pattern})*", proof), proof
    for file, name in _PROOF.findall(proof):
        code = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {name}\(", code, re.MULTILINE), f"{file}::{name}"


@pytest.mark.parametrize("document", ROWS)
def test_no_row_is_overlooked(document: str) -> None:
    proofs = [proof for *_, last in rows(document) for proof in _PROOF.findall(last)]
    assert len(proofs) == text(document).count("::test_")
    assert len(list(rows(document))) >= ROWS[document]


def test_whatever_the_sandboxs_own_tests_are_about_is_told() -> None:
    files = (ROOT / "tests" / "sandbox").rglob("test_*.py")
    names = [str(file.relative_to(ROOT / "tests")) for file in files]
    assert [name for name in names if f"`{name}::" not in text("sandbox.md")] == []
