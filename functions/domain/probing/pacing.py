"""When a probe calls which alias: never more often than asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

SPACING = 0.9  # of 1/rate seconds lie between two calls at least, so that a late one is no burst


@dataclass(frozen=True, order=True)
class Turn:
    """A call that begins at `begins` (epoch seconds), of the alias with that number."""

    begins: float
    whose: int


class Turns:
    """Turns of several aliases until `ends`, each at most `rate` times a second.

    An alias has slots of 1/rate seconds on the clock itself, the same in every probe, and gets one
    call in a slot at most, at its beginning if it can be. So nothing is caught up on after slow
    answers, and a probe that follows another keeps to the rate without knowing of it.
    """

    def __init__(self, aliases: Iterable[int], rate: float, now: float, ends: float) -> None:
        self._rate, self._ends = rate, ends
        numbers = list(aliases)
        self._phases = {whose: at / len(numbers) for at, whose in enumerate(numbers)}
        self._due = {whose: self._slot_after(whose, now) for whose in numbers}

    def next(self, now: float) -> Turn | None:
        """Return the next turn, or None when it is too late for any."""
        for whose, due in self._due.items():
            # The next probe may begin with the next slot, as soon as this one has nothing left to
            # do: a late call must not come close to it.
            late = now > due + (1 - SPACING) / self._rate
            after, spaced = self._slot_after(whose, now), now + SPACING / self._rate
            if late and after < spaced and self._slot_after(whose, spaced) >= self._ends:
                self._due[whose] = after
        first = min(Turn(due, whose) for whose, due in self._due.items())
        begins = max(first.begins, now)
        return Turn(begins, first.whose) if begins < self._ends else None

    def taken(self, whose: int, began: float) -> None:
        """Remember that the alias was called at this moment."""
        self._due[whose] = self._slot_after(whose, began + SPACING / self._rate)

    def _slot_after(self, whose: int, moment: float) -> float:
        phase = self._phases[whose]
        return (floor(moment * self._rate - phase) + 1 + phase) / self._rate
