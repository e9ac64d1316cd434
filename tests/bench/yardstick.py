"""The yard: the CPU time that a fixed piece of work takes on this machine, now.

Machines differ, and so does one machine from hour to hour. So figures of time are ratios to this
work, measured beside them: 60,000 times it writes a small rollout's state as JSON and reads it
again, then it adds ten million numbers up. That is what the project itself is made of, in plain
Python, so a faster machine or interpreter makes both faster alike.

`python -m tests.bench.yardstick` prints it.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

DOCUMENTS = 60_000
ADDITIONS = 10_000_000
RUNS = 5


def cpu_seconds() -> float:
    """Of this process, and of all that it has started and waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


# About 600 bytes.
STATE: dict[str, Any] = {
    "execution": {
        "arn": "arn:aws:states:eu-west-1:123456789012:execution:Deploy:3f0c7f1e",
        "start": "2026-01-05T09:00:00Z",
    },
    "members": [
        {
            "function": "checkout",
            "alias": "live",
            "baseline": "41",
            "canary": "42",
            "revision": "9f3b0c55",
        }
    ],
    "settings": {
        "weights": [10.0, 25.0, 50.0, 100.0],
        "interval": 60,
        "checks": [{"type": "judge"}, {"type": "errors", "max-percent": 5}],
    },
    "progress": {
        "at": 1,
        "since": 1767604800.25,
        "tally": [120, 3, 0.025],
        "judge": [
            [0.1, -0.6931471805599453],
            [0.2, 1.0986122886681098],
            [0.4, 0.2876820724517809],
            [0.8, -0.1053605156578263],
        ],
    },
    "next": "BAKE",
    "result": None,
    "force": False,
}


@dataclass(frozen=True, slots=True)
class Yard:
    """How many seconds a yard is here and now."""

    seconds: float

    def of(self, seconds: float) -> float:
        """So many seconds in yards."""
        return seconds / self.seconds

    def __str__(self) -> str:
        return f"a yard is {self.seconds:.2f} s of CPU here and now"


def measured(runs: int = RUNS) -> Yard:
    """Measure some runs, each of a second or two, and return the median."""
    return Yard(median(_seconds() for _ in range(runs)))


def _seconds() -> float:
    began = time.process_time()
    for _ in range(DOCUMENTS):
        json.loads(json.dumps(STATE, sort_keys=True, separators=(",", ":")))
    total = 0
    for number in range(ADDITIONS):
        total += number
    return time.process_time() - began


if __name__ == "__main__":
    print(measured())
