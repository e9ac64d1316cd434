"""The end of the machines that run rollouts: which they are, and what still keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.model.errors import InvalidInput

# Seconds of an execution's age at its bad end up to which it is looked at once more: what a sweep
# could not give back for longer than that, alarms have told of for as long.
RECENT = 86_400
QUIET = 60  # seconds for which nothing may have been left; what AWS lists may be that old
# Seconds for which what fails, as giving an alias back, is tried again.
TRYING = 300
# Seconds for which it is waited for what ends by itself. CloudFormation waits for an hour.
LONGEST = 3_000
CAUSE = "the state machine that runs this rollout is being deleted"


@dataclass(frozen=True)
class Machines:
    """ARNs of state machines.

    `deploy` runs rollouts, `helpers` what these have under way elsewhere, and `waiter` waits for
    those of the gate.
    """

    deploy: str
    helpers: tuple[str, ...]
    waiter: str


@dataclass(frozen=True)
class Left:
    """What keeps the machines, in words: what ends by itself is `busy`, else it is `stranded`."""

    stranded: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.stranded or self.busy)


def machines_of(event: Mapping[str, Any]) -> Machines:
    """Read the properties of the custom resource. Raises InvalidInput."""
    given = event.get("ResourceProperties") or {}
    try:
        return Machines(
            deploy=str(given["DeployStateMachine"]),
            helpers=(str(given["RelayStateMachine"]), str(given["HookStateMachine"])),
            waiter=str(given["GateStateMachine"]),
        )
    except KeyError as missing:
        raise InvalidInput(f"the resource's properties lack {missing}") from missing


def refusal(left: Left) -> str:
    """Say why the machines cannot go, the aliases first: people read this beside the deletion."""
    why = "; ".join(dict.fromkeys([*left.stranded, *left.busy]))
    return f"{why}. Mend that, and delete again: docs/deploying.md, What deletion does"
