"""What a check answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """In rising order of gravity for a rollout's next move."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    FAIL = "fail"


@dataclass(frozen=True)
class Verdict:
    """An outcome with its reason, in words and numbers that a person reads in the message."""

    outcome: Outcome
    reason: str


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that stands for all, where several functions or conditions are judged."""
    return max(verdicts, key=lambda verdict: list(Outcome).index(verdict.outcome))
