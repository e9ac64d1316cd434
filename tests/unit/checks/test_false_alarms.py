"""Healthy versions in bad circumstances, simulated: how many of the rollouts are rolled back."""

from random import Random
from typing import Any

import pytest

from domain.checks.judge import ask, fold, judge, prepare
from domain.checks.support.context import CheckContext
from domain.model.clock import iso
from domain.model.progress import Shift
from domain.model.questions import Answers
from domain.model.verdict import Outcome
from tests.unit.builders import HOME, NOW, context

ROLLOUTS = 300
MINUTE = 60


class Simulated:
    """One-minute counts of both versions, of which a share of the calls is bad."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.minutes: dict[int, dict[str, float]] = {}

    def minute(self, at: int, weight: float, calls: int, canary: float, baseline: float) -> None:
        """Let so many calls come; `canary` and `baseline` are the shares that are bad."""
        taken = self._drawn(calls, weight)
        self.minutes[NOW + MINUTE * at] = {
            "canary": taken,
            "canary_told": self._drawn(taken, canary),
            "baseline": calls - taken,
            "baseline_told": self._drawn(calls - taken, baseline),
        }

    def _drawn(self, calls: int, share: float) -> int:
        return sum(self.dice.random() < share for _ in range(calls))

    def answers(self, asked: dict[str, Any], seen: CheckContext, one_sided: float = 0) -> Answers:
        """Answer the judge; of so great a part of the last two minutes one version's are missing.

        Of slow calls CloudWatch tells those that were fast.
        """
        said = {start: dict(counts) for start, counts in self.minutes.items() if start < seen.now}
        for start in sorted(said)[-2:]:
            if self.dice.random() < one_sided:
                who = self.dice.choice(("canary", "baseline"))
                del said[start][who], said[start][f"{who}_told"]
        [question] = ask(asked, seen)
        window = range(question.start, question.end, MINUTE)
        return Answers(
            {
                question: {
                    query.id: tuple(
                        (start, float(said[start][query.id]))
                        for start in window
                        if query.id in said.get(start, {})
                    )
                    for query in question.queries
                }
            }
        )


def options(**given: Any) -> dict[str, Any]:
    return prepare({"type": "judge", "when": "during", **given}, HOME)


def rolled_back_in_an_outage(seed: int) -> bool:
    """Half of all calls fail for ten minutes, and each check finds young minutes one-sided."""
    world, asked, carried = Simulated(seed), options(), None
    shifts = [Shift(weight=10.0, at=iso(NOW))]
    for minute in range(1, 11):
        world.minute(minute - 1, 0.1, 300, 0.5, 0.5)
        seen = context(now=NOW + MINUTE * minute, shifts=shifts, wanted=20, carried=carried)
        said = world.answers(asked, seen, one_sided=0.3)
        if judge(asked, seen, said).outcome is Outcome.FAIL:
            return True
        carried = fold(asked, seen, said)
    return False


@pytest.mark.proves("F71")
def test_minutes_of_which_one_versions_data_are_late_convict_nobody() -> None:
    assert sum(map(rolled_back_in_an_outage, range(ROLLOUTS))) <= ROLLOUTS // 100


def rolled_back_while_cold(seed: int, warm_up: int | None = None) -> bool:
    """In ten steps of eight minutes, a tenth of the calls is slow for three minutes after each."""
    world = Simulated(seed)
    asked = options(**{"slower-than": 800}, **({} if warm_up is None else {"warm-up": warm_up}))
    for minute in range(80):
        slow = 0.10 if minute % 8 < 3 else 0.01
        weight = (minute // 8 + 1) / 10
        world.minute(minute, weight, 120, 1 - slow, 0.99)
    shifts = [Shift(weight=10.0 * (at + 1), at=iso(NOW + 480 * at)) for at in range(10)]
    seen = context(now=NOW + 480 * 10, shifts=shifts, wanted=20, weight=90.0)
    return judge(asked, seen, world.answers(asked, seen)).outcome is Outcome.FAIL


@pytest.mark.proves("F72")
def test_three_minutes_of_a_cold_cache_after_each_increase_convict_nobody() -> None:
    """A case once lost stays lost, so the last verdict tells of all before it."""
    assert sum(map(rolled_back_while_cold, range(ROLLOUTS))) <= ROLLOUTS // 100
    assert all(rolled_back_while_cold(seed, warm_up=0) for seed in range(20))
