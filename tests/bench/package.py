"""The size of a built function, unpacked: what `sam build` makes of functions/."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
LIMIT_MB = 25
BYTES_A_MB = 1_000_000

# The wheels that Lambda's python3.13 on arm64 takes; Lambda compiles nothing beforehand either.
PLATFORM = [
    *("--platform", "manylinux2014_aarch64", "--implementation", "cp"),
    *("--python-version", "3.13", "--only-binary", ":all:", "--no-compile"),
]


def figures() -> Iterator[Figure]:
    target = ROOT / "build" / "package"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(
        ROOT / "functions", target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    requirements = str(ROOT / "functions" / "requirements.txt")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-warn-conflicts", "--require-hashes", *PLATFORM),
            *("--target", str(target), "--requirement", requirements),
        ],
        check=True,
    )
    unpacked = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    yield Figure("function package, unpacked", unpacked / BYTES_A_MB, LIMIT_MB, "MB")
