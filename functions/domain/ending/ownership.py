"""Whose the alias's present routing is: the one rule, for all who write or restore an alias.

Routing is the version and the weights. It is the rollout's own if it is what the rollout last
wrote, or may have written since without having had the answer; whatever has become of the alias's
description, its permissions and its revision, which are anybody's to change. Only another rollout's
mark speaks against it: then that one has written the same.

Where no function runs, Step Functions goes by `shares`, which is this rule as far as a state
machine can apply it (IsOurs in statemachine/deploy.asl.yaml).
"""

from collections.abc import Iterator
from typing import TypeVar, cast

from domain.model.alias import (
    Alias,
    Routing,
    created,
    creation_mark,
    mark,
    marked_by,
    promoted,
    share_of,
    shifted,
)
from domain.model.errors import AliasChanged
from domain.model.member import Member
from domain.model.state import State, weights_planned

M = TypeVar("M", bound=Member)

_SHIFTING = frozenset({"shift", "shift-and-probe", "announce"})  # ShiftWeight runs in these
_MAX_SHARES = 250  # that the state carries


def is_ours(state: State, member: Member, alias: Alias) -> bool:
    """Tell whether the alias routes as this rollout left it, if only by a write without answer."""
    if member["part"] == "none" or "progress" not in state:
        return False
    if member["part"] == "create":
        return (
            state.get("next") == "finalize"
            and alias.routing.same(created(member, state["execution"]["id"]))
            and alias.routing.description == creation_mark(state["execution"]["id"])
        )
    if is_marked_by_another(state, alias):
        return False
    return any(alias.routing.same(own) for own in _own(state, member))


def is_proven(state: State, member: Member, alias: Alias) -> bool:
    """Tell whether nobody has written to the alias since, or has left our mark on it.

    Long after a rollout's end, this must be so besides `is_ours`: a person may have set the same
    weights since.
    """
    return alias.revision == member["revision"] or is_marked(state, alias)


def is_whole(member: Member, alias: Alias) -> bool:
    """Tell whether everything goes to the baseline, by whosever hand."""
    baseline = member["baseline"]
    return baseline is not None and alias.routing.same(Routing(baseline))


def is_marked(state: State, alias: Alias) -> bool:
    """Tell whether the alias's description is this rollout's mark."""
    return alias.routing.description == mark(state["execution"]["id"])


def is_marked_by_another(state: State, alias: Alias) -> bool:
    """Tell whether the alias's description is the mark of another rollout."""
    return marked_by(alias.routing.description) is not None and not is_marked(state, alias)


def has_canary(member: Member, alias: Alias) -> bool:
    """Tell whether the new version gets any calls."""
    weights = {version for version, share in alias.routing.weights.items() if share}
    return member["canary"] in {alias.routing.version, *weights}


def kept(state: State, member: M, alias: Alias) -> M:
    """Take over what others have made of the alias: its revision, and the description to give back.

    No mark is a description to give back, ours least of all.
    """
    theirs = alias.routing.description
    if marked_by(theirs) or is_marked(state, alias):
        theirs = member["description"]
    changed = {**member, "revision": alias.revision, "description": theirs}
    return cast("M", changed)  # the kind that it was


def expected(state: State, member: M, alias: Alias | None) -> M:
    """Go on with the alias as it is now. Raises AliasChanged where its routing is not ours.

    One that is at the new version from the start is to stay there, and one that is to be created
    at the end is not to be there yet.
    """
    name = f"alias {member['alias']} of {member['function']}"
    if member["part"] == "create":
        if alias is None:
            return member
        raise AliasChanged(f"{name} was created by somebody else")
    if alias is None:
        raise AliasChanged(f"{name} was deleted by somebody else")
    untouched = member["part"] == "none" or not _written(state)
    if not ((untouched and is_whole(member, alias)) or is_ours(state, member, alias)):
        raise AliasChanged(
            f"{name} was changed by somebody else: it routes {alias.routing.text} now"
        )
    return kept(state, member, alias)


def shares(state: State) -> list[float]:
    """List the shares (0 to 1) of the canary that this rollout may have set, for Step Functions.

    1 is there as a whole number too: how a state machine compares it with 1.0, nobody says.
    """
    found = [share_of(weight) for weight in (*_written(state), *_unanswered(state))]
    few = list(dict.fromkeys(found[:1] if len(found) > _MAX_SHARES else found))
    return [*few, 1] if 1.0 in few else few


def with_shares(state: State) -> State:
    """Let the state say which shares are the rollout's own, if it has any aliases."""
    return {**state, "shares": shares(state)} if "members" in state else state


def may_have_written(state: State, member: Member) -> bool:
    """Tell whether the rollout has routed the alias, or may have without having had the answer."""
    creates = member["part"] == "create" and state.get("next") == "finalize"
    return creates or any(True for _ in _own(state, member))


def _own(state: State, member: Member) -> Iterator[Routing]:
    if member["part"] != "shift" or member["canary"] is None:
        return
    for weight in (*_written(state), *_unanswered(state)):
        yield shifted(member, weight, state["execution"]["id"])
    if state.get("next") == "finalize":
        yield promoted(member)


def _written(state: State) -> list[float]:
    """Return the weight that was written last, in a list; an empty one before the first."""
    return [shift["weight"] for shift in state.get("progress", {}).get("shifts", [])[-1:]]


def _unanswered(state: State) -> list[float]:
    """List the weights of which one may have been set without our knowing.

    The execution to which the rollout had been handed over may have set any of those left.
    """
    if "progress" not in state or "settings" not in state:
        return []
    following = state.get("next")
    if following not in _SHIFTING and following != "relay":
        return []
    weights = list(weights_planned(state)[state["progress"]["step"] :])
    return weights if following == "relay" else weights[:1]


def seconds_since_failure(state: State, now: float) -> float | None:
    """Return the time since the health check that failed; None where something else failed."""
    failure, progress = state.get("failure"), state.get("progress")
    if failure is None or progress is None or failure["Error"] != "HealthCheckFailed":
        return None
    return now - progress["checked_at"]
