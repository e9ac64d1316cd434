"""What a check answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict


class Outcome(StrEnum):
    """What a check found, from the best to the worst."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    FAIL = "fail"


class Finding(TypedDict):
    """What was found of one function that was compared with its baseline.

    Evidence of 2 against the canary would come up in 1 rollout of 10^2 if the versions were equal.
    Of `canary` and `baseline` it has the calls and the bad ones among them.
    """

    evidence: float
    canary: list[float]
    baseline: list[float]


@dataclass(frozen=True)
class Verdict:
    """An outcome with its reason, in words and numbers that a person reads in the message.

    `findings` are for machines, of each member that shifts, from checks that have any. `aside`:
    there was nothing to ask, so that holding the weight for an answer would be in vain. `suspect`:
    inconclusive, but what little was seen speaks so plainly against the canary that it must not be
    promoted for want of more.
    """

    outcome: Outcome
    reason: str
    findings: tuple[Finding, ...] = ()
    aside: bool = False
    suspect: bool = False


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that stands for all, where several functions or conditions are judged."""
    return max(verdicts, key=lambda verdict: list(Outcome).index(verdict.outcome))
