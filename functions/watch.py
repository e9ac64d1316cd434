"""Look at every alias at a health check: somebody else may have routed it meanwhile."""

import time
from collections.abc import Callable
from contextlib import suppress

from domain.ending.ownership import expected
from domain.model.errors import AliasChanged, Failure
from domain.model.member import Member
from domain.model.state import State
from ports import Aliases
from runtime import logger

_LOOKS = 3  # before a routing counts as somebody else's: what Lambda shows may be seconds old
_BETWEEN = 2  # seconds


def watching(state: State, aliases: Aliases, check: Callable[[State], State]) -> State:
    """Make the `check`, and end the rollout with AliasChanged where an alias is routed otherwise.

    A check that fails goes first: that is the news about the version. Whatever else others have
    changed of an alias, the state takes over. Aliases that cannot be read now are read next time:
    every write still says at which revision it is meant.
    """
    members, foreign = list[Member](), list[str]()
    try:
        for member in state["members"]:
            try:
                members.append(_seen(state, member, aliases))
            except AliasChanged as changed:
                members.append(member)
                foreign.append(str(changed))
    except Exception:
        logger.exception("aliases not read")
        members += state["members"][len(members) :]
    after = check({**state, "members": members})
    if not foreign or after.get("next") == "roll-back":
        return after
    return {
        **after,
        "failure": Failure(Error="AliasChanged", Cause="; ".join(foreign)),
        "next": "roll-back",
    }


def _seen(state: State, member: Member, aliases: Aliases) -> Member:
    for _ in range(_LOOKS - 1):
        with suppress(AliasChanged):
            return _look(state, member, aliases)
        time.sleep(_BETWEEN)
    return _look(state, member, aliases)


def _look(state: State, member: Member, aliases: Aliases) -> Member:
    return expected(state, member, aliases.read(member["function"], member["alias"]))
