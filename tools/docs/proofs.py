"""Which tests prove the numbered rows of documents: those that are marked so.

A row is `| F7 | ...`, and a test of it has the mark `@pytest.mark.proves("F7")`. No row is without
a test, and no mark without a row.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.docs.tables import marker, table

# By the letter with which the numbers of its rows begin.
DOCUMENTS = {"F": "docs/failure-modes.md", "A": "docs/security.md", "S": "docs/sandbox.md"}
SANDBOX = "docs/sandbox.md"

_ROW = re.compile(r"^\| ([A-Z]\d+) \|", re.MULTILINE)


class UnprovenError(Exception):
    """Rows without a test, and marks without a row: a line each."""


class Proof(NamedTuple):
    """A test, by its file's path in `tests`, that proves a row."""

    row: str
    file: str
    test: str


def by_document(root: Path) -> dict[str, str]:
    """Return the table of proofs of each document; raise UnprovenError where one is missing."""
    proofs = list(marked(root / "tests"))
    if flaws := list(_flaws(root, proofs)):
        raise UnprovenError("\n".join(flaws))
    return {
        document: _table([proof for proof in proofs if proof.row.startswith(letter)])
        for letter, document in DOCUMENTS.items()
    }


def marked(tests: Path) -> Iterator[Proof]:
    """Find every mark of every test."""
    for path in sorted(tests.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for row in _proven_by(node):
                    yield Proof(row, str(path.relative_to(tests)), node.name)


def _proven_by(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.proves":
            yield from (ast.literal_eval(argument) for argument in mark.args)


def _flaws(root: Path, proofs: list[Proof]) -> Iterator[str]:
    rows = {row: document for document in DOCUMENTS.values() for row in _rows(root / document)}
    proven = {proof.row for proof in proofs}
    for row in sorted(rows.keys() - proven, key=_order):
        yield f"{rows[row]}: no test proves {row}."
    for proof in proofs:
        if proof.row not in rows:
            yield f"tests/{proof.file}: {proof.test} proves {proof.row}, which is no row."
    told = {proof.file for proof in proofs if rows.get(proof.row) == SANDBOX}
    for path in sorted((root / "tests" / "sandbox").rglob("test_*.py")):
        name = str(path.relative_to(root / "tests"))
        if name not in told:
            yield f"tests/{name}: none of its tests proves a row of {SANDBOX}."


def _rows(document: Path) -> list[str]:
    said, _ = document.read_text(encoding="utf-8").split(marker("proofs"))
    return _ROW.findall(said)


def _table(proofs: list[Proof]) -> str:
    return table(
        ["no.", "in `tests/`", "test"],
        (
            [proof.row, proof.file, f"`{proof.test}`"]
            for proof in sorted(proofs, key=lambda proof: (_order(proof.row), proof[1:]))
        ),
    )


def _order(row: str) -> tuple[str, int]:
    return row[0], int(row[1:])
