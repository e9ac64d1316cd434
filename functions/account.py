"""What is there in the account for a rollout that is to begin."""

from botocore.exceptions import ClientError

from adapters.aliases import Aliases
from adapters.versions import Versions
from clients import stepfunctions_client
from domain.model.alias import Routing, marked_by
from domain.model.request import Target
from domain.planning.preflight import Facts


def facts_of(target: Target, aliases: Aliases, versions: Versions) -> Facts:
    """One member of the group. Reads no more of what does not exist."""
    latest = versions.facts(target.function)
    if latest is None:
        return Facts(exists=False)
    canary = versions.facts(target.function, target.version) if target.version else latest
    alias = aliases.read(target.function, target.alias)
    if alias is None:
        return Facts(exists=True, canary=canary)
    return Facts(
        exists=True,
        alias=alias,
        baseline=versions.facts(target.function, alias.routing.version),
        canary=canary,
        provisioned=versions.provisioned(target.function, target.alias),
        rollout=_rollout_status(alias.routing),
    )


def _rollout_status(routing: Routing) -> str:
    """How the execution stands that has weighted an alias: `RUNNING` or how it ended.

    Empty where there is none, and where nobody knows, as of another stack's.
    """
    if not routing.weights or marked_by(routing.description) != "execution":
        return ""
    from adapters.executions import Executions

    try:
        return Executions(stepfunctions_client()).status(routing.description)[0]
    except ClientError:
        return ""
