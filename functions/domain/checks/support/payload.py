"""What other people's functions get to know of a rollout: hooks and checks of a team's own."""

from typing import Any

from domain.model.member import Releasing


def payload_of(member: Releasing, execution: str) -> dict[str, Any]:
    """Describe one function of the group with its versions, by name and ARN.

    ARNs are in the partition of `execution`'s. A new alias has no old version.
    """
    _, partition, _, region, account, _ = execution.split(":", 5)
    arn = f"arn:{partition}:lambda:{region}:{account}:function:{member['function']}"
    return {
        "function-name": member["function"],
        "alias-name": member["alias"],
        "alias-arn": f"{arn}:{member['alias']}",
        "old-version": member["baseline"],
        "old-version-arn": f"{arn}:{member['baseline']}" if member["baseline"] else None,
        "new-version": member["canary"],
        "new-version-arn": f"{arn}:{member['canary']}",
    }
