"""The rollout that an event asks for, and what speaks against it from the start."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.gate.direction import Standing
from domain.gate.event import Asked, Wanted
from domain.limits.stack_time import LIMIT, longest, scheduled
from domain.model.clock import span
from domain.model.state import Settings

ANSWERED = 3_300  # seconds after which CloudFormation has its answer, whatever happens
_SERVICE = 3_600  # seconds that CloudFormation waits, at most and by default
_GIVING_BACK = 200  # of these, for giving the alias back and answering
CALLERS = 1_800  # seconds that a caller's session may be expected to last
LATE = 300  # that an event may be late, as the template bounds it

# Which versions a rollout releases the resource says, and the alias is CloudFormation's to make.
OURS = ("function-name", "alias-name", "new-version", "code-sha256", "functions", "create-alias",
        "dry-run")  # fmt: skip

DIRECT = "Mode: direct lets CloudFormation move the alias at once"


def seconds_for(asked: Asked, standing: Standing | None, now: float) -> int:
    """Return how long a rollout may take that begins `now`, so that the answer comes in time."""
    began = standing.since if standing else now - LATE
    given = str(asked.timeout or _SERVICE)
    most = min(int(given), _SERVICE) if given.isdigit() else _SERVICE
    return int(began + most - (_SERVICE - ANSWERED) - _GIVING_BACK - now)


def problems_of_properties(asked: Asked) -> list[str]:
    """List what is wrong with what the resource says besides versions and the rollout."""
    problems = []
    if asked.mode not in ("", "gradual", "direct"):
        problems.append(f"Mode: {asked.mode!r} was given; allowed: gradual or direct")
    if asked.session not in ("", "accepted"):
        problems.append(f"CallerSession: {asked.session!r} was given; allowed: accepted")
    if not isinstance(asked.rollout, dict):
        return [*problems, "Rollout: allowed is an object, with keys of a rollout's input"]
    return problems + [
        f"Rollout.{name}: the resource's own properties say that" for name in OURS
        if name in asked.rollout
    ]  # fmt: skip


def input_of(asked: Asked, members: Sequence[Wanted], rollout: Mapping[str, Any]) -> dict[str, Any]:
    """Write the input of the rollout: it says for whom it is, so that the gate knows its own."""
    named = [
        {"function-name": one.function, "alias-name": one.alias, "new-version": one.version}
        for one in members
    ]
    what: dict[str, Any] = named[0] if len(named) == 1 else {"functions": named}
    address = asked.address
    started_for = {
        "StackId": address.stack,
        "LogicalResourceId": address.resource,
        "RequestId": address.request,
    }
    return {**scheduled(rollout), **what, "cloudformation": started_for}


def problems_of_time(
    settings: Settings, left: int, asked: Asked, standing: Standing | None
) -> list[str]:
    """Refuse a rollout that may last longer than anybody waits for it."""
    lasts = longest(settings)
    parts = {"approvals": settings["approvals"], "hooks": settings["hooks"]}
    also = [name for name, given in parts.items() if given]
    sum_of_it = (
        f"the rollout may take {span(lasts)} with {', '.join(['max-hold', *also])} and its tasks"
    )
    most = max(0, min(left, LIMIT))
    if lasts > most:
        return [
            f"{sum_of_it}; {span(most)} are left, so that CloudFormation, which waits for an hour, "
            f"has its answer in time: shorten it, or {DIRECT}"
        ]
    callers = standing is not None and not standing.role and asked.session != "accepted"
    if lasts > CALLERS and callers:
        return [
            f"{sum_of_it}, and the stack has no service role: the credentials of whoever deploys "
            "may end before it does, and then the stack could not go back. Deploy with a role "
            f"(sam deploy --role-arn), shorten the rollout to {span(CALLERS)}, or say that the "
            f"session lasts: CallerSession: accepted; or {DIRECT}"
        ]
    return []
