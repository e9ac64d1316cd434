"""A canary that fails so plainly that a few calls tell: it is not to be promoted for want of more.

No bound of false alarms belongs to it, as to the judge's rule: it never rolls back by itself, but
keeps too little data from being taken for leave to go on.
"""

from collections.abc import Sequence
from math import exp, lgamma

_FAILED = 3  # calls of the canary at least: one or two may be bad luck
_CHANCE = 0.05  # that equal versions share the failures so unequally
_TERMS = 1_000  # of the sum at most; what so many calls more would add is next to nothing


def fails_plainly(canary: Sequence[float], baseline: Sequence[float]) -> bool:
    """Tell whether at least half of the canary's calls failed, and the baseline's did not.

    Each is its calls and the failed ones. Without calls of the baseline there is nothing that
    could have failed as well. The chance is that of Fisher's exact test (one-sided).
    """
    calls, failed = map(round, canary)
    others, others_failed = map(round, baseline)
    if failed < _FAILED or 2 * failed < calls:
        return False
    if not others:
        return True
    if failed * others < 2 * others_failed * calls:  # an outage, which hits both
        return False
    every, bad = calls + others, failed + others_failed
    chance = sum(
        exp(_ways(calls, one) + _ways(others, bad - one) - _ways(every, bad))
        for one in range(failed, min(calls, bad, failed + _TERMS) + 1)
    )
    return chance <= _CHANCE


def _ways(many: int, some: int) -> float:
    """Return ln of the number of ways to pick some of many."""
    return lgamma(many + 1) - lgamma(some + 1) - lgamma(many - some + 1)
