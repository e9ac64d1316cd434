"""What is said of a kind of check stands in its own file: nothing else names a kind."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from domain.checks.registry import CHECKS
from tests.contract.test_imports import FILES, imported

# Words that are more than a kind's name: a key of a function's, a scheme, a state of the machine.
ALSO = {"function", "http", "probe"}
OTHERS = [name for name in FILES if not name.startswith("domain.checks")]


def named(tree: ast.AST) -> Iterator[str]:
    """Return the kinds that the code names, but for keys: `counts["errors"]` is about calls."""
    keys = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in CHECKS and id(node) not in keys:
            if node.value not in ALSO:
                yield ast.unparse(node)
        elif isinstance(node, ast.Compare | ast.Dict):
            words = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
            if "type" in words and words & ALSO:
                yield ast.unparse(node)


@pytest.mark.parametrize("name", OTHERS)
def test_no_file_outside_of_checks_names_a_kind(name: str) -> None:
    assert not imported(name) & {f"domain.checks.{kind}" for kind in CHECKS}
    assert list(named(ast.parse(FILES[name].read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code", ['kinds.count("judge")', 'check["type"] == "probe"', '{"type": "http"}', 'x == "alarm"']
)
def test_a_kind_that_is_named_is_found(code: str) -> None:
    assert len(list(named(ast.parse(code)))) == 1


def test_of_checks_that_probe_makes_calls_for_there_is_one_at_most() -> None:
    """The option `rate` tells it by, since tasks that check nothing do not load the registry."""
    called = [check for check in CHECKS.values() if "rate" in check.allowed]
    assert [check.most for check in called] == [1]
