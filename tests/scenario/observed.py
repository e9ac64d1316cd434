"""What a scenario can see of a function and of a rollout."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.services.awslambda.names import find_alias, routing_of
from sandbox.services.sns import Message
from sandbox.traffic import Traffic


@dataclass(frozen=True)
class AliasState:
    """How an alias stands. `weights` are the percents of versions besides the primary."""

    version: str
    weights: Mapping[str, float]
    description: str
    revision: str


@dataclass
class Released:
    """A function under traffic, its alias, and how the alias stood after every change of it."""

    name: str
    alias: str
    traffic: Traffic | None
    seen: list[AliasState | None] = field(default_factory=list)

    @property
    def now(self) -> AliasState | None:
        """None where the alias does not exist. Looking takes no time and calls nothing."""
        found = find_alias(self.name, self.alias)
        if found is None:
            return None
        _, *added = routing_of(found).items()
        weights = {version: round(100 * share, 6) for version, share in added}
        return AliasState(
            found.function_version, weights, found.description or "", found.revision_id
        )

    @property
    def weights(self) -> list[float]:
        """The percents that the alias gave to a second version, in their order."""
        return [weight for each in self.seen if each for weight in each.weights.values()]

    @property
    def primaries(self) -> list[str]:
        """The version that was the alias's own after each change."""
        return [each.version for each in self.seen if each]


@dataclass(frozen=True)
class Rollout:
    """One execution that has ended, and what the topic was told of it."""

    arn: str
    status: str
    output: Any
    error: str | None
    cause: str
    history: list[dict[str, Any]]
    messages: list[Message]

    @property
    def states(self) -> list[str]:
        """Every state that the workflow entered."""
        details = [event.get("stateEnteredEventDetails") for event in self.history]
        return [detail["name"] for detail in details if detail]

    @property
    def told(self) -> list[str]:
        """The status that each message carries, oldest first."""
        return [message.attributes["status"].value for message in self.messages]

    @property
    def last_words(self) -> dict[str, Any]:
        """What the last message says to machines."""
        body: dict[str, Any] = json.loads(self.messages[-1].body())
        return body
