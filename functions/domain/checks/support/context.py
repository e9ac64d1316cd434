"""What a check sees of the rollout when it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.checks.support.conditions import Effort
from domain.checks.support.counts import Counts
from domain.model.member import Creating, Releasing, Shifting
from domain.model.progress import Shift
from domain.model.questions import CouldNotAsk

When = Literal["before", "during", "after"]
"""Before: no traffic yet, ask the new version directly. After: at 100 %, before promotion."""


Counted = Mapping[str, Counts] | CouldNotAsk

WARM_UP = 240  # seconds after an increase in which a canary is slow, for it has just been started
LOOK_BACK = 86_400  # seconds: the furthest that a check of metrics looks back
_RECENT = 600


@dataclass(frozen=True)
class CheckContext:
    """What a check gets to know of the rollout. Instants are epoch seconds.

    `members` are those that shift, `new` those whose alias is to be created (before all traffic;
    later nobody is to be asked about them), `since` is the minute of the first shift (0 before it),
    `shifted_at` when the present weight was set, and `every` the seconds between two checks.
    `counts` has the calls of the whole rollout so far, by function:alias. `unprobed` says why there
    was no probe, where there was none.

    `effort` is what conditions may still take, which all checks of a health check share.

    Two belong to the check that is asked: `carried` is what its `fold` returned at the last health
    check (None at the first), and `same_kind` how many checks of its type the rollout has, with
    itself.
    """

    execution: str
    when: When
    members: tuple[Shifting, ...]
    weight: float
    since: int
    now: int
    min_invocations: int
    shifted_at: int = 0
    every: int = 60
    ignored_alarms: frozenset[str] = frozenset()
    unprobed: str = ""
    shifts: Sequence[Shift] = ()
    carried: Any = None
    same_kind: int = 1
    counted: Counted = field(default_factory=dict)
    new: tuple[Creating, ...] = ()
    effort: Effort = field(default_factory=Effort, compare=False)

    @property
    def released(self) -> tuple[Releasing, ...]:
        """All whose new version is to be asked before it gets any traffic."""
        return (*self.members, *self.new)

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
