from collections.abc import Iterator

import pytest

from sandbox.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Boot a fresh AWS account at 2026-01-05 09:00 UTC."""
    with Sandbox() as sandbox:
        yield sandbox
