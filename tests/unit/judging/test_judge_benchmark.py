"""The rules that the judge is compared with do what their documentation says."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.figure import Point, draw
from benchmarks.judge import play, scores_of
from benchmarks.rules import Alarm, Argo, AwsSample, Flagger, Look, Move, Rule, shifted_up
from benchmarks.traffic import LEVELS, SCHEDULE, Release, World
from domain.judging.sequential import Minute


def moves(rule: Rule, *minutes: tuple[int, int, int]) -> list[Move]:
    """Return what a rule does on (canary calls, canary errors, baseline errors)."""
    return [
        rule.look(Look(Minute(0.1, calls, errors, 900, others), True, False))
        for calls, errors, others in minutes
    ]


def test_the_sample_rolls_back_on_any_error_but_only_before_a_weight_changes() -> None:
    assert moves(AwsSample(), (100, 0, 9), (100, 1, 0)) == [Move.GO_ON, Move.ROLL_BACK]
    within = Look(Minute(0.1, 100, 50, 900, 0), ends_weight=False, ends_rollout=False)
    assert AwsSample().look(within) is Move.GO_ON


def test_the_alarm_fires_on_two_minutes_with_errors_of_either_version() -> None:
    assert moves(Alarm(), (100, 1, 0), (100, 0, 0), (100, 0, 1), (100, 1, 0)) == [
        Move.GO_ON, Move.GO_ON, Move.GO_ON, Move.ROLL_BACK,
    ]  # fmt: skip


def test_flagger_halts_on_a_failed_check_and_rolls_back_at_the_fifth() -> None:
    checks = moves(Flagger(), (100, 1, 0), (100, 2, 0), (0, 0, 0), *[(100, 2, 0)] * 3)
    assert checks == [Move.GO_ON, *[Move.HOLD] * 4, Move.ROLL_BACK]


def test_argo_tolerates_three_failures_and_four_minutes_without_data() -> None:
    assert moves(Argo(), *[(100, 6, 0)] * 4) == [*[Move.GO_ON] * 3, Move.ROLL_BACK]
    assert moves(Argo(), *[(0, 0, 0)] * 5) == [*[Move.GO_ON] * 4, Move.ROLL_BACK]


@pytest.mark.parametrize(
    ("canary", "baseline", "high"),
    [
        ([9, 10, 11, 12, 13], [0, 1, 2, 3, 4], True),
        ([9, 10, 11, 12, 13], [0, 1, 2, 12, 13], False),
        ([0, 1, 2, 3, 4], [5, 6, 7, 8, 9], False),
        ([1, 1, 1], [1, 1, 1], False),
        ([9, 9], [1, 2], True),  # too few for the quantile: decided by the least difference
        ([], [1], False),
    ],
)
def test_kayenta_wants_nearly_all_of_the_canarys_minutes_above_the_baselines(
    canary: list[float], baseline: list[float], high: bool
) -> None:
    assert shifted_up(np.array(canary, float), np.array(baseline, float)) is high


def test_a_move_comes_a_minute_after_the_data_and_harm_counts_until_then() -> None:
    world = World(Release("all fail", 20, 0.0, plus=1.0), rollouts=1, seed=[1])
    (rollout,) = world
    end = play(rollout, AwsSample())
    assert end.rolled_back
    assert end.minutes == 4  # three at the first weight, and one until their data are there
    first, second = LEVELS.index(SCHEDULE[0]), LEVELS.index(SCHEDULE[3])
    assert end.caused == sum(
        rollout.minutes[minute][first if minute < 3 else second].canary_errors
        for minute in range(4)
    )


def test_the_comparison_is_reproducible_and_drawn(tmp_path: Path) -> None:
    release = Release("half of the calls fail", 20, 0.001, plus=0.5)
    scores = scores_of(World(release, rollouts=3, seed=[7]))
    assert scores == scores_of(World(release, rollouts=3, seed=[7]))
    assert scores["this judge"].minutes == 2

    draw([Point("this judge", 0.01, 0.1, 100), Point("other", 0.8, 1.0, 50)], tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().count("<circle") == 2
