"""What the processes of `make chaos` run, none of which can be given what is in `__main__`."""

from __future__ import annotations

from functools import cache

from tests.chaos.campaign import Played, Theatre, play_all, play_pairs


@cache
def _theatre() -> Theatre:
    """Return this process's own."""
    return Theatre()


def cases_of_this_process(cases: list[str]) -> list[Played]:
    return list(play_all(_theatre(), cases))


def pairs_of_this_process(number: int, dice: int) -> list[Played]:
    return play_pairs(_theatre(), number, dice)
