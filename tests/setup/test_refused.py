"""What keeps anything from being installed is told in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import ROOT
from tests.setup.checkout import Checkout, refusal
from tools.install.environment import Environment
from tools.install.trouble import InstallError

HERE = Checkout(ROOT)
# A Python that says it is older than it is, for machines that have no old one.
PRETENDING = f"""#!/bin/sh
exec {sys.executable} -c 'import sys
sys.version_info, sys.version = (3, 10, 13), "3.10.13 (main)"
exec(sys.argv[1])' "$2"
"""
OLD = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")


def old_pythons(folder: Path) -> Iterator[str]:
    pretending = folder / "python3"
    pretending.write_text(PRETENDING)
    pretending.chmod(0o755)
    yield str(pretending)
    path = [Path(folder) for folder in os.environ["PATH"].split(":")]
    found = [folder / f"python{version}" for folder in path for version in OLD]
    found += [each for folder in path for each in folder.parent.glob("versions/*/bin/python")]
    for python in filter(Path.exists, found):
        asked = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            check=False,
            text=True,
        )
        if asked.stdout.strip() in OLD:
            yield str(python)


def test_a_target_that_there_is_none_of() -> None:
    assert refusal(HERE.make("foo")) == "There is no 'make foo': 'make' lists what there is."


def test_a_python_that_is_not_there() -> None:
    told = refusal(HERE.make("demo", "PYTHON=/no/python3"))
    assert told == "There is no /no/python3 here: lambda-canary needs Python 3.11 or newer."


def test_pythons_that_are_too_old(tmp_path: Path) -> None:
    for python in old_pythons(tmp_path):
        told = refusal(HERE.make("demo", f"PYTHON={python}"))
        beginning, _, end = told.partition(" is too old: ")
        assert beginning.startswith(("Python 2.7.", "Python 3."))
        assert end == "lambda-canary needs 3.11 or newer, as in make PYTHON=python3.12 ..."


def test_a_python_without_its_venv_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(InstallError, match=r"apt install python3-venv\)\.$"):
        Environment(tmp_path / ".venv").make()


def test_a_file_where_the_environment_should_be(tmp_path: Path) -> None:
    checkout = Checkout.at(tmp_path)
    (tmp_path / ".venv").touch()
    assert refusal(checkout.make("demo")) == f"{tmp_path}/.venv/whole: Not a directory"
