"""What an alias is meant to route at each point of a rollout, and how it is marked.

While a rollout moves an alias, the alias's description holds the rollout's execution ARN. So
whoever looks at the alias sees why it is weighted, and a rollout can tell its own write, whose
answer was lost, from the same write by another rollout. The description comes back at the end.
Whose the routing is, `ending.ownership` says: the mark alone proves nothing.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.model.member import Creating, Member, Shifting, Unchanged, canary_of

_MARK = re.compile(
    r"arn:[^:]+:(?P<service>states|lambda):[^:]*:[0-9]*:(?:execution|function):.+:.+"
)


@dataclass(frozen=True)
class Routing:
    """Where an alias leads: `version` is the primary, `weights` the share (0 to 1) of the other."""

    version: str
    weights: Mapping[str, float] = field(default_factory=dict)
    description: str = ""

    def same(self, other: "Routing") -> bool:
        """Tell whether both route alike, with weights as doubles that travelled through JSON.

        A description is no routing.
        """
        return (
            self.version == other.version
            and self.weights.keys() == other.weights.keys()
            and all(
                math.isclose(share, other.weights[version], abs_tol=1e-9)
                for version, share in self.weights.items()
            )
        )

    @property
    def text(self) -> str:
        """In words, such as `100 % to version 1` or `90 % to version 1 and 10 % to version 2`."""
        rest = 1 - sum(self.weights.values())
        parts = [
            (rest, self.version),
            *((share, version) for version, share in self.weights.items()),
        ]
        return " and ".join(f"{100 * share:g} % to version {version}" for share, version in parts)


@dataclass(frozen=True)
class Alias:
    """An alias as Lambda shows it. `revision` changes with every write to it."""

    routing: Routing
    revision: str


# What to do with weights like a rollout's that only look so: take them for its own, or leave them
# and cry out, or leave them in silence.
Doubtful = Literal["take", "cry", "leave"]


@dataclass(frozen=True)
class AliasStatus:
    """How an alias stands now, as a sentence for a message.

    `changed` if whoever looked has changed it, `stranded` if that failed. `foreign` if it stays as
    somebody else left it, `on_canary` if the new version so has some of its calls.
    """

    text: str
    changed: bool = False
    stranded: bool = False
    foreign: bool = False
    on_canary: bool = False


def shifting(members: Iterable[Member]) -> list[Shifting]:
    """Return those of the group that have a baseline to shift from."""
    return [member for member in members if member["part"] == "shift"]


def order_of_promotion(members: Iterable[Member]) -> list[Shifting | Creating]:
    """Put aliases to create after those that may have been changed, but for the last of these.

    While that one still has the rollout's mark and weight, it proves to whoever looks from outside
    that the promotion is not done, and that the rest may go back.
    """
    members = list(members)
    shifts = shifting(members)
    return [*shifts[:-1], *(one for one in members if one["part"] == "create"), *shifts[-1:]]


def mark(execution_id: str) -> str:
    """Return the description of an alias in a rollout's hands (Lambda allows 256 characters)."""
    return execution_id[:256]


def marked_by(description: str) -> Literal["execution", "call"] | None:
    """Tell whose mark this is: an execution's of the workflow, or a call's of SimpleDeploy."""
    found = _MARK.fullmatch(description)
    if found is None:
        return None
    return "execution" if found["service"] == "states" else "call"


def creation_mark(execution_id: str) -> str:
    """Return the description of an alias that a rollout creates, which it keeps.

    It says whose work the alias is, and is no mark: weights that it gets later are not a rollout's.
    """
    return f"Created by {execution_id}"[:256]


def share_of(weight: float) -> float:
    """Return the share (0 to 1) that Lambda is given for a weight in percent."""
    return round(weight / 100, 4)


def shifted(member: Shifting, weight: float, execution_id: str) -> Routing:
    """Route `weight` percent to the canary; the primary stays the baseline, also at 100 %."""
    weights = {canary_of(member): share_of(weight)}
    return Routing(member["baseline"], weights, mark(execution_id))


def promoted(member: Shifting) -> Routing:
    """Route everything to the canary, with the description that was there but for the rollout."""
    return Routing(canary_of(member), {}, member["description"])


def created(member: Creating, execution_id: str) -> Routing:
    """Route everything to the canary, and say who did, so that nobody takes it for theirs."""
    return Routing(canary_of(member), {}, creation_mark(execution_id))


def rolled_back(member: Shifting | Unchanged) -> Routing:
    """Route everything to the baseline, with the description that was there but for the rollout."""
    return Routing(member["baseline"], {}, member["description"])
