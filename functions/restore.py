"""Restore one alias to its baseline: in a rollout that rolls back, and after one that died."""

from domain.ending.ownership import left_by_us
from domain.model.alias import AliasStatus, rolled_back
from domain.model.errors import AliasChanged
from domain.model.member import Member
from domain.model.state import State
from ports import Aliases


def restore(state: State, member: Member, aliases: Aliases) -> AliasStatus:
    """Route everything to the baseline again, if the alias is as this rollout left it."""
    function, alias = member["function"], member["alias"]
    name = f"{alias} of {function}"
    found = aliases.read(function, alias)
    if found is None:
        return AliasStatus(f"{name} does not exist")
    if left_by_us(state, member, found):
        if member["part"] == "create":
            aliases.delete(function, alias)
            return AliasStatus(f"{name}, which this rollout had created, is deleted", changed=True)
        wanted = rolled_back(member)
        changed = not found.routing.same(wanted)
        if changed:
            try:
                aliases.write(function, alias, wanted, found.revision)
            except AliasChanged as foreign:
                return AliasStatus(f"{foreign}; left as it is")
        return AliasStatus(f"{name} routes {wanted.text}", changed=changed)
    now = f"{name} routes {found.routing.text}"
    whole = member["baseline"] is not None and found.routing.same(rolled_back(member))
    if found.revision == member["revision"] or whole or member["part"] == "create":
        return AliasStatus(now)
    return AliasStatus(f"{now}, as somebody else left it")
