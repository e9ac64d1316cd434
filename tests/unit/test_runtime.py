import pytest
import time_machine

from domain.errors import StackUpdated
from domain.state import FORMAT, State
from runtime import seconds_left, task
from tests.unit.builders import NOW, baking, rollout


class Context:
    """As much of Lambda's context as a task uses."""

    function_name = memory_limit_in_mb = aws_request_id = invoked_function_arn = "a-task"

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return 1_000 * self._seconds


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
        task(run)(baking(rollout()), Context(remaining))  # type: ignore[arg-type]
    assert left == [for_calls, for_calls - 10]


def handled(state: State, *, any_format: bool = False) -> State:
    return task(lambda same: same, any_format=any_format)(state, Context(120))  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [FORMAT + 1, None], ids=["another", "from before there was one"])
def test_a_state_that_another_release_wrote_is_read_only_by_tasks_that_can(
    other: int | None,
) -> None:
    state = baking(rollout())
    assert handled(state) == state
    if other is None:
        del state["format"]
    else:
        state["format"] = other
    with pytest.raises(StackUpdated, match="the stack was updated while this rollout was under"):
        handled(state)
    assert handled(state, any_format=True) == state


def test_an_input_has_no_format_yet() -> None:
    state = State(execution=baking(rollout())["execution"], input={})
    assert handled(state) == state
