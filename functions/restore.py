"""Restore one alias to its baseline: in a rollout that rolls back, and after one that died."""

import time
from dataclasses import replace

from domain.ending.ownership import (
    has_canary,
    is_marked,
    is_ours,
    is_proven,
    is_whole,
    kept,
    may_have_written,
)
from domain.model.alias import Alias, AliasStatus, Doubtful, Routing, rolled_back
from domain.model.errors import AwsUnavailable
from domain.model.member import Member
from domain.model.state import State
from move import TRIES
from ports import Aliases
from runtime import logger

_SETTLES = 1  # second


def restore(
    state: State, member: Member, aliases: Aliases, *, doubtful: Doubtful = "take"
) -> AliasStatus:
    """Route everything to the baseline again, if the alias routes as this rollout left it.

    Whatever else others have changed of it stays. Of an alias that they route, only our mark is
    taken away. `doubtful` is for weights like ours of which nothing else says whose they are
    (ownership.is_proven).
    """
    name = f"{member['alias']} of {member['function']}"
    for attempt in range(TRIES):
        if attempt:
            time.sleep(attempt / 4)
        found = aliases.read(member["function"], member["alias"])
        if doubtful == "take" and not _shows_ours(state, member, found):
            # What Lambda shows may be seconds old, and nothing is written then that would tell.
            time.sleep(_SETTLES)
            found = aliases.read(member["function"], member["alias"])
        if found is None:
            return AliasStatus(f"{name} does not exist")
        status, wanted = _due(state, member, found, name, doubtful=doubtful)
        if wanted is None:
            return status
        if member["part"] == "create":
            aliases.delete(member["function"], member["alias"])
            return status
        try:
            written = aliases.write(member["function"], member["alias"], wanted, found.revision)
        except Exception:
            if status.changed:
                raise
            # The calls go where they go, and the guard tries this again.
            logger.exception("mark not taken off", extra={"member": member})
            return status
        if written is not None:
            return status
    raise AwsUnavailable(f"alias {name} is being written to all the time")


def _shows_ours(state: State, member: Member, found: Alias | None) -> bool:
    """Tell whether this is what the rollout may have written, if it may have written anything."""
    return not may_have_written(state, member) or (
        found is not None and is_ours(state, member, found)
    )


def _due(
    state: State, member: Member, found: Alias, name: str, *, doubtful: Doubtful
) -> tuple[AliasStatus, Routing | None]:
    """Say how the alias will stand, and what is to be written for that, if anything."""
    theirs = replace(found.routing, description=kept(state, member, found)["description"])
    tidy = theirs if is_marked(state, found) else None
    ours = is_ours(state, member, found)
    if member["part"] == "create":
        if not ours:
            return AliasStatus(f"{name} routes {found.routing.text}"), None
        gone = f"{name}, which this rollout had created, is deleted"
        return AliasStatus(gone, changed=True), found.routing
    if is_whole(member, found):
        return AliasStatus(f"{name} routes {found.routing.text}"), tidy
    sure = not found.routing.weights or is_proven(state, member, found)
    if ours and doubtful != "take" and not sure:
        doubt = f"{name} routes {found.routing.text}, as this rollout or somebody else has left it"
        return AliasStatus(f"{doubt}; it stays", stranded=doubtful == "cry"), None
    if ours:
        wanted = rolled_back(kept(state, member, found))
        return AliasStatus(f"{name} routes {wanted.text}", changed=True), wanted
    left = AliasStatus(
        f"{name} routes {found.routing.text}, as somebody else left it",
        foreign=True,
        on_canary=member["part"] == "shift" and has_canary(member, found),
    )
    return left, tidy
