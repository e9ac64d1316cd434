"""A rollout is handed over to another execution before the history of its own is full."""

import json
import re

import pytest

from domain.ending.outcome import failure_of
from domain.limits.history_budget import FULL, HAND_OVER, MAX_CONTINUATIONS
from domain.limits.state_size import PORTABLE
from domain.model.errors import Failure
from domain.model.progress import Progress
from domain.model.state import Execution, Next, State
from domain.probing.route import routed
from domain.rollout import continuation
from domain.rollout.continuation import continuation_name, counted, present
from tests.unit.builders import baking, rollout


def hand_over_if_full(state: State, hand_over: int = HAND_OVER, first: int = 0) -> State:
    return continuation.hand_over_if_full(counted(state, hand_over), hand_over, first)


def after_check(
    next_: Next = "bake", *, events: int = HAND_OVER, number: int = 0, kind: str = "errors"
) -> State:
    """Make a health check in an execution that wrote so many events before it."""
    options = {"max-count": 0} if kind == "errors" else {}
    state = baking(rollout(checks=[{"type": kind, **options}]))
    progress = Progress({**state["progress"], "events": events, "leg": number})
    return {**state, "progress": progress, "next": next_}


def too_large(state: State) -> State:
    state["members"][0]["description"] = "x" * PORTABLE
    return state


@pytest.mark.parametrize(
    ("next_", "kind", "events"),
    [
        ("bake", "errors", 9),
        ("bake", "probe", 12),
        ("shift", "errors", 9 + 5),
        ("announce", "errors", 9 + 7 + 5),
        ("ask-approval", "errors", 9 + 7),
        ("finalize", "errors", 9),
    ],
)
def test_a_health_check_and_what_follows_it_are_counted(
    next_: Next, kind: str, events: int
) -> None:
    after = hand_over_if_full(after_check(next_, events=100, kind=kind))
    assert (after["next"], after["progress"]["events"]) == (next_, 100 + events)


@pytest.mark.parametrize("word", ["bake", "shift", "announce", "ask-approval"])
def test_a_long_history_is_left_wherever_the_loop_goes_on(word: Next) -> None:
    after = hand_over_if_full(after_check(word, number=2))
    assert (after["next"], after["relay"]["then"]) == ("relay", word)
    assert after["progress"]["leg"] == 3
    assert after["progress"]["events"] < 20


def test_the_execution_under_way_is_the_continuation_that_knows_itself() -> None:
    state = after_check(number=1)
    assert present(after_check()) == state["execution"]["id"]
    handed: State = {**state, "relay": {"name": "n", "then": "bake", "id": "arn:continuation"}}
    assert present(handed) == "arn:continuation"


def test_a_first_execution_that_is_full_waits_for_no_more() -> None:
    full = hand_over_if_full(after_check(number=3), first=FULL)
    assert full["next"] == "bake"
    assert hand_over_if_full(after_check(events=FULL, number=3), first=FULL)["next"] == "roll-back"


@pytest.mark.parametrize("word", ["hook", "finalize", "roll-back"])
def test_the_loops_ends_are_not_handed_over(word: Next) -> None:
    assert hand_over_if_full(after_check(word))["next"] == word


def test_a_short_history_is_not_left() -> None:
    assert hand_over_if_full(after_check(events=HAND_OVER - 10))["next"] == "bake"
    assert hand_over_if_full(after_check(events=HAND_OVER - 9))["next"] == "relay"
    assert hand_over_if_full(after_check(events=50), hand_over=50)["next"] == "relay"


def test_with_a_probe_the_other_execution_probes() -> None:
    after = routed(hand_over_if_full(after_check("shift", kind="probe")))
    assert (after["next"], after["relay"]["then"]) == ("relay", "shift-and-probe")


def test_after_a_hook_the_first_execution_which_is_full_hands_over_at_once() -> None:
    hooked = hand_over_if_full(after_check("hook", events=20, number=1))
    assert hooked["next"] == "hook"
    assert hand_over_if_full({**hooked, "next": "shift"})["next"] == "relay"


def test_a_hook_before_any_handing_over_leaves_the_history_as_long_as_it_is() -> None:
    assert hand_over_if_full(after_check("hook", events=20))["progress"]["events"] < 60


def test_a_state_that_is_too_large_stays_until_its_history_is_full() -> None:
    assert hand_over_if_full(too_large(after_check(events=FULL - 10)))["next"] == "bake"
    after = hand_over_if_full(too_large(after_check(events=FULL)))
    assert (after["next"], after["failure"]["Error"]) == ("roll-back", "InternalError")
    assert "the workflow cannot hold more health checks" in after["failure"]["Cause"]


def test_there_are_no_more_continuations_than_the_first_execution_can_wait_for() -> None:
    assert hand_over_if_full(after_check(number=MAX_CONTINUATIONS - 1))["next"] == "relay"
    assert hand_over_if_full(after_check(number=MAX_CONTINUATIONS))["next"] == "bake"


def test_each_continuation_of_each_rollout_has_a_name_that_step_functions_takes() -> None:
    long = "rollout-" + "x" * 72
    firsts = [
        Execution(
            id=f"arn:aws:states:us-east-1:1:execution:{machine}:{long}", name=long, started=""
        )
        for machine in ("A", "B")
    ]
    names = [
        continuation_name(first, number) for first in firsts for number in (1, MAX_CONTINUATIONS)
    ]
    assert len({*names}) == 4
    assert all(re.fullmatch(r"rollout-[a-z0-9-]{1,72}", name) for name in names)


def failure_in_continuation(error: str, cause: str) -> Failure:
    state = hand_over_if_full(after_check())
    return failure_of({**state, "failure": Failure(Error=error, Cause=cause)})


def test_a_continuation_that_was_stopped_is_named_with_its_end() -> None:
    described = json.dumps({"Status": "ABORTED", "Name": "rollout-1", "Cause": "by hand"})
    failure = failure_in_continuation("States.TaskFailed", described)
    assert failure["Error"] == "InternalError"
    assert re.fullmatch(
        r"the execution rollout-1-[0-9a-f]{10}-1, in which this rollout ran on, ended ABORTED: "
        "by hand",
        failure["Cause"],
    )


@pytest.mark.parametrize("cause", ['{"Input": "cut o', "plain words", "[]"])
def test_a_continuation_whose_end_is_not_told_is_named_with_what_is(cause: str) -> None:
    said = failure_in_continuation("States.Timeout", cause)["Cause"]
    assert said.endswith(f" could not be waited for: States.Timeout: {cause}")


def test_a_failure_that_has_its_name_keeps_its_words() -> None:
    assert failure_in_continuation("InternalError", "{}") == {
        "Error": "InternalError",
        "Cause": "{}",
    }
