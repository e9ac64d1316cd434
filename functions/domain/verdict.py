"""What a check answers."""

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
