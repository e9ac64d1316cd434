"""How long the commands take that people wait for, once all is installed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.yardstick import cpu_seconds, measured

ROOT = Path(__file__).resolve().parents[2]


def demo() -> Iterator[Figure]:
    return _of("demo", yards=5, seconds=60)


def tests() -> Iterator[Figure]:
    return _of("test", yards=220, seconds=180)


def _of(target: str, *, yards: float, seconds: float) -> Iterator[Figure]:
    yard = measured()
    began, used = time.perf_counter(), cpu_seconds()
    subprocess.run(["make", target], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    yield Figure(f"make {target}", yard.of(cpu_seconds() - used), yards, "yards of CPU")
    yield Figure(f"make {target}, on the wall", time.perf_counter() - began, seconds, "s")
