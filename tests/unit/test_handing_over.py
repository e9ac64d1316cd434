"""A rollout's history is counted now and then, and it is handed over in time."""

from dataclasses import dataclass, field

import pytest

from domain.model.progress import Progress
from domain.model.state import Continuation, State
from handing_over import hand_over_if_full
from tests.unit.builders import EXECUTION, LIMIT, baking, rollout

FULL = 1_400  # events after which these rollouts are handed over: counted at each hundred


@dataclass
class Histories:
    """How long each is, and which were asked for."""

    lengths: dict[str, int | Exception]
    asked: list[str] = field(default_factory=list)

    def length(self, arn: str) -> int:
        self.asked.append(arn)
        found = self.lengths[arn]
        if isinstance(found, Exception):
            raise found
        return found


def checked(events: int, histories: Histories, leg: int = 0) -> State:
    """Make a health check in an execution that is estimated to have written so many events."""
    state = baking(rollout(checks=LIMIT))
    progress = Progress({**state["progress"], "events": events, "leg": leg})
    ready: State = {**state, "progress": progress, "next": "bake"}
    if leg:
        ready["relay"] = Continuation(name="n", then="bake", id="continuation")
    return hand_over_if_full(ready, lambda: histories, FULL)


def test_of_most_checks_no_history_is_asked() -> None:
    histories = Histories({})
    assert checked(90, histories)["progress"]["events"] == 99
    assert checked(100, histories)["progress"]["events"] == 109
    assert histories.asked == []


def test_now_and_then_the_history_is_asked_for_its_length_which_has_retries_too() -> None:
    histories = Histories({EXECUTION: 450})
    after = checked(95, histories)
    assert (after["next"], after["progress"]["events"]) == ("bake", 450)
    assert histories.asked == [EXECUTION]


def test_a_history_that_is_long_by_its_retries_is_left() -> None:
    assert checked(795, Histories({EXECUTION: FULL}))["next"] == "relay"
    assert checked(795, Histories({EXECUTION: FULL - 1}))["next"] == "bake"


def test_a_length_that_is_behind_shortens_nothing() -> None:
    assert checked(95, Histories({EXECUTION: 80}))["progress"]["events"] == 104


@pytest.mark.parametrize("unread", [RuntimeError("denied"), TimeoutError()])
def test_where_it_cannot_be_asked_each_task_counts_as_tried_as_often_as_may_be(
    unread: Exception,
) -> None:
    assert checked(95, Histories({EXECUTION: unread}))["progress"]["events"] == 104 + 500


def test_in_a_continuation_its_own_history_is_asked_and_at_the_end_the_firsts() -> None:
    histories = Histories({"continuation": 300, EXECUTION: 40})
    assert checked(95, histories, leg=2)["progress"]["events"] == 300
    assert checked(FULL, histories, leg=2)["next"] == "relay"
    assert histories.asked == ["continuation", EXECUTION]


def test_a_first_execution_that_is_full_waits_for_no_more() -> None:
    histories = Histories({EXECUTION: 22_000})
    assert checked(FULL, histories, leg=2)["next"] == "bake"
