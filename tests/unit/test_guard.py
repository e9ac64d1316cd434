from dataclasses import dataclass, field
from typing import Any

import pytest

import guard
import repair
from domain.model.alias import AliasStatus
from domain.model.errors import InvalidInput
from domain.recovery.guard import KEPT, Ended
from tests.unit import fakes
from tests.unit.builders import NOW

SWEEP = {"detail-type": "Scheduled Event"}


@dataclass
class Repair(repair.Repair):
    """Only keeps what it is asked."""

    asked: list[object] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)

    def after(
        self, execution: str, *, wait: bool = True, ordered: bool = False, over: float = 0.0
    ) -> list[AliasStatus]:
        if ordered:
            self.asked.append("ordered")
        if over and over != NOW:
            self.asked.append(over)
        self.asked.append((execution, wait))
        if execution in self.failing:
            raise RuntimeError(execution)
        return [AliasStatus(execution)]

    def alias(self, function: str, alias: str) -> list[AliasStatus]:
        self.asked.append((function, alias))
        return []


def run(event: Any, repair: Repair, *ended: Ended, left: int = 900) -> list[AliasStatus]:
    executions, context = fakes.Executions(ended={"FAILED": [*ended]}), fakes.Context(left)
    return guard.guard(event, repair, executions, context)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.time.time", lambda: NOW)


def test_an_event_names_the_execution_that_ended() -> None:
    repair = Repair()
    detail = {"executionArn": "one", "status": "ABORTED", "stopDate": 1_700_000_000_500}
    run({"source": "aws.states", "detail": detail}, repair)
    assert repair.asked == [1_700_000_000.5, ("one", True)]


def test_an_operator_names_an_execution_or_an_alias() -> None:
    repair = Repair()
    run({"execution": "one"}, repair)
    run({"function-name": "checkout", "alias-name": "live"}, repair)
    assert repair.asked == ["ordered", ("one", True), ("checkout", "live")]


@pytest.mark.proves("A41", "A48")
def test_anything_else_is_refused_with_what_can_be_asked() -> None:
    with pytest.raises(InvalidInput, match="function-name"):
        run({"function-name": "checkout"}, Repair())


def test_a_sweep_looks_at_what_is_due_and_waits_for_nothing() -> None:
    repair = Repair()
    run(SWEEP, repair, Ended("one", NOW - 60), Ended("old", NOW - KEPT - 1), Ended("two", NOW))
    assert repair.asked == [NOW - 60, ("one", False), ("two", False)]


def test_a_sweep_looks_first_at_what_was_stopped_and_last_at_refused_starts() -> None:
    refused = [Ended(f"refused {at}", NOW, lasted=2) for at in range(9)]
    executions = fakes.Executions(
        ended={
            "FAILED": [*refused, Ended("failed at 50 %", NOW, lasted=300)],
            "TIMED_OUT": [Ended("timed out", NOW, lasted=9_000)],
            "ABORTED": [Ended("stopped at once", NOW, lasted=1), Ended("stopped", NOW, lasted=60)],
        }
    )
    repair = Repair()
    guard.guard(SWEEP, repair, executions, fakes.Context(900))
    names = ["stopped", "stopped at once", "timed out", "failed at 50 %", "refused 0"]
    assert repair.asked[:5] == [(name, False) for name in names]


def test_what_cannot_be_looked_at_does_not_keep_the_others_and_is_tried_again() -> None:
    repair = Repair(failing={"one"})
    with pytest.raises(RuntimeError, match="one"):
        run(SWEEP, repair, Ended("one", NOW), Ended("two", NOW))
    assert repair.asked == [("one", False), ("two", False)]


def test_a_sweep_that_runs_out_of_time_says_so() -> None:
    repair = Repair()
    with pytest.raises(TimeoutError):
        run(SWEEP, repair, Ended("one", NOW), left=59)
    assert repair.asked == []
