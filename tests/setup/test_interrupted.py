"""An installation that was stopped half-way, and the same command once more."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.served import eventually
from tests.setup.checkout import Checkout

pytestmark = pytest.mark.long

# What is printed as each part begins; pip unpacks one package, itself, before it unpacks many.
PARTS = ["- an environment", "- the pip", "- the packages", r"  unpacking \d\d", "- their bytecode"]


def stop(making: subprocess.Popen[str], part: str, number: signal.Signals) -> str:
    """All that it printed, stopped as this part began."""
    assert making.stdout
    said = ""
    for line in making.stdout:
        said += line
        if re.match(part, line):
            os.killpg(making.pid, number)
    assert making.wait() != 0
    assert re.search(part, said), said
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_each_part(number: signal.Signals, tmp_path: Path) -> None:
    checkout = Checkout.at(tmp_path)
    for part in PARTS:
        said = stop(checkout.begin("ready-demo"), part, number)
        assert "Installing requirements-demo.txt into .venv, once:\n" in said
        assert "Traceback" not in said
    assert checkout.make("ready-demo").returncode == 0
    assert checkout.works()


def test_killed_while_it_adds_to_a_whole_environment(tmp_path: Path) -> None:
    checkout = Checkout.at(tmp_path)
    assert checkout.make("ready-demo").returncode == 0
    said = stop(checkout.begin("ready"), r"  unpacking \d\d", signal.SIGKILL)
    assert said.startswith("Adding requirements-dev.txt into .venv, once:\n")
    assert checkout.make("ready-demo").stdout.startswith("Installing requirements-demo.txt")
    assert checkout.works()


def test_an_installation_that_lost_its_parents_is_waited_for(tmp_path: Path) -> None:
    checkout = Checkout.at(tmp_path)
    making = checkout.begin("ready-demo")
    assert making.stdout
    for line in making.stdout:
        if line.startswith("- the packages"):
            break
    [python] = children(making.pid)
    [pip] = eventually(lambda: children(python))
    for process in (making.pid, python):
        os.kill(process, signal.SIGKILL)
    assert making.wait() != 0
    assert children(pip) == []
    again = checkout.make("ready-demo")
    assert again.stdout.startswith("Waiting for another installation in this folder to end ...\n")
    assert again.returncode == 0
    assert checkout.works()


def children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, check=True)
    pairs = [line.split() for line in listed.stdout.decode().splitlines()]
    return [int(pid) for parent, pid in pairs if int(parent) == process]
