"""Compiled modules of a package for Lambda, on this machine."""

import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import version
from pathlib import Path

import pytest

from sandbox.services.awslambda.compiled import NoStandInError, stand_in

HERE = EXTENSION_SUFFIXES[0]
# Lambda's Python, or the next one where this machine has the same: nothing made for it loads here.
MINOR = 14 if sys.version_info[:2] == (3, 13) else 13
RUNTIME = f"python3.{MINOR}"
ARM = f".cpython-3{MINOR}-aarch64-linux-gnu.so"
INTEL = f".cpython-3{MINOR}-x86_64-linux-gnu.so"


def package(directory: Path, *suffixes: str, release: str = "") -> Path:
    """pydantic-core as it is built for Lambda: what is compiled is nothing that runs anywhere."""
    release = release or version("pydantic-core")
    files = ["pydantic_core/__init__.py"]
    files += [f"pydantic_core/_pydantic_core{suffix}" for suffix in suffixes]
    (directory / "pydantic_core").mkdir()
    for name in files:
        (directory / name).write_text("")
    information = directory / f"pydantic_core-{release}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Name: pydantic_core\nVersion: {release}\n")
    (information / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    return directory


def compiled(directory: Path) -> set[str]:
    return {path.name for path in directory.rglob("*.so")}


@pytest.mark.proves("S24")
@pytest.mark.parametrize(("architecture", "loadable"), [("arm64", ARM), ("x86_64", INTEL)])
def test_what_lambda_can_load_this_machine_loads_its_own_of(
    tmp_path: Path, architecture: str, loadable: str
) -> None:
    package(tmp_path, ARM, INTEL)
    stand_in(tmp_path, RUNTIME, architecture)
    assert compiled(tmp_path) == {f"_pydantic_core{loadable}", f"_pydantic_core{HERE}"}
    run = [sys.executable, "-c", "import pydantic_core._pydantic_core"]
    subprocess.run(run, env={**os.environ, "PYTHONPATH": str(tmp_path)}, check=True)


def test_what_lambda_cannot_load_is_missing_here_too(tmp_path: Path) -> None:
    package(tmp_path, INTEL, ".cpython-312-aarch64-linux-gnu.so")
    stand_in(tmp_path, RUNTIME, "arm64")
    assert compiled(tmp_path) == set()


@pytest.mark.proves("S24")
def test_another_version_is_no_stand_in(tmp_path: Path) -> None:
    package(tmp_path, ARM, release="2.0.0")
    with pytest.raises(NoStandInError, match=r"has pydantic_core 2\.0\.0, compiled for Lambda"):
        stand_in(tmp_path, RUNTIME, "arm64")
