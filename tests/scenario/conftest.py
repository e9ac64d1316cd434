from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Stack
from tests import grants
from tests.scenario.team import Teams
from tests.scenario.world import World, sweep


@pytest.fixture(scope="package")
def deployed(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Stack]]:
    """Deploy this project's own template, once for all scenarios."""
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        sweep(sandbox, stack, on=False)
        yield sandbox, stack
        grants.note(request.config, sandbox, stack)


@pytest.fixture
def world(deployed: tuple[Sandbox, Stack], request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(*deployed, scenario=request.node.nodeid)
    yield world
    world.end()


@pytest.fixture
def sweeping(world: World) -> Iterator[None]:
    """Let the guard look by itself besides, as it does where nobody switches that off."""
    sweep(world.sandbox, world.stack, on=True)
    yield
    sweep(world.sandbox, world.stack, on=False)


@pytest.fixture(scope="package")
def opened(deployed: tuple[Sandbox, Stack], request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Deploy a second stack, whose checks may reach loopback."""
    sandbox, _ = deployed
    stack = sandbox.deploy(
        stack_name="opened", MacroName="", AllowPlainHttp="true", AllowPrivateAddresses="true"
    )
    sweep(sandbox, stack, on=False)
    yield stack
    grants.note(request.config, sandbox, stack)


@pytest.fixture
def inside(
    deployed: tuple[Sandbox, Stack], opened: Stack, request: pytest.FixtureRequest
) -> Iterator[World]:
    """Provide the account again, with that stack for this project's."""
    world = World(deployed[0], opened, scenario=request.node.nodeid)
    yield world
    world.end()


@pytest.fixture
def teams(world: World, tmp_path: Path) -> Iterator[Teams]:
    """Provide teams with applications, whose stacks go at the end."""
    there = Teams(world, tmp_path)
    yield there
    for team in there.all:
        team.ends()
