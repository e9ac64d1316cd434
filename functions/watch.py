"""Look at every alias at a health check: somebody else may have routed it meanwhile."""

import time
from collections.abc import Callable

from domain.ending.ownership import expected
from domain.model.errors import AliasChanged, Failure
from domain.model.member import Member
from domain.model.state import State
from ports import Aliases
from runtime import logger

Check = Callable[[State], State]

_LOOKS = 3  # before a routing counts as somebody else's: what Lambda shows may be seconds old
_BETWEEN = 2  # seconds


def watching(state: State, aliases: Aliases, check: Check) -> State:
    """Make the `check`, and end the rollout with AliasChanged where an alias is routed otherwise.

    A check that fails goes first: that is the news about the version. Whatever else others have
    changed of an alias, the state takes over. Aliases that cannot be read now are read next time:
    every write still says at which revision it is meant.
    """
    members = list(state["members"])
    foreign = _looked(state, members, aliases)
    after = check({**state, "members": members})
    if not foreign or after.get("next") == "roll-back":
        return after
    return {
        **after,
        "failure": Failure(Error="AliasChanged", Cause="; ".join(foreign)),
        "next": "roll-back",
    }


def _looked(state: State, members: list[Member], aliases: Aliases) -> list[str]:
    """Bring the members up to date, and say of each that is routed otherwise how.

    All of them are looked at before any is again, so that a large group waits no longer.
    """
    foreign = dict.fromkeys(range(len(members)), "")
    try:
        for look in range(_LOOKS):
            if look and foreign:
                time.sleep(_BETWEEN)
            for at in list(foreign):
                member = members[at]
                found = aliases.read(member["function"], member["alias"])
                try:
                    members[at] = expected(state, member, found)
                    del foreign[at]
                except AliasChanged as changed:
                    foreign[at] = str(changed)
    except Exception:
        logger.exception("aliases not read")
        return []
    return list(foreign.values())
