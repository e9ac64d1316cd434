"""What a dead rollout left is read from its history's end, newest event first."""

import json
from typing import Any

import pytest

from domain.model.state import State
from domain.recovery.history_tail import WRITES_FOR, Event, HistoryTail, read_tail
from tests.unit.builders import EXECUTION, baking, planned, rollout

ENDED = 100_000.0
BAKING = baking(rollout())
CONTINUATION = "arn:aws:states:us-east-1:123456789012:execution:Relay:rollout-1-1"


def entered(name: str, state: object = BAKING, at: float = ENDED - 1) -> Event:
    return Event(at, "entered", name, json.dumps(state))


def exited(name: str, state: object = BAKING, at: float = ENDED - 1) -> Event:
    return Event(at, "exited", name, json.dumps(state))


def scheduled(at: float = ENDED - 1, **asked: Any) -> Event:
    return Event(at, "scheduled", text=json.dumps(asked))


SUCCEEDED = Event(ENDED - 1, "succeeded")
STOPPED = Event(ENDED, "other")


def read(*oldest_first: Event) -> HistoryTail:
    return read_tail(reversed(oldest_first), ENDED)


def handing_on() -> State:
    return {**BAKING, "next": "relay"}


def test_the_last_state_is_the_one_that_the_last_event_carries() -> None:
    old = planned(rollout())
    assert read(entered("Publish", old), entered("Bake"), STOPPED).state == BAKING
    assert read(entered("ShiftWeight", old), exited("ShiftWeight"), STOPPED).state == BAKING


def test_before_the_plan_nothing_is_left() -> None:
    start = {"input": {}, "execution": {"id": EXECUTION}}
    assert read(exited("Start", start), entered("Plan", start)) == HistoryTail(None, None, 0)
    assert read() == HistoryTail(None, None, 0)


@pytest.mark.proves("A8")
def test_an_input_that_looks_like_a_state_is_none() -> None:
    """Who may start rollouts could else have the guard write any alias at will."""
    assert read(entered("Start", BAKING), STOPPED).state is None


def test_what_runs_inside_the_emergency_rollback_is_no_state() -> None:
    item = {"member": BAKING["members"][0], "mark": EXECUTION, "next": "bake"}
    assert read(entered("RollBack"), entered("ReadAlias", item), STOPPED).state == BAKING


def test_a_shift_that_has_not_answered_may_still_write() -> None:
    for name in ("ShiftWeight", "ShiftWeightThenProbe", "Finalize"):
        left = read(entered(name), scheduled(at=ENDED - 7), STOPPED)
        assert left.busy_until == ENDED - 7 + WRITES_FOR


def test_a_task_that_writes_nothing_is_not_waited_for() -> None:
    for name in ("CheckHealth", "Probe", "RollBack", "NotifyFailure"):
        assert read(entered(name), scheduled(), STOPPED).busy_until == 0


def test_a_shift_that_has_answered_is_over() -> None:
    assert read(entered("ShiftWeight"), scheduled(), SUCCEEDED, STOPPED).busy_until == 0


def test_the_last_of_several_attempts_counts() -> None:
    left = read(entered("Finalize"), scheduled(at=ENDED - 60), scheduled(at=ENDED - 3), STOPPED)
    assert left.busy_until == ENDED - 3 + WRITES_FOR


def test_a_shift_whose_answer_got_lost_may_write_after_the_rollback() -> None:
    left = read(
        entered("ShiftWeight"), scheduled(at=ENDED - 9), entered("RollBack"), scheduled(), SUCCEEDED
    )
    assert left.busy_until == ENDED - 9 + WRITES_FOR


def test_nothing_is_read_that_is_older_than_what_can_matter() -> None:
    old = entered("CheckHealth", at=ENDED - WRITES_FOR - 1)
    too_far = Event(0, "entered", "Decide", "not even JSON")
    assert read_tail([entered("Bake"), old, too_far], ENDED).state == BAKING


def test_the_continuation_that_carries_the_rollout_on_is_known_by_the_call_that_started_it() -> (
    None
):
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:Relay"
    left = read(
        entered("Bake"),
        entered("Relay", handing_on(), at=1),
        scheduled(at=2, StateMachineArn=machine, Name="rollout-1-1", Input={}),
        STOPPED,
    )
    assert left == HistoryTail(handing_on(), CONTINUATION, 0)


def test_a_continuation_that_died_is_known_after_the_rollback_too() -> None:
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:Relay"
    left = read(
        entered("Relay", handing_on(), at=1),
        scheduled(at=2, StateMachineArn=machine, Name="rollout-1-1", Input={}),
        entered("RollBack", {**handing_on(), "failure": {}}),
        STOPPED,
    )
    assert left.continuation == CONTINUATION


def test_a_continuation_that_has_handed_back_is_past() -> None:
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:Relay"
    left = read(
        entered("Relay", handing_on(), at=1),
        scheduled(at=2, StateMachineArn=machine, Name="rollout-1-1", Input={}),
        SUCCEEDED,
        exited("Relay", BAKING),
        STOPPED,
    )
    assert left == HistoryTail(BAKING, None, 0)
