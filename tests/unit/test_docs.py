"""`make docs` writes tables between their markers, and says which rows and tests go without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs import proofs, tables

EMPTY = f"{tables.marker('proofs')}\n<!-- end -->\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a project of two rows, each with a test that proves it."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests" / "sandbox").mkdir(parents=True)
    for document, rows in {
        "failure-modes": "| F1 | a call is throttled | made again |\n",
        "security": "",
        "sandbox": "| S1 | aliases | partial updates |\n",
    }.items():
        (tmp_path / "docs" / f"{document}.md").write_text(f"{rows}\n{EMPTY}")
    write(tmp_path, "test_faults.py", of_test("again", "F1"))
    write(tmp_path, "sandbox/test_aliases.py", of_test("partly", "S1"))
    return tmp_path


def write(root: Path, name: str, code: str) -> None:
    (root / "tests" / name).write_text(code)


def of_test(name: str, *rows: str) -> str:
    given = ", ".join(f'"{row}"' for row in rows)
    mark = f"@pytest.mark.proves({given})\n" if rows else ""
    return f"{mark}def test_{name}():\n    pass\n"


def flaws(root: Path) -> list[str]:
    with pytest.raises(proofs.UnprovenError) as caught:
        proofs.by_document(root)
    return str(caught.value).splitlines()


def test_a_table_is_put_between_its_markers_and_nothing_else_changes() -> None:
    document = f"before\n{tables.marker('one')}old\n<!-- end -->\n{EMPTY}after\n"
    written = tables.filled(document, "one", tables.table(["a", "b"], [["1", "2"]]))
    table = "\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    assert written == document.replace("old\n", table)
    assert tables.filled(written, "one", tables.table(["a", "b"], [["1", "2"]])) == written


def test_each_document_lists_the_tests_of_its_rows_in_their_order(root: Path) -> None:
    write(root, "test_more.py", of_test("often", "F1", "S1"))
    written = proofs.by_document(root)
    assert written["docs/sandbox.md"].splitlines()[2:] == [
        "| S1 | sandbox/test_aliases.py | `test_partly` |",
        "| S1 | test_more.py | `test_often` |",
    ]
    assert written["docs/failure-modes.md"].splitlines()[2:] == [
        "| F1 | test_faults.py | `test_again` |",
        "| F1 | test_more.py | `test_often` |",
    ]


def test_a_row_that_no_test_proves_is_named(root: Path) -> None:
    write(root, "test_faults.py", of_test("again"))
    assert flaws(root) == ["docs/failure-modes.md: no test proves F1."]


def test_a_mark_of_what_is_no_row_is_named(root: Path) -> None:
    write(root, "test_more.py", of_test("often", "F7"))
    assert flaws(root) == ["tests/test_more.py: test_often proves F7, which is no row."]


def test_a_file_of_the_sandboxs_own_tests_proves_something(root: Path) -> None:
    write(root, "sandbox/test_clock.py", of_test("ticks"))
    nothing = "none of its tests proves a row of docs/sandbox.md."
    assert flaws(root) == [f"tests/sandbox/test_clock.py: {nothing}"]


def test_a_cell_is_the_first_sentence_with_what_markdown_reads_made_plain() -> None:
    assert tables.words("Names with * and |. More\n  of it.") == r"names with \* and \|"
