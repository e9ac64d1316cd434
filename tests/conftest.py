from collections.abc import Iterator

import pytest
from hypothesis import settings

from sandbox.sandbox import Sandbox

pytest_plugins = ["tests.grants"]

# The same examples in every run, so that the gate fails only for a change in the code.
settings.register_profile("long", derandomize=True, deadline=None, database=None, max_examples=100)
settings.register_profile("short", settings.get_profile("long"), max_examples=20)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("short" if config.option.markexpr == "not long" else "long")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Boot a fresh AWS account at 2026-01-05 09:00 UTC, in milliseconds."""
    with Sandbox() as sandbox:
        yield sandbox
