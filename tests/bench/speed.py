"""How fast the sandbox is, and whether it does the same again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest

from sandbox.services.awslambda.nurseries import close_all
from tests.bench.figure import Figure
from tests.bench.stage import release
from tests.bench.yardstick import cpu_seconds, measured

VIRTUAL_MINUTES = 1_000
LIMIT_YARDS = 14
# Two weights; nearly all of the time is spent at the first.
LONG = {
    "type": "custom",
    "weights": [10, 100],
    "interval": [60 * (VIRTUAL_MINUTES - 1), 60],
    "check-interval": 60,
}
SHORT = {"type": "linear", "steps": 10, "interval": 120}

_IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def figures() -> Iterator[Figure]:
    yard, began = measured(), cpu_seconds()
    release(LONG)
    close_all()  # whose time counts once they have ended
    yards = yard.of(cpu_seconds() - began)
    what = f"{VIRTUAL_MINUTES:,} virtual minutes with a check each"
    yield Figure(what, yards, LIMIT_YARDS, "yards of CPU")
    yield Figure("history events that differ when a rollout is repeated", _differences(), 0)


def _differences() -> int:
    """Between two processes that hash in different orders, so that nothing may rest on it."""
    first, second = (_history_in_fresh_process(seed) for seed in ("1", "2"))
    return sum(one != other for one, other in zip_longest(first, second))


def _history_in_fresh_process(hash_seed: str) -> list[str]:
    script = "from tests.bench.speed import print_history; print_history()"
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [_IDS.sub("<id>", line) for line in answer.stdout.splitlines()]


def print_history() -> None:
    """One event a line."""
    for event in release(SHORT).history:
        print(json.dumps(event, default=str))
