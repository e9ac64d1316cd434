"""What Step Functions says of a rollout at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any

from domain.model.progress import Obeyed
from domain.model.state import State
from domain.recovery.history_tail import Event, read_tail


@dataclass(frozen=True)
class Look:
    """An execution, and the last state in its history: None before the plan, and if not looked for.

    `status` is Step Functions' word; instants are epoch seconds, `ended` 0 while it is under way.
    """

    arn: str
    status: str
    started: float
    ended: float = 0.0
    given: Any = None
    output: Any = None
    error: str = ""
    cause: str = ""
    state: State | None = None

    @property
    def name(self) -> str:
        """The execution's name, by which orders call the rollout."""
        return self.arn.rpartition(":")[2]

    @property
    def result(self) -> Mapping[str, Any]:
        """The rollout's result, if it succeeded."""
        return self.output if isinstance(self.output, dict) else {}

    @property
    def functions(self) -> list[dict[str, Any]]:
        """What was released, as the result has it."""
        found: list[dict[str, Any]] = self.result.get("functions", [])
        return found

    @property
    def orders(self) -> list[Obeyed]:
        """The orders that the result knows of."""
        found: list[Obeyed] = self.result.get("orders", [])
        return found


@dataclass(frozen=True)
class Tail:
    """The end of a history: its last state, where the rollout runs on, and whether it is over."""

    state: State | None
    continuation: str | None
    over: bool


def tail_of(newest_first: Iterable[Event]) -> Tail:
    """Read a history's end, as far back as to the last state."""
    events = iter(newest_first)
    newest = next(events, None)
    if newest is None:
        return Tail(None, None, over=False)
    read = read_tail(chain([newest], events), inf)
    return Tail(read.state, read.continuation, over=newest.kind == "ended")
