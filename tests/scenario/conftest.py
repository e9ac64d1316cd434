from collections.abc import Iterator

import pytest

from sandbox.cloudformation import Stack
from sandbox.sandbox import Sandbox
from tests.scenario.world import World


@pytest.fixture(scope="package")
def deployed() -> Iterator[tuple[Sandbox, Stack]]:
    """This project's own template, deployed once for all scenarios."""
    with Sandbox() as sandbox:
        yield sandbox, sandbox.deploy()


@pytest.fixture
def world(deployed: tuple[Sandbox, Stack], request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(*deployed, scenario=request.node.nodeid)
    yield world
    world.end()


@pytest.fixture(scope="package")
def opened(deployed: tuple[Sandbox, Stack]) -> Stack:
    """A second stack, whose checks may reach loopback."""
    sandbox, _ = deployed
    return sandbox.deploy(stack_name="opened", AllowPlainHttp="true", AllowPrivateAddresses="true")


@pytest.fixture
def inside(
    deployed: tuple[Sandbox, Stack], opened: Stack, request: pytest.FixtureRequest
) -> Iterator[World]:
    """The account again, with that stack for this project's."""
    world = World(deployed[0], opened, scenario=request.node.nodeid)
    yield world
    world.end()
