"""Move one alias to its next routing, whatever else of it somebody changes meanwhile."""

import time
from collections.abc import Callable

from domain.ending.ownership import expected, is_marked
from domain.model.alias import Alias, Routing
from domain.model.errors import AwsUnavailable
from domain.model.member import Shifting
from domain.model.state import State
from ports import Aliases

TRIES = 5  # against somebody who writes to the same alias at the same time


def move(
    state: State, member: Shifting, wanted: Callable[[Shifting], Routing], aliases: Aliases
) -> Shifting:
    """Write what is `wanted` of the member, and return the member as it left it.

    Raises AliasChanged where somebody else has changed the routing. A change of anything else is
    kept: where the alias is not at our revision any more, this goes on with the one that it has.
    """
    function, alias = member["function"], member["alias"]
    for attempt in range(TRIES):
        if attempt:
            time.sleep(attempt / 4)
        routing = wanted(member)
        revision = aliases.write(function, alias, routing, member["revision"] or "")
        if revision is not None:
            return {**member, "revision": revision}
        found = aliases.read(function, alias)
        member = expected(state, member, found)
        if found and found.routing.same(routing) and not _has_mark_left(state, found, routing):
            return member
    raise AwsUnavailable(f"alias {alias} of {function} is being written to all the time")


def _has_mark_left(state: State, found: Alias, wanted: Routing) -> bool:
    """Tell whether our mark is still there where it is not wanted any more."""
    return is_marked(state, found) and found.routing.description != wanted.description
