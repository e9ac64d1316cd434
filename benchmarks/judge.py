"""Six ways to decide on a canary, on the same traffic: `python -m benchmarks.judge`.

Prints false rollbacks of healthy releases, and of bad ones how many are caught, how many requests
fail because of them until then (or until they are promoted), and after how many minutes. Draws
docs/judge.svg. Takes about a minute.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import Point, draw
from benchmarks.rules import RULES, Look, Move, Rule
from benchmarks.traffic import BAD, HEALTHY, LEVELS, SCHEDULE, Release, Rollout, World

_FIGURE = Path(__file__).resolve().parents[1] / "docs" / "judge.svg"


@dataclass(frozen=True)
class End:
    """How a rollout ended: when, and with how many failed requests."""

    rolled_back: bool
    minutes: int
    caused: float  # failed requests


@dataclass(frozen=True)
class Score:
    """What a rule comes to over all rollouts of a kind; `minutes` is the mean to a rollback."""

    rolled_back: float
    minutes: float | None
    caused: float


def play(rollout: Rollout, rule: Rule) -> End:
    """Let the rule decide minute by minute.

    A minute's counts are known one minute after it has closed; a move takes effect at once.
    """
    at = 0  # minutes of the schedule that are done
    caused = 0.0
    known: Look | None = None
    for number, (minutes, harm) in enumerate(zip(rollout.minutes, rollout.caused, strict=True)):
        level = LEVELS.index(SCHEDULE[min(at, len(SCHEDULE) - 1)])
        caused += harm[level]
        move = rule.look(known) if known else Move.GO_ON
        if move is Move.ROLL_BACK:
            return End(True, number + 1, caused)
        if known and known.ends_rollout and move is Move.GO_ON:
            return End(False, number + 1, caused)
        known = Look(
            minutes[level],
            ends_weight=at + 1 >= len(SCHEDULE) or SCHEDULE[at + 1] != SCHEDULE[at],
            ends_rollout=at + 1 >= len(SCHEDULE),
        )
        at += move is Move.GO_ON
    raise AssertionError("a rule held the rollout for longer than there is traffic")


def scores_of(world: World) -> dict[str, Score]:
    """Score each rule on the same rollouts."""
    ends: dict[str, list[End]] = {name: [] for name in RULES}
    for rollout in world:
        for name, rule in RULES.items():
            ends[name].append(play(rollout, rule()))
    return {name: score(ends[name]) for name in RULES}


def score(ends: list[End]) -> Score:
    """Average over the ends of a rule's rollouts."""
    caught = [end.minutes for end in ends if end.rolled_back]
    return Score(
        rolled_back=len(caught) / len(ends),
        minutes=sum(caught) / len(caught) if caught else None,
        caused=sum(end.caused for end in ends) / len(ends),
    )


def table(title: str, rows: Iterator[list[str]]) -> str:
    """Write Markdown, with a column for each rule."""
    head = [title, *RULES]
    lines = [head, ["---", *["---:"] * len(RULES)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Play all releases by all rules, print the tables and draw the figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rollouts", type=int, default=2_000, help="of each kind of release")
    options.add_argument("--figure", type=Path, default=_FIGURE)
    chosen = options.parse_args()

    scores: dict[Release, dict[str, Score]] = {}
    for number, release in enumerate([*HEALTHY, *BAD]):
        scores[release] = scores_of(World(release, chosen.rollouts, seed=[2026, number]))

    print(f"{chosen.rollouts:,} rollouts of each kind, weights {SCHEDULE[0]:.0%} to", end=" ")
    print(f"{SCHEDULE[-1]:.0%} in {len(SCHEDULE)} minutes; 20 calls/s where none are given\n")
    print(table("False rollbacks of healthy releases, %", false_rollbacks(scores)), "\n")
    print(table("Bad releases: caught %, failed requests, minutes", catches(scores)))
    draw([point(rule, scores) for rule in RULES], chosen.figure)


def false_rollbacks(scores: dict[Release, dict[str, Score]]) -> Iterator[list[str]]:
    """List the percent of healthy releases that each rule rolled back."""
    for release in HEALTHY:
        yield [release.name, *(f"{100 * s.rolled_back:.1f}" for s in scores[release].values())]


def catches(scores: dict[Release, dict[str, Score]]) -> Iterator[list[str]]:
    """List how often, at what cost and how soon each rule rolled bad releases back."""
    for release in BAD:
        yield [
            release.name,
            *(
                f"{100 * s.rolled_back:.1f}, {s.caused:,.0f}, "
                + ("never" if s.minutes is None else f"{s.minutes:.1f}")
                for s in scores[release].values()
            ),
        ]


def point(rule: str, scores: dict[Release, dict[str, Score]]) -> Point:
    """Place a rule in the figure."""
    false = [scores[release][rule].rolled_back for release in HEALTHY]
    caused = [scores[release][rule].caused for release in BAD]
    return Point(rule, sum(false) / len(false), max(false), sum(caused) / len(caused))


if __name__ == "__main__":
    main()
