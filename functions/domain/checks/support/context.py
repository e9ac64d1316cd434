"""What a check sees of the rollout when it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.checks.support.counts import Counts
from domain.model.questions import CouldNotAsk
from domain.model.state import Member, Shift

When = Literal["before", "during", "after"]
"""Before: no traffic yet, ask the new version directly. After: at 100 %, before promotion."""


Counted = Mapping[str, Counts] | CouldNotAsk

LOOK_BACK = 86_400  # seconds: the furthest that a check of metrics looks back
_RECENT = 600


@dataclass(frozen=True)
class Scene:
    """`members` are those that shift. `since` is the first shift's minute (0 before), `now` is now.

    `shifted_at` is when the present weight was set, `every` the seconds between checks. `counts` is
    by function:alias, over the whole rollout so far. `unprobed` is why there was no probe, if so.

    Of the check that is asked there is its `memory`, as its `learn` left it (None at first), and
    how many checks of its type the rollout has, itself included (`alike`).
    """

    execution: str
    when: When
    members: tuple[Member, ...]
    weight: float
    since: int
    now: int
    min_invocations: int
    shifted_at: int = 0
    every: int = 60
    ignored_alarms: frozenset[str] = frozenset()
    unprobed: str = ""
    shifts: Sequence[Shift] = ()
    memory: Any = None
    alike: int = 1
    counted: Counted = field(default_factory=dict)

    @property
    def look_back(self) -> int:
        """How far (seconds) a check looks back by default: never less than to the last check."""
        return min(max(_RECENT, self.every), LOOK_BACK)

    @property
    def counts(self) -> Mapping[str, Counts]:
        """The canaries' calls and errors; raises CouldNotAsk where they could not be read."""
        if isinstance(self.counted, CouldNotAsk):
            raise self.counted
        return self.counted
