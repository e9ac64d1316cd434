from collections.abc import Iterator

import pytest
from hypothesis import settings

from sandbox.sandbox import Sandbox

pytest_plugins = ["tests.grants"]

# The same examples in every run, so that the gate fails only for a change in the code.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
settings.load_profile("gate")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh AWS account at 2026-01-05 09:00 UTC. It boots in milliseconds."""
    with Sandbox() as sandbox:
        yield sandbox
