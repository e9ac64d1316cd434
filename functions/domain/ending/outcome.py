"""How a rollout ended: its result, or the name and cause of its error."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from domain.model.alias import AliasStatus, shifting
from domain.model.clock import iso
from domain.model.errors import DEFINED, Failure
from domain.model.member import Member
from domain.model.progress import LastVerdict
from domain.model.state import Rollback, State, named, weights_planned
from domain.rollout import continuation, hooks

REFUSALS = frozenset({"InvalidInput", "PreflightFailed"})
_MAX_CAUSE = 30_000  # characters; Step Functions allows 32,768


def failure_of(state: State) -> Failure:
    """Give the failure a name that users know (errors.py) and a cause that people can read.

    A caught Lambda exception arrives as the JSON that Lambda makes of it; anything without a name
    of its own is an InternalError.
    """
    caught = state.get("failure") or Failure(Error="InternalError", Cause="no failure was recorded")
    # SendTaskFailure, by which a hook fails, needs neither error nor cause.
    name, cause = caught.get("Error") or "", _message_in(caught.get("Cause") or "")
    said = Failure(Error=name, Cause=cause)
    elsewhere = hooks.failed(state, said) or continuation.failed(state, said)
    if elsewhere is not None:
        name, cause = elsewhere["Error"], elsewhere["Cause"]
    if name not in DEFINED:
        name, cause = "InternalError", f"{name}: {cause}" if cause else name
    return Failure(Error=name, Cause=cause[:_MAX_CAUSE])


def rollback_of(statuses: Sequence[AliasStatus]) -> Rollback:
    """Sum up how the aliases stand, as Step Functions does where it rolls back itself."""
    return Rollback(
        stranded=any(status.stranded for status in statuses),
        foreign=any(status.foreign for status in statuses),
        left=any(status.on_canary for status in statuses),
        standings=[status.text for status in statuses],
    )


def not_rolled_back(state: State, failure: Failure, statuses: Sequence[AliasStatus]) -> Failure:
    """Call it RollbackFailed where the version that failed keeps calls by somebody else's hand.

    Where nothing has failed but that the alias was changed, AliasChanged says it; and a version
    that this rollout never gave a call is not for it to take back.
    """
    shifted = "progress" in state and state["progress"].get("shifts")
    if failure["Error"] == "AliasChanged" or not shifted:
        return failure
    if not rollback_of(statuses)["left"]:
        return failure
    why = f"{failure['Error']}: {failure['Cause']}"
    return Failure(Error="RollbackFailed", Cause=f"the new version keeps calls; {why}")


def _message_in(cause: str) -> str:
    """Take the message out of Lambda's JSON, with what Step Functions may have added after it."""
    try:
        detail, ends = json.JSONDecoder().raw_decode(cause)
    except ValueError:
        return cause
    if isinstance(detail, dict) and "errorMessage" in detail:
        return f"{detail['errorMessage']}{cause[ends:]}"
    return cause


def where(state: State) -> str:
    """Say how far the rollout has come, such as `at 10 % (weight 1 of 10)`, or nothing before."""
    if "progress" not in state or not state["progress"]["step"]:
        return ""
    weights, step = weights_planned(state), state["progress"]["step"]
    return f"at {weights[step - 1]:g} % (weight {step} of {len(weights)})"


def cause(reason: str, state: State, statuses: Sequence[str]) -> str:
    """Say what failed, where, and how every alias stands now."""
    at = where(state)
    now = "; ".join(statuses) if statuses else "nothing has changed"
    tail = f"{f', {at}' if at else ''}. Now: {now}."
    return f"{reason[: _MAX_CAUSE - len(tail)]}{tail}"


def success(state: State, now: float) -> dict[str, Any]:
    """Return the result of a promoted rollout: the execution's output (README, "Result")."""
    return {
        "status": "SUCCEEDED",
        "summary": _summary(state["members"]),
        **progress_of(state),
        "ended": iso(now),
    }


def failure(state: State) -> dict[str, Any]:
    """Return what is told to machines of a rollout that failed after it was planned."""
    return {"status": "FAILED", **progress_of(state)}


def progress_of(state: State) -> dict[str, Any]:
    """Return how far a rollout has come and what was seen, at whatever moment."""
    members, progress = state["members"], state["progress"]
    shifts = shifting(members)
    alphas = {name: check.get("alpha") for name, check in named(state["settings"]["checks"])}
    verdicts = progress["verdicts"]
    seen: dict[str, Any] = {
        "functions": [
            {
                "function-name": one["function"],
                "alias-name": one["alias"],
                "old-version": one["baseline"],
                "new-version": one["canary"],
            }
            for one in members
        ],
        "started": state["execution"]["started"],
        "weights": progress["shifts"],
        "checks": [_check(last, shifts, alphas.get(last["check"])) for last in verdicts],
        "seconds-held": progress["held"],
        "orders": progress["steering"]["obeyed"],
    }
    if shifts and progress["step"] and progress["unproven"]:
        seen["unproven"] = True
    return seen


def _check(last: LastVerdict, shifts: Sequence[Member], alpha: float | None) -> dict[str, Any]:
    said = {"check": last["check"], "outcome": last["outcome"], "reason": last["reason"]}
    if "findings" not in last:
        return said
    evidence = [
        {"function-name": one["function"], "alias-name": one["alias"], **finding}
        for one, finding in zip(shifts, last["findings"], strict=True)
    ]
    return {**said, "alpha": alpha, "evidence": evidence}


Ended = Literal["promoted", "created", "none"]


def ended_as(members: Sequence[Member]) -> Ended:
    """Say what a rollout that succeeds has done: aliases that were right already need nothing."""
    parts = {one["part"] for one in members}
    return "promoted" if "shift" in parts else "created" if "create" in parts else "none"


FailedAs = Literal["refused", "not-released", "rolled-back", "changed", "not-rolled-back"]
IN_WORDS: dict[FailedAs, str] = {
    "refused": "Refused",
    "not-released": "Not released",
    "rolled-back": "Rolled back",
    "changed": "Stopped, somebody changed the alias",
    "not-rolled-back": "NOT rolled back, needs you",
}


def failed_as(state: State, error: str) -> FailedAs:
    """Say what became of a rollout that ended with this error."""
    if error in REFUSALS:
        return "refused"
    if error == "RollbackFailed":
        return "not-rolled-back"
    if error == "AliasChanged" or state.get("rollback", {}).get("foreign"):
        return "changed"
    # Before the first weight was set there was nothing to roll back.
    begun = "progress" in state and state["progress"]["step"] > 0
    return "rolled-back" if begun else "not-released"


def unproven_by(checks: Sequence[Mapping[str, Any]]) -> str:
    """Say why a canary is unproven, from its checks' last verdicts."""
    vague = [one["check"] for one in checks if one["outcome"] == "inconclusive"]
    if not vague:
        return "Unproven: no calls of the new version were counted."
    return f"Unproven: still inconclusive: {', '.join(vague)}."


def _summary(members: Sequence[Member]) -> str:
    done = {
        "shift": "promoted from {baseline} to {canary}",
        "create": "created at {canary}",
        "none": "at {canary} already",
    }
    return "; ".join(
        f"{one['alias']} of {one['function']} {done[one['part']].format(**one)}" for one in members
    )
