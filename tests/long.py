"""What is too long for `make test`: cases beyond the first of each kind, marked `long`.

`make test-all` runs them too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import settings

long = pytest.mark.long


def parametrize(
    names: str | Sequence[str],
    cases: Iterable[Any],
    *,
    short: int,
    ids: Iterable[str] | Callable[[Any], str] | None = None,
) -> pytest.MarkDecorator:
    """As pytest's own, but only the first `short` cases are not long."""
    one = isinstance(names, str) and "," not in names
    marked = [
        pytest.param(*([case] if one else case), marks=[long] if at >= short else [])
        for at, case in enumerate(cases)
    ]
    assert 0 < short < len(marked)
    return pytest.mark.parametrize(names, marked, ids=ids)


def examples(times: int) -> settings:
    """So many times as many examples as a property gets by itself (see tests/conftest.py)."""
    return settings(max_examples=times * settings().max_examples)
