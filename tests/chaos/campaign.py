"""Plays many cases, one after the other, and says of each what did not hold."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self, get_args

from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from sandbox.kernel.faults import Fate
from tests.chaos.ending import Ending, Told, Trace
from tests.chaos.enumerate import begun, of_the_guard, overtaken, singles, singles_in_a_stack, stops
from tests.chaos.fault import EventFails, Fault
from tests.chaos.invariants import violations
from tests.chaos.play import play
from tests.chaos.scenario import SCENARIOS, Case, Scenario, parse_case
from tests.chaos.stage import Stage

# What moto and the store of metrics keep of plays makes the later ones slower.
PLAYS_ON_A_STAGE = 250


@dataclass(frozen=True)
class Played:
    """One case and what came of it. `seconds` are of CPU, without the functions' processes."""

    case: str
    family: str
    told: Told
    violations: tuple[str, ...]
    seconds: float

    @property
    def scene(self) -> str:
        return self.case.partition("/")[0]


@dataclass
class Theatre:
    """A stage that is there when it is needed, and made anew when it is worn or broken."""

    _stage: Stage | None = field(default=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._stage is not None:
            self._stage.close()
        self._stage = None

    def ending(self, case: Case) -> Ending:
        if self._stage is not None and self._stage.plays >= PLAYS_ON_A_STAGE:
            self.close()
        if self._stage is None:
            self._stage = Stage()
        try:
            return play(self._stage, case)
        except BaseException:
            self.close()
            raise

    def played(self, case: Case) -> Played:
        """Also a case that breaks the sandbox is an answer: nobody can say how it ends."""
        began = time.process_time()
        told: Told = "silent"
        try:
            ending = self.ending(case)
        except Exception as error:
            wrong = [f"the sandbox broke: {type(error).__name__}: {error}"]
        else:
            told, wrong = ending.told, list(violations(ending))
        seconds = time.process_time() - began
        return Played(str(case), family_of(case), told, tuple(wrong), seconds)


def family_of(case: Case) -> str:
    """Name what it is counted under."""
    match [fault.family for fault in case.faults]:
        case []:
            return "no fault"
        case [family]:
            return family
        case [str(end), _] if "killed" in end and _is_of_the_guard(case):
            return "SimpleDeploy killed, and its guard itself"
        case ["StopExecution", str(family)] if family.startswith("event"):
            return f"StopExecution, {family}"
        case ["StopExecution", str(family)] if ", slow " in family:
            return "StopExecution, while a task is slow"
        case ["StopExecution", _] if _is_of_the_guard(case):
            return "StopExecution, and the guard itself"
        case _:
            return "two faults"


def _is_of_the_guard(case: Case) -> bool:
    return bool(list(of_the_guard(case.faults[1:])))


def every_single(theatre: Theatre, scenarios: Iterable[Scenario]) -> Iterator[Case]:
    """Of each scenario: without a fault, and with each that its run could meet.

    The guards have work only after a bad end, so their faults, and those of events, come with one.
    """
    for scenario in scenarios:
        yield Case(scenario)
        trace = theatre.ending(Case(scenario)).trace
        for fault in (singles_in_a_stack if scenario.stack else singles)(trace):
            yield Case(scenario, (fault,))
        for stop in stops(trace.events):
            for fate in get_args(Fate):
                yield Case(scenario, (stop, EventFails(fate)))
        for faults in () if scenario.stack else overtaken(trace):
            yield Case(scenario, faults)
        if scenario.name in ("healthy", "in continuations", "in one call"):
            for end in begun(trace):
                for fault in of_the_guard(singles(theatre.ending(Case(scenario, (end,))).trace)):
                    yield Case(scenario, (end, fault))


def play_all(theatre: Theatre, cases: Iterable[str]) -> Iterator[Played]:
    for case in cases:
        yield theatre.played(parse_case(case))


def play_pairs(theatre: Theatre, number: int, dice: int) -> list[Played]:
    """Play that many cases of two faults, the second where the run with the first could meet it.

    Fewer where some are drawn twice.
    """
    traces: dict[Case, Trace] = {}
    found: dict[str, Played] = {}

    def trace(case: Case) -> Trace:
        if case not in traces:
            traces[case] = theatre.ending(case).trace
        return traces[case]

    @seed(dice)
    @settings(
        max_examples=number,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(list(SCENARIOS.values())), st.data())
    def play_one(scenario: Scenario, data: st.DataObject) -> None:
        first = data.draw(_one_of(singles(trace(Case(scenario)))))
        seconds = list(singles(trace(Case(scenario, (first,)))))
        assume(seconds)  # none where the first lets nothing run
        second = data.draw(_one_of(seconds))
        case = Case(scenario, (first, second))
        if first != second and str(case) not in found:
            found[str(case)] = theatre.played(case)

    play_one()
    return list(found.values())


def _one_of(faults: Iterable[Fault]) -> st.SearchStrategy[Fault]:
    """Each family as likely as any other, however many faults it has."""
    families: dict[str, list[Fault]] = {}
    for fault in faults:
        families.setdefault(fault.family, []).append(fault)
    return st.sampled_from(sorted(families)).flatmap(lambda name: st.sampled_from(families[name]))
