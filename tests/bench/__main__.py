"""`make bench`: every promised figure against its limit. Exits with 1 if one is missed.

`python -m tests.bench imports package` measures these sections only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

from tests.bench import commands, every_check, gate, health, imports, package, rollout, speed
from tests.bench.figure import Figure
from tests.bench.yardstick import measured

SECTIONS: dict[str, Callable[[], Iterator[Figure]]] = {
    "rollout": rollout.figures,
    "gate": gate.figures,
    "health": health.figures,
    "checks": every_check.figures,
    "imports": imports.figures,
    "package": package.figures,
    "speed": speed.figures,
    "demo": commands.demo,
    "tests": commands.tests,
}


def main(names: list[str]) -> int:
    missed = 0
    print(measured(), flush=True)
    for name in names or SECTIONS:
        began = time.perf_counter()
        print(f"{name} ...", flush=True)
        for figure in SECTIONS[name]():
            print(figure, flush=True)
            missed += not figure.kept
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
