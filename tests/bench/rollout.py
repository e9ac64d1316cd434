"""What a rollout costs on Step Functions and Lambda, for each weight and for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.figure import Figure
from tests.bench.stage import release

FEW, MANY = 5, 15  # weights
SETTINGS: Mapping[str, Any] = {"interval": 120, "check-interval": 120}


@dataclass(frozen=True, slots=True)
class Cost:
    transitions: int
    invocations: int
    events: int


def figures() -> Iterator[Figure]:
    few, many = _cost(FEW), _cost(MANY)
    transitions = (many.transitions - few.transitions) / (MANY - FEW)
    yield Figure("state transitions a weight", transitions, 4)
    invocations = (many.invocations - few.invocations) / (MANY - FEW)
    yield Figure("Lambda invocations a weight", invocations, 2)
    yield Figure("history events a weight", (many.events - few.events) / (MANY - FEW), 14)
    yield Figure("state transitions besides", few.transitions - FEW * transitions, 14)
    yield Figure("Lambda invocations besides", few.invocations - FEW * invocations, 10)


def _cost(weights: int) -> Cost:
    history = release({**SETTINGS, "steps": weights}).history
    kinds = [event["type"] for event in history]
    return Cost(
        transitions=sum(kind.endswith("StateEntered") for kind in kinds),
        invocations=kinds.count("TaskStarted"),
        events=len(kinds),
    )
