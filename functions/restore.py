"""Giving one alias back to its baseline: in a rollout that rolls back, and after one that died."""

from adapters.aliases import Aliases
from domain.ending.ownership import left_by_us
from domain.model.alias import rolled_back
from domain.model.errors import AliasChanged
from domain.model.state import Member, State
from domain.recovery.guard import Standing


def restore(state: State, member: Member, aliases: Aliases) -> Standing:
    """Give one alias back, if it is ours to give; says how it stands now."""
    function, alias = member["function"], member["alias"]
    name = f"{alias} of {function}"
    found = aliases.read(function, alias)
    if found is None:
        return Standing(f"{name} does not exist")
    if left_by_us(state, member, found):
        if member["part"] == "create":
            aliases.delete(function, alias)
            return Standing(f"{name}, which this rollout had created, is deleted", changed=True)
        wanted = rolled_back(member)
        changed = not found.routing.same(wanted)
        if changed:
            try:
                aliases.write(function, alias, wanted, found.revision)
            except AliasChanged as foreign:
                return Standing(f"{foreign}; left as it is")
        return Standing(f"{name} routes {wanted.words}", changed=changed)
    standing = f"{name} routes {found.routing.words}"
    whole = member["baseline"] is not None and found.routing.same(rolled_back(member))
    if found.revision == member["revision"] or whole or member["part"] == "create":
        return Standing(standing)
    return Standing(f"{standing}, as somebody else left it")
