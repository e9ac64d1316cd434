"""How a rollout of the gate's ended, and what the stack is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.gate.event import Asked, Wanted
from domain.model.alias import Alias, Routing
from domain.model.errors import DEFINED, RollbackFailed


@dataclass(frozen=True)
class Described:
    """An execution: its input, its status, and its output or its error and cause."""

    status: str
    given: Any = None
    output: Any = None
    error: str = ""
    cause: str = ""


# Ends by which a rollout says itself that it has given back what it had.
_ROLLED_BACK = DEFINED - {RollbackFailed.__name__}


def has_given_back(rollout: Described) -> bool:
    """Tell whether a rollout that ended badly has rolled back by itself."""
    return rollout.status == "FAILED" and rollout.error in _ROLLED_BACK


def is_whole(wanted: Wanted, alias: Alias | None) -> bool:
    """Tell whether the alias routes everything to the version asked for."""
    return alias is not None and alias.routing.same(Routing(wanted.version))


def remembered(aliases: Mapping[Wanted, Alias | None]) -> dict[str, str]:
    """Note to which version each alias goes back, before a rollout changes it."""
    return {one.name: alias.routing.version for one, alias in aliases.items() if alias}


def before(asked: Asked, order: Any) -> list[tuple[Wanted, Wanted]]:
    """Pair each alias of a rollout that was ordered so with the version to which it goes back."""
    old: Mapping[str, str] = (order or {}).get("before", {})
    pairs = [(one, old.get(one.name)) for one in asked.members]
    return [(one, Wanted(one.function, one.alias, was)) for one, was in pairs if was]


def why(rollout: Described | None, trouble: Mapping[str, Any] | None) -> str:
    """Say why a rollout ended badly, in its own words where it has any.

    `trouble` is what the waiter caught.
    """
    told = trouble or {}
    if told.get("Error") == "States.Timeout":
        return (
            "the rollout was not over when CloudFormation would soon wait no more; it was stopped"
        )
    if rollout is None:
        said = f"{told.get('Error', '')}: {told.get('Cause', '')}".strip(": ")
        return f"the rollout could not be started{f' ({said})' if said else ''}"
    if rollout.status == "RUNNING":
        return "the rollout was stopped"
    if rollout.error:
        return f"{rollout.error}: {rollout.cause}"
    return f"the rollout is {rollout.status}{f' ({rollout.cause})' if rollout.cause else ''}"
