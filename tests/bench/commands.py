"""How long the commands take that people wait for, once all is installed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]


def demo() -> Iterator[Figure]:
    yield Figure("make demo", _seconds("demo"), 60, "s")


def tests() -> Iterator[Figure]:
    yield Figure("make test", _seconds("test"), 180, "s")


def _seconds(target: str) -> float:
    began = time.perf_counter()
    subprocess.run(["make", target], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
