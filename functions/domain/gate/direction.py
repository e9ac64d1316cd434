"""Which way a stack goes, and whether it still waits for the gate's answer.

An event says neither: it may come late or twice, and an Update looks alike whether the stack goes
forward or back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.gate.event import Asked, Wanted, asked_of
from domain.model.alias import Alias
from domain.model.errors import InvalidInput
from domain.model.naming import Home


@dataclass(frozen=True)
class Standing:
    """What CloudFormation says of a stack and of the resource in it; nothing where there is none.

    `since` is when the resource got its status (epoch seconds). `express`: it waits for nothing to
    be ready. `role`: it works with a service role. `keeps`: it does not go back when it fails.
    """

    stack: str
    resource: str
    since: float
    express: bool = False
    role: bool = False
    keeps: bool = False

    @property
    def waits(self) -> bool:
        """Tell whether the stack still waits for an answer."""
        return self.resource.endswith("_IN_PROGRESS")

    @property
    def goes_back(self) -> bool:
        """Tell whether the stack rolls back."""
        return "ROLLBACK" in self.stack

    @property
    def lets_go(self) -> bool:
        """Tell whether a resource that is deleted now is not wanted any more.

        In the clean-up after a good update it has been renamed.
        """
        return self.goes_back or self.stack == "DELETE_IN_PROGRESS"


@dataclass(frozen=True)
class Moment:
    """An event of a stack, as DescribeStackEvents tells it. `properties` may not be known."""

    resource: str
    status: str
    properties: Any = None
    of_stack: bool = False


Direction = Literal["nobody", "forward", "back", "late", "unknown"]
_BY_PROOF: Mapping[bool | None, Direction] = {True: "back", False: "late", None: "unknown"}


def direction_of(
    asked: Asked,
    found: Mapping[Wanted, Alias | None],
    standing: Standing | None,
    events: Iterable[Moment],
) -> Direction:
    """Say which way the stack goes; `events`, the newest first, are read only where it must be.

    `found` are the aliases as they are. `late` is an event that belongs to an operation that is
    over. What is `unknown` may be released, but only step by step.
    """
    if standing is None:
        return "unknown" if asked.rises(found) or asked.kind == "Create" else "back"
    if not standing.waits:
        return "nobody"
    if not standing.goes_back:
        return "forward"
    if asked.kind == "Create":
        return "late"
    if not asked.rises(found):
        return "back"
    return _BY_PROOF[is_asked_back(asked, events)]


def is_asked_back(asked: Asked, events: Iterable[Moment]) -> bool | None:
    """Tell whether the rollback itself has asked for these versions of this resource.

    None where it has asked for something, and nobody says for what.
    """
    for event in events:
        if event.of_stack and event.status.endswith("ROLLBACK_IN_PROGRESS"):
            return False
        if (event.resource, event.status) == (asked.address.resource, "UPDATE_IN_PROGRESS"):
            return _asks_alike(asked, event.properties)
    return False


def _asks_alike(asked: Asked, properties: Any) -> bool | None:
    if not isinstance(properties, dict):
        return None
    event = {"RequestType": "Update", "ResourceProperties": properties}
    identity = {"StackId": "", "LogicalResourceId": "", "RequestId": "", "ResponseURL": ""}
    try:
        then = asked_of({**identity, **event}, Home.of(asked.address.stack))
    except (InvalidInput, ValueError):
        return None
    return then.members == asked.members
