"""A representative part of `make chaos`, and that the harness itself is to be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.campaign import Theatre, every_single, family_of, play_pairs
from tests.chaos.ending import Answer, Ending
from tests.chaos.fault import KINDS, CallFails, Fault, SomebodyElse, Stopped
from tests.chaos.invariants import violations
from tests.chaos.scenario import SCENARIOS, Case, parse_case
from tests.chaos.stack_invariants import SILENCE
from tests.long import long, parametrize
from tests.scenario.observed import AliasState

PARTS = 6
PARTS_IN_STACKS = 12


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    with Theatre() as theatre:
        yield theatre


@pytest.fixture(scope="module")
def every(theatre: Theatre) -> list[Case]:
    """Of the rollouts within one execution."""
    names = ("healthy", "failing", "publishing", "creating", "foreign", "ordered back", "judged")
    return list(every_single(theatre, [SCENARIOS[name] for name in names]))


@pytest.fixture(scope="module")
def in_stacks(theatre: Theatre) -> list[Case]:
    """Of the rollouts that stacks ask for."""
    return list(every_single(theatre, [one for one in SCENARIOS.values() if one.stack]))


@pytest.fixture(scope="module")
def by_a_stack(theatre: Theatre) -> Ending:
    return theatre.ending(Case(SCENARIOS["by a stack"]))


@pytest.fixture(scope="module")
def healthy(theatre: Theatre) -> Ending:
    return theatre.ending(Case(SCENARIOS["healthy"]))


@parametrize("part", range(PARTS), short=1)
def test_one_fault_of_each_family_leaves_everything_whole(
    theatre: Theatre, every: list[Case], part: int
) -> None:
    played = [theatre.played(case) for case in _one_of_each_family(every)[part::PARTS]]
    assert {one.case: one.violations for one in played if one.violations} == {}


@parametrize("part", range(PARTS_IN_STACKS), short=1)
def test_one_fault_of_each_family_leaves_no_stack_stuck(
    theatre: Theatre, in_stacks: list[Case], part: int
) -> None:
    chosen = _one_of_each_family(in_stacks)[part::PARTS_IN_STACKS]
    played = [theatre.played(case) for case in chosen]
    assert {one.case: one.violations for one in played if one.violations} == {}


def _one_of_each_family(every: list[Case]) -> list[Case]:
    families: dict[str, list[Case]] = {}
    for case in every:
        families.setdefault(family_of(case), []).append(case)
    # Another place in the list for each, so that scenarios and places in them take turns.
    return [
        cases[number * len(cases) // len(families)]
        for number, cases in enumerate(families.values())
    ]


@parametrize("pairs", [3, 6], short=1)
def test_two_faults_leave_everything_whole(theatre: Theatre, pairs: int) -> None:
    played = play_pairs(theatre, pairs, dice=1)
    assert {one.case: one.violations for one in played if one.violations} == {}
    assert len(played) > pairs / 2


# Each broke a promise once.
MENDED = [
    "at once/call:DeployStateMachine:lambda:Invoke:3:lost:after:once",
    "healthy/foreign:ShiftWeightFunction:lambda:UpdateAlias:1:2:reweighted"
    "+call:RollBackFunction:lambda:GetAlias:1:stale:before:once",
    "failing by a stack/call:GateAnswerFunction:stepfunctions:DescribeExecution:2:broken:after"
    ":lasting",
    "by a new gate/stop:63:rollout+event:twice",
    "by a stack cancelled/call:anybody:lambda:GetAlias:6:denied:before:lasting",
    "by a stack/call:anybody:stepfunctions:DescribeExecution:1:lost:before:lasting",
    "by a stack cancelled/call:anybody:stepfunctions:DescribeExecution:1:lost:after:lasting",
]


@pytest.mark.proves("F151", "F152", "F153")
@pytest.mark.parametrize("case", MENDED)
def test_what_was_mended_stays_whole(theatre: Theatre, case: str) -> None:
    assert theatre.played(parse_case(case)).violations == ()


@long
def test_faults_around_a_hand_over_leave_everything_whole(theatre: Theatre) -> None:
    in_continuations = SCENARIOS["in continuations"]
    events = theatre.ending(Case(in_continuations)).trace.events
    starts, begins, shifts, ends = (
        events.index(event) + 1
        for event in (
            "Relay TaskScheduled",
            "continuation ExecutionStarted",
            "continuation ShiftWeight TaskStarted",
            "continuation HandBack ExecutionSucceeded",
        )
    )
    started = "DeployStateMachine", "stepfunctions", "StartExecution", 1
    second_weight = "ShiftWeightFunction", "lambda", "UpdateAlias", 3
    faults: list[Fault] = [
        *map(Stopped, (starts, begins, shifts, ends)),
        Stopped(shifts, "continuation"),
        CallFails(*started, "lost", "after", "lasting"),
        CallFails(*started, "denied", "before", "once"),
        CallFails(*second_weight, "killed", "after", "once"),
        SomebodyElse(*second_weight, 2, "reweighted"),
    ]
    played = [theatre.played(Case(in_continuations, (fault,))) for fault in faults]
    assert {one.case: one.violations for one in played if one.violations} == {}


def test_every_kind_of_fault_is_enumerated(every: list[Case], in_stacks: list[Case]) -> None:
    tried = {fault.kind for case in (*every, *in_stacks) for fault in case.faults}
    assert tried == set(KINDS)
    assert len(every) == len({str(case) for case in every}) > 10_000


def test_a_case_prints_as_the_id_that_replays_it(every: list[Case], in_stacks: list[Case]) -> None:
    cases = [*every, *in_stacks]
    assert [parse_case(str(case)) for case in cases] == cases


@long
def test_a_case_goes_alike_whatever_was_played_before(theatre: Theatre) -> None:
    shaken = parse_case("failing/call:anybody:lambda:UpdateAlias:2:throttled:before:lasting")
    first = theatre.ending(shaken)
    theatre.ending(parse_case("creating/stop:30:rollout"))
    assert theatre.ending(shaken).trace == first.trace


STRANDED = AliasState("1", {"2": 10.0}, "what production calls", "r")
PROMOTED = AliasState("2", {}, "what production calls", "r")
BASELINE = AliasState("1", {}, "what production calls", "r")


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (STRANDED, "stranded, 90 % to version 1 and 10 % to version 2"),
        (None, "the alias is gone"),
        (replace(PROMOTED, description="mark"), "has lost its description"),
        (BASELINE, "the group is split"),
    ],
)
def test_an_alias_that_is_not_as_promised_is_a_violation(
    healthy: Ending, now: AliasState | None, words: str
) -> None:
    assert list(violations(healthy)) == []
    one, other = healthy.members
    wrong = replace(healthy, members=[replace(one, now=now), other])
    assert words in "; ".join(violations(wrong))


def test_an_undone_change_of_somebody_else_is_a_violation(healthy: Ending) -> None:
    one, other = healthy.members
    undone = replace(one, changed=True, theirs=STRANDED)
    found = list(violations(replace(healthy, members=[undone, other])))
    assert len(found) == 1
    assert "somebody else's change is undone" in found[0]


def test_a_promoted_failure_a_false_word_and_silence_are_violations(healthy: Ending) -> None:
    failing = replace(
        healthy,
        case=Case(SCENARIOS["failing"]),
        cause=f"Now: live of {healthy.members[0].name} routes 100 % to version 1.",
        messages=[],
    )
    said = "; ".join(violations(failing))
    assert "promoted, though the canary of the group failed" in said
    assert "said to route 100 % to version 1, but it was 100 % to version 2" in said
    assert "nobody was told" in said


SAID = "Received response status [FAILED] from custom resource. Message returned: {} (RequestId: 1)"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"in_the_end": "UPDATE_ROLLBACK_FAILED"}, "left UPDATE_ROLLBACK_FAILED, whatever"),
        ({"in_the_end": "UPDATE_IN_PROGRESS"}, "left UPDATE_IN_PROGRESS, whatever people do"),
        ({"status": "UPDATE_ROLLBACK_FAILED"}, "the stack is left UPDATE_ROLLBACK_FAILED"),
        ({"version": "1"}, "says that it routes to version 1, but it routes to 2"),
        (
            {"answers": (Answer("UPDATE_COMPLETE", "", "2", STRANDED),)},
            "SUCCESS for version 2, but the alias was",
        ),
        (
            {"answers": (Answer("UPDATE_FAILED", SAID.format(""), "2", BASELINE),)},
            "nobody was told why",
        ),
        (
            {"answers": (Answer("UPDATE_FAILED", SAID.format("HealthCheckFailed"), "2", None),)},
            "a healthy version was rolled back",
        ),
        (
            {"answers": (Answer("UPDATE_FAILED", SAID.format("could not be started"), "2", None),)},
            "a rollout had been started",
        ),
        (
            {"answers": (Answer("UPDATE_FAILED", f"{SILENCE} from", "2", None),)},
            "nobody answered for version 2 within the hour",
        ),
    ],
)
def test_a_stack_that_is_not_as_promised_is_a_violation(
    by_a_stack: Ending, wrong: dict[str, Any], words: str
) -> None:
    assert by_a_stack.stack is not None
    assert list(violations(by_a_stack)) == []
    ending = replace(by_a_stack, stack=replace(by_a_stack.stack, **wrong))
    assert words in "; ".join(violations(ending))
