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


def figures() -> Iterator[Figure]:
    functions, target = ROOT / "functions", ROOT / "build" / "package" / "function" / "made"
    shutil.rmtree(ROOT / "build" / "package", ignore_errors=True)
    target.mkdir(parents=True)
    make = ["make", "--silent", f"PYTHON={sys.executable}", f"ARTIFACTS_DIR={target}"]
    subprocess.run([*make, "build-PlanFunction"], cwd=functions, check=True)
    unpacked = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    yield Figure("function package, unpacked", unpacked / BYTES_A_MB, LIMIT_MB, "MB")
