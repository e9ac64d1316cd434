from collections.abc import Iterator

import pytest

from sandbox.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh AWS account at 2026-01-05 09:00 UTC. It boots in milliseconds."""
    with Sandbox() as sandbox:
        yield sandbox
