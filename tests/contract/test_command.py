"""The command `lambda-canary` takes what rollouts take, and can be installed and found."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from domain.rollout.words import ORDERS
from lambda_canary.commands import main
from lambda_canary.keys import KEYS, TARGET, input_of
from tests.served import ROOT
from tools.install.environment import Environment

SCHEMA = json.loads((ROOT / "docs/input.schema.json").read_text(encoding="utf-8"))
IGNORED = {"$schema", "Comment", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"}


def test_every_key_of_the_input_is_an_option_or_an_argument() -> None:
    assert {*KEYS, *TARGET} == SCHEMA["properties"].keys() - IGNORED


def test_every_order_is_a_command() -> None:
    assert set(ORDERS) <= main.commands.keys()


def test_every_command_says_what_it_does() -> None:
    assert [name for name, one in main.commands.items() if not one.help] == []


def test_options_are_read_as_the_input_has_them() -> None:
    given = {
        "new-version": "7",
        "weights": "1,2.5,100",
        "interval": "60,120,300",
        "alarms": "One, Two",
        "create-alias": "true",
        "checks": '[{"type": "errors"}]',
        "notify": None,
    }
    assert input_of("checkout", "live", None, given) == {
        "function-name": "checkout",
        "alias-name": "live",
        "new-version": 7,
        "weights": [1, 2.5, 100],
        "interval": [60, 120, 300],
        "alarms": ["One", "Two"],
        "create-alias": True,
        "checks": [{"type": "errors"}],
    }
    assert input_of("f", "a", None, {"interval": "90"})["interval"] == 90


def test_the_wheel_holds_all_that_the_command_needs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    there = tmp_path / "installed"
    asks = "import lambda_canary.session, domain, adapters; print(domain.__file__)"
    command = [sys.executable, "-P", "-c", asks]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(there)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(done.stdout.strip()) == there / "lambda_canary/functions/domain/__init__.py"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"lambda-canary": "lambda_canary.commands:main"}


def test_an_environment_has_the_command_whatever_its_path(tmp_path: Path) -> None:
    folder = tmp_path / "a user's folder"
    environment = Environment(folder)
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(sys.executable)
    environment.add_command("lambda-canary", "lambda_canary.commands")
    site = str(Path(json.__file__).parents[1] / "site-packages")
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    done = subprocess.run(
        [folder / "bin" / "lambda-canary", "--help"], cwd=tmp_path,
        env={"PYTHONPATH": f"{packages}:{site}"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "lambda-canary plan MyFunction MyAlias" in done.stdout
