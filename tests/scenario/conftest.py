from collections.abc import Iterator

import pytest

from sandbox.cloudformation import Stack
from sandbox.sandbox import Sandbox
from tests import grants
from tests.scenario.world import World


@pytest.fixture(scope="package")
def deployed(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Stack]]:
    """This project's own template, deployed once for all scenarios."""
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        yield sandbox, stack
        grants.note(request.config, sandbox, stack)


@pytest.fixture
def world(deployed: tuple[Sandbox, Stack], request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(*deployed, scenario=request.node.nodeid)
    yield world
    world.end()


@pytest.fixture(scope="package")
def opened(deployed: tuple[Sandbox, Stack], request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A second stack, whose checks may reach loopback."""
    sandbox, _ = deployed
    stack = sandbox.deploy(stack_name="opened", AllowPlainHttp="true", AllowPrivateAddresses="true")
    yield stack
    grants.note(request.config, sandbox, stack)


@pytest.fixture
def inside(
    deployed: tuple[Sandbox, Stack], opened: Stack, request: pytest.FixtureRequest
) -> Iterator[World]:
    """The account again, with that stack for this project's."""
    world = World(deployed[0], opened, scenario=request.node.nodeid)
    yield world
    world.end()
