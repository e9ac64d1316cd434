"""`lambda-canary`, the command, against the sandbox: what it does, says and exits with."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lambda_canary.account import Account
from lambda_canary.commands import main
from tests.scenario.world import BAD, World

QUICK = ["--weights", "10,50,100", "--interval", "120"]


@dataclass
class User:
    """Somebody at a shell, for whom the sandbox's time passes while the command waits."""

    world: World
    meanwhile: Callable[[], object] = lambda: None

    def does(self, *words: str) -> Result:
        account = Account(self.world.sandbox.client, self._sleep, self._now, "lambda-canary")
        return CliRunner().invoke(main, [*words], obj=account)

    def _now(self) -> float:
        return float(self.world.sandbox.clock.now)

    def _sleep(self, seconds: float) -> None:
        self.world.sandbox.run_for(seconds)
        self.meanwhile()


@pytest.fixture
def user(world: World) -> User:
    return User(world)


def test_release_and_wait_tells_each_change_and_ends_with_0(user: User) -> None:
    checkout = user.world.given_function()
    done = user.does("release", checkout.name, "live", "--new-version", "2", *QUICK, "--wait")
    assert done.exit_code == 0, done.output
    print(done.output)
    assert checkout.weights == [10, 50, 100]


def test_a_bad_version_ends_with_1(user: User) -> None:
    checkout = user.world.given_function(canary=BAD)
    done = user.does("release", checkout.name, "live", "--new-version", "2", *QUICK, "--wait")
    print(done.output)
    assert done.exit_code == 1, done.output


def test_plan_and_status(user: User) -> None:
    checkout = user.world.given_function()
    done = user.does("plan", checkout.name, "live", "--new-version", "2", *QUICK)
    print(done.output)
    done = user.does("release", checkout.name, "live", "--new-version", "2", "--name", "x1", *QUICK)
    print(done.output)
    user.world.when_at(50, checkout)
    done = user.does("status")
    print(done.output)
    for word in ("approve", "pause", "resume", "roll-back"):
        done = user.does(word, "x1")
        print(word, done.exit_code, done.output)
    done = user.does("report", "x1")
    print(done.output)
    assert 0

def test_undo(user: User) -> None:
    checkout = user.world.given_function()
    done = user.does("release", checkout.name, "live", "--new-version", "2", *QUICK, "--wait", "--json")
    done = user.does("undo", checkout.name, "live")
    print(done.output)
    assert done.exit_code == 0, done.output
    assert 0
