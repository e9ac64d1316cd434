from typing import Any, cast

import pytest
import time_machine

from domain.model.errors import StackUpdated
from domain.model.state import FORMAT, State
from notify import notify
from roll_back import roll_back
from runtime import seconds_left, task
from tests.unit import fakes
from tests.unit.builders import EXECUTION, NOW, alias, baking, rollout


@pytest.mark.parametrize(
    ("remaining", "for_calls"),
    [(120, 60), (900, 60), (70, 50), (15, -5)],
    ids=["a task", "in SimpleDeploy", "near its end", "at its end"],
)
def test_calls_of_checks_leave_time_for_what_follows(remaining: int, for_calls: int) -> None:
    left = []

    def run(state: State) -> State:
        left.append(seconds_left())
        clock.shift(10)
        left.append(seconds_left())
        return state

    with time_machine.travel(NOW, tick=False) as clock:
        task(run)(baking(rollout()), fakes.Context(remaining))
    assert left == [for_calls, for_calls - 10]


def handled(state: State, *, any_format: bool = False) -> State:
    return task(lambda same: same, any_format=any_format)(state, fakes.Context(120))


@pytest.mark.proves("F15")
@pytest.mark.parametrize("other", [FORMAT + 1, None], ids=["another", "from before there was one"])
def test_a_state_that_another_release_wrote_is_read_only_by_tasks_that_can(
    other: int | None,
) -> None:
    state = baking(rollout())
    assert handled(state) == {**state, "shares": [0.1]}
    if other is None:
        del state["format"]
    else:
        state["format"] = other
    with pytest.raises(StackUpdated, match="the stack was updated while this rollout was under"):
        handled(state)
    assert handled(state, any_format=True) == state


@pytest.mark.proves("F15")
def test_rolling_back_and_telling_need_only_what_stays_in_every_format() -> None:
    whole = baking(rollout())
    schedule = {key: it for key, it in whole["settings"]["schedule"].items() if key != "last_look"}
    lasting: dict[str, Any] = {
        "format": FORMAT + 1,
        "execution": whole["execution"],
        "next": "shift",
        "members": whole["members"],
        "settings": {"schedule": schedule, "notify": "outcome"},
        "hook": {"name": "pre-traffic", "function": "tests"},
        "progress": {"step": 1},
        "failure": {"Error": "StackUpdated", "Cause": "the stack was updated"},
    }
    shifted = alias("1", {"2": 0.2}, revision="r2", description=EXECUTION)  # its answer was lost
    aliases, notifier = fakes.Aliases({("checkout", "live"): shifted}), fakes.Notifier()
    undo = task(lambda state: roll_back(state, aliases), any_format=True)
    tell = task(lambda state: notify(state, [notifier]), any_format=True)
    tell(undo(cast(State, lasting), fakes.Context(120)), fakes.Context(60))
    assert aliases.held["checkout", "live"].routing.text == "100 % to version 1"
    assert notifier.sent[0].body["cause"].startswith("StackUpdated: the stack was updated, at 10 %")


def test_an_input_has_no_format_yet() -> None:
    state = State(execution=baking(rollout())["execution"], input={})
    assert handled(state) == state
