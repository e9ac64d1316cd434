"""A user with a checkout, an account without the application, and the real commands."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator

import pytest

from sandbox.programs.server import EMPTY
from tests.e2e.user import User
from tests.served import ROOT, Server

NOT_CHECKED_OUT = shutil.ignore_patterns(".*", "build", "__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    directory = tmp_path_factory.mktemp("a user") / "lambda-canary"
    shutil.copytree(ROOT, directory, ignore=NOT_CHECKED_OUT)
    home = tmp_path_factory.mktemp("home")
    # No faster: whatever is not deleted when SAM first asks, it asks for again 30 seconds later.
    server = Server(directory, "--empty", "--speed", "60", ready=EMPTY)
    # SAM keeps settings in its user's home, and asks every five seconds how a deployment does.
    server.variables |= {"HOME": str(home), "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "1"}
    yield User(server, directory)
    assert server.stop(signal.SIGTERM) == "Stopped."
