import pytest
import time_machine

from domain.state import State
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
