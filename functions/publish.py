"""Publish: give every function of the group its new version."""

from adapters.versions import Versions
from clients import lambda_client
from domain.model.state import Member, State
from domain.planning.plan import action_of
from domain.rollout.stages import after_publish
from runtime import task


def publish(state: State, versions: Versions) -> State:
    """Publishes $LATEST where no version was named; publishing again gives the same version.

    Waits for the versions when all are published, so that they become active side by side.
    """
    members = [_published(member, versions) for member in state["members"]]
    for before, after in zip(state["members"], members, strict=True):
        if before["canary"] is None and after["canary"] is not None:
            versions.wait_until_active(after["function"], after["canary"])
    return after_publish({**state, "members": members})


def _published(member: Member, versions: Versions) -> Member:
    if member["canary"] is not None:
        return member
    canary = versions.publish(member["function"], member["sha256"])
    return {**member, "canary": canary, "part": action_of(member["baseline"], canary)}


_VERSIONS = Versions(lambda_client())
handler = task(lambda state: publish(state, _VERSIONS))
