"""Read what the account holds for a rollout that is to begin."""

from botocore.exceptions import ClientError

import app
from domain.model.alias import Routing, marked_by
from domain.model.request import Target
from domain.planning.preflight import Facts
from ports import Aliases, Versions


def facts_of(target: Target, aliases: Aliases, versions: Versions) -> Facts:
    """Read what is there for one member of the group, and no more than exists."""
    latest = versions.facts(target.function)
    if latest is None:
        return Facts(exists=False)
    canary = versions.facts(target.function, target.version) if target.version else latest
    alias = aliases.read(target.function, target.alias)
    if alias is None:
        names = aliases.names(target.function)
        return Facts(exists=names is not None, canary=canary, others=names or ())
    return Facts(
        exists=True,
        alias=alias,
        baseline=versions.facts(target.function, alias.routing.version),
        canary=canary,
        provisioned=versions.provisioned(target.function, target.alias),
        rollout=_rollout_status(alias.routing),
    )


def _rollout_status(routing: Routing) -> str:
    """Tell how the execution stands that has weighted an alias: `RUNNING`, or how it ended.

    Empty where there is none, and where nobody knows, as of another stack's.
    """
    if not routing.weights or marked_by(routing.description) != "execution":
        return ""
    try:
        return app.executions().status(routing.description)[0]
    except ClientError:
        return ""
