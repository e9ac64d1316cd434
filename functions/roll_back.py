"""RollBack: give every alias of the group back to its baseline, and say what went wrong."""

from adapters.aliases import Aliases
from domain.alias import rolled_back
from domain.errors import AliasChanged
from domain.guard import Standing
from domain.outcome import cause, failure_of
from domain.rollback import left_by_us
from domain.state import Failure, Member, State
from runtime import lambda_client, logger, task


def roll_back(state: State, aliases: Aliases) -> State:
    """Touches only what this rollout left behind; every alias is tried, whatever the others do.

    Raises what the last failing write raised, so that the state machine tries again.
    """
    standings: list[str] = []
    failed: Exception | None = None
    for member in state.get("members", []):
        try:
            standings.append(restore(state, member, aliases).words)
        except Exception as error:
            logger.exception("not rolled back", extra={"member": member})
            failed = error
    if failed is not None:
        raise failed
    failure = failure_of(state)
    words = cause(failure["Cause"], state, standings)
    return {**state, "failure": Failure(Error=failure["Error"], Cause=words)}


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


_ALIASES = Aliases(lambda_client())
handler = task(lambda state: roll_back(state, _ALIASES))
