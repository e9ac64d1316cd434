"""When the guard looks at what, and what it says."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from zlib import crc32

from domain.model.alias import AliasStatus, Doubtful
from domain.model.errors import Failure
from domain.model.state import Execution, State
from domain.model.text import some

SWEEP = 300  # seconds from one sweep to the next, as the template has it
# Seconds after an execution's end for which its weights on an alias are taken for its own by
# themselves: an event comes within seconds, and the first two sweeps after a lost one.
_FRESH = 2 * SWEEP
_HOUR, _DAY = 3_600, 86_400
KEPT = 90 * _DAY  # for which Step Functions keeps histories

# Ends that are not success, in the order in which a sweep looks at them. Nothing runs after the
# first two, while what fails mostly has rolled back by itself, or was refused before it began.
Bad = Literal["ABORTED", "TIMED_OUT", "FAILED"]


@dataclass(frozen=True)
class Ended:
    """An execution that did not succeed, when that was (epoch seconds), and how long it took."""

    arn: str
    at: float
    lasted: float = 0.0


def in_turn(ended: Callable[[Bad], Iterable[Ended]], now: float) -> Iterator[Ended]:
    """List those at which the sweep at `now` looks: of each end, the longest first.

    A refused start is over within seconds: however many there are, none goes before a rollout that
    has had its weights for a while.
    """
    for how in get_args(Bad):
        looked_at = [one for one in ended(how) if due(one.arn, now - one.at, now)]
        yield from sorted(looked_at, key=lambda one: one.lasted, reverse=True)


def ended_at(event: Mapping[str, Any]) -> float:
    """Return when an execution ended, by the event that tells of it; 0 where it does not say."""
    milliseconds: float | None = event.get("detail", {}).get("stopDate")
    return (milliseconds or 0) / 1_000


def due(execution: str, age: float, now: float) -> bool:
    """Tell whether the sweep at `now` looks at this execution, which ended `age` seconds ago.

    At every one for an hour, then once an hour for a day, then once a day: what could not be
    repaired at once is seldom waiting for the guard alone. Each has its turn by its name, so that
    no sweep has to look at 90 days of failures together.
    """
    if age > KEPT:
        return False
    every = 1 if age <= _HOUR else _HOUR // SWEEP if age <= _DAY else _DAY // SWEEP
    return (int(now // SWEEP) + crc32(execution.encode())) % every == 0


def with_report(state: State, ended: str, statuses: Sequence[AliasStatus]) -> State:
    """Add a failure that says how the aliases stand; `ended` is the final status."""
    now = "; ".join(status.text for status in statuses)
    how = {"ABORTED": "was stopped", "TIMED_OUT": "timed out"}.get(ended, "ended")
    cause = f"The rollout {how} and did not give its aliases back by itself. Now: {now}."
    return {**state, "failure": Failure(Error=ended, Cause=cause)}


def answer(statuses: Sequence[AliasStatus]) -> dict[str, object]:
    """Say to whoever asked the guard what it has changed, and how the aliases stand."""
    return {
        "changed": any(status.changed for status in statuses),
        "stranded": any(status.stranded for status in statuses),
        "now": [status.text for status in statuses] or ["nothing was left to give back"],
    }


def is_promoted(state: State) -> bool:
    """Tell whether Finalize has answered: then nothing is restored, whatever failed afterwards."""
    return state.get("result", {}).get("status") == "SUCCEEDED"


def doubts(state: State, age: float) -> Doubtful:
    """Say what to do with weights that look like those of a rollout that ended `age` seconds ago.

    Where it had rolled back, or long after, a person may well have set them. For an hour they may
    as well be what could not be given back sooner.
    """
    if state.get("rollback", {}).get("stranded") is False:
        return "leave"
    if age <= _FRESH:
        return "take"
    return "cry" if age <= _HOUR else "leave"


def missing(function: str, alias: str, others: Sequence[str] | None) -> str:
    """Say what an operator has misspelt; `others` are the function's aliases, None without it."""
    if others is None:
        return f"there is no function {function}"
    there = f"it has {some(others)}" if others else "it has none"
    return f"there is no alias {alias} of {function}; {there}"


def by_mark(mark: str, function: str, alias: str) -> State:
    """Say what is known of a rollout of which there is only its mark on an alias."""
    return State(
        execution=Execution(id=mark, name=mark.rpartition(":")[2], started=""),
        input={"function-name": function, "alias-name": alias},
    )
