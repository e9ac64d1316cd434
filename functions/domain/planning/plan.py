"""The plan of a rollout: its members, and the state from which it sets out."""

from collections.abc import Mapping
from typing import Any, TypeVar

from domain.limits.history_budget import BEGINNING
from domain.model.alias import marked_by
from domain.model.clock import epoch, span
from domain.model.errors import PreflightFailed
from domain.model.member import Action, Member, Released, member_of
from domain.model.progress import UNPROBED, Progress, untouched
from domain.model.request import Request, Target
from domain.model.state import FORMAT, Settings, State, plan_of
from domain.model.text import joined
from domain.planning.preflight import Facts, problems_of_size

T = TypeVar("T")


def member(target: Target, facts: Facts) -> Member:
    """Make a member of a target; preflight has found that its function and version exist."""
    alias = facts.alias
    known = [version for version in (facts.canary, facts.baseline) if version]
    released = Released(
        function=target.function,
        alias=target.alias,
        canary=target.version,
        sha256=target.sha256,
        description=_lasting(alias.routing.description) if alias else "",
        revision=alias.revision if alias else None,
        timeout=max(version.timeout for version in known),
    )
    return member_of(released, alias.routing.version if alias else None)


def _lasting(description: str) -> str:
    """Return a description to be given back: no mark, which an earlier release may have left."""
    return "" if marked_by(description) else description


def begin(
    state: State, request: Request, facts: Mapping[Target, Facts], firing: list[str]
) -> State:
    """Return the state from which the rollout sets out.

    `firing` are the alarms left out until they are OK once.

    Raises PreflightFailed where the state could not be carried for as long as the plan takes.
    """
    members = [member(target, found) for target, found in facts.items()]
    planned = State(
        execution=state["execution"],
        format=FORMAT,
        next="publish",
        settings=request.settings,
        members=members,
        progress=Progress(
            step=0,
            since=0,
            asked_at=0,
            shifted_at=0,
            checked_at=0,
            events=BEGINNING,
            leg=0,
            bake_ends=0,
            held=0,
            hold_began=0,
            wait_until="",
            unprobed=UNPROBED,
            unproven=False,
            ignored_alarms=firing,
            verdicts=[],
            memories={},
            shifts=[],
            steering=untouched(epoch(state["execution"]["started"])),
        ),
    )
    if problems := problems_of_size(planned):
        raise PreflightFailed(joined(problems, "the plan"))
    if request.dry_run:
        return {**planned, "next": "succeed", "result": describe(planned)}
    return planned


def describe(state: State) -> dict[str, Any]:
    """Describe the plan, as a dry run puts it out."""
    plan = plan_of(state)
    settings = state["settings"]
    return {
        "status": "PLANNED",
        "functions": [
            {
                "function-name": one["function"],
                "alias-name": one["alias"],
                "old-version": one["baseline"],
                "new-version": one["canary"] or "to be published",
                "action": _ACTIONS[one["part"]],
            }
            for one in state["members"]
        ],
        "weights": shortened(list(plan.weights)),
        "intervals": shortened(list(plan.bakes)),
        "seconds": plan.seconds,
        "lasts": ", and ".join([span(plan.seconds), *_longer(settings)]),
        "check-interval": settings["check_interval"],
        "checks": settings["checks"],
    }


def _longer(settings: Settings) -> list[str]:
    """Name what may come to the bakes, in one text; none where nothing may."""
    holds = settings["max_hold"] if settings["checks"] and settings["min_invocations"] else 0
    most = {
        "holding": holds,
        "hooks": sum(hook["timeout"] for hook in settings["hooks"].values()),
        "waiting for approvals": len(settings["approvals"]) * settings["approval_timeout"],
    }
    told = [f"{span(seconds)} of {what}" for what, seconds in most.items() if seconds]
    return [f"up to {' and '.join(told)}"] if told else []


_ACTIONS: dict[Action, str] = {
    "shift": "shift traffic step by step",
    "create": "create the alias at the end, pointing at the new version",
    "none": "nothing: the alias routes everything to the new version already",
}

_KEPT = 100


def shortened(items: list[T]) -> list[T | str]:
    """Keep the first and last hundred of a long list, so that no result outgrows the workflow."""
    if len(items) <= 2 * _KEPT:
        return list(items)
    return [*items[:_KEPT], f"... {len(items) - 2 * _KEPT} more ...", *items[-_KEPT:]]
