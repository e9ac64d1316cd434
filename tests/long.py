"""What is too long for `make test`: cases beyond one of each kind, marked `long`.

`make test-all` runs them too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest
from hypothesis import settings

long = pytest.mark.long


def parametrize(
    names: str, cases: Iterable[Any], *, short: Collection[Any], ids: Iterable[str] | None = None
) -> pytest.MarkDecorator:
    """As pytest's own, but all cases are long except for those in `short`."""
    cases = list(cases)
    unknown = [one for one in short if one not in cases]
    if unknown:
        raise ValueError(f"no cases of {names}: {unknown}")
    several = "," in names
    marked = [
        pytest.param(*(case if several else [case]), marks=[] if case in short else [long])
        for case in cases
    ]
    return pytest.mark.parametrize(names, marked, ids=ids)


def examples(times: int) -> settings:
    """So many times as many examples as a property gets by itself (see tests/conftest.py)."""
    return settings(max_examples=times * settings().max_examples)
