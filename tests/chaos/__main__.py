"""`make chaos`: every single fault, and pairs of them; exits with 1 if anything does not hold.

`--replay ID` plays one case and tells what happened; `--every N` plays each Nth fault only, and
that much fewer pairs, from the one `--first` (0 to N - 1) on; `--family TEXT` those whose family
has this text, `--scene TEXT` those of the scenarios whose name has it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.chaos.campaign import Played, Theatre, every_single, family_of
from tests.chaos.pool import cases_of_this_process, pairs_of_this_process
from tests.chaos.scenario import SCENARIOS, Case, parse_case
from tests.chaos.story import story

# Of these hypothesis draws a third twice.
PAIRS = 2_400
# Small, so that all processes end at about the same time.
AT_A_TIME = 40
PAIRS_AT_A_TIME = 150


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if options.replay:
        return _replay(parse_case(options.replay))
    began = time.monotonic()
    with Theatre() as theatre:
        scenes = [one for one in SCENARIOS.values() if options.scene in one.name]
        found = every_single(theatre, scenes)
        every = [case for case in found if options.family in family_of(case)]
    cases = [str(case) for case in every[options.first :: options.every]]
    pairs = 0 if options.family or options.scene else PAIRS // options.every
    print(f"{len(cases):,} cases and up to {pairs:,} pairs, on {options.processes} processes")
    played: dict[str, Played] = {}
    for part in _play(cases, pairs, options.first, options.processes):
        played |= {one.case: one for one in part}
        print(f"\r{len(played):,} played ", end="", file=sys.stderr, flush=True)
        for one in part:
            _print_violations(one)
    _print_counts(list(played.values()), time.monotonic() - began)
    return 1 if any(one.violations for one in played.values()) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--replay", metavar="ID")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="K")
    parser.add_argument("--family", default="", metavar="TEXT")
    parser.add_argument("--scene", default="", metavar="TEXT")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def _replay(case: Case) -> int:
    with Theatre() as theatre:
        ending = theatre.ending(case)
    for line in story(ending):
        print(line)
    return 0


def _play(cases: list[str], pairs: int, first: int, processes: int) -> Iterator[list[Played]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        parts = [
            *(
                pool.submit(cases_of_this_process, cases[at : at + AT_A_TIME])
                for at in range(0, len(cases), AT_A_TIME)
            ),
            *(
                pool.submit(
                    pairs_of_this_process, min(PAIRS_AT_A_TIME, pairs - at), first * PAIRS + at
                )
                for at in range(0, pairs, PAIRS_AT_A_TIME)
            ),
        ]
        for part in as_completed(parts):
            yield part.result()


def _print_violations(one: Played) -> None:
    for violation in one.violations:
        print(
            f"  VIOLATED {violation}\n    python -m tests.chaos --replay '{one.case}'", flush=True
        )


def _print_counts(played: Sequence[Played], seconds: float) -> None:
    print(f"{'':58} tried  survived")
    for counted_by in (lambda one: one.family, lambda one: f"in all, {one.scene}"):
        tried: Counter[str] = Counter(counted_by(one) for one in played)
        survived: Counter[str] = Counter(counted_by(one) for one in played if not one.violations)
        for name in sorted(tried):
            print(f"{name:58} {tried[name]:5,}     {survived[name]:5,}")
    print(f"{'in all':58} {tried.total():5,}     {survived.total():5,}")
    told = Counter(one.told for one in played)
    print("the end was", ", ".join(f"{how} {times:,} times" for how, times in told.most_common()))
    cpu = sum(one.seconds for one in played) / len(played)
    print(f"{seconds:.0f} s, {cpu:.2f} s of CPU each")


if __name__ == "__main__":
    sys.exit(main())
