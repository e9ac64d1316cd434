"""Every row of docs/failure-modes.md names a test, and the test is there."""

from __future__ import annotations

import re

import pytest

from tests.contract.definition import ROOT

TEXT = (ROOT / "docs" / "failure-modes.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| (?!failure \|)", line)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:50].strip())
def test_row_says_all_there_is_to_say_and_names_a_test_that_is_there(row: str) -> None:
    *said, proof = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(said) == 4
    assert all(said)
    file, name = proof.strip("`").split("::")
    code = (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", code, re.MULTILINE)


def test_no_row_is_overlooked() -> None:
    assert len(ROWS) == TEXT.count("::test_") > 35
