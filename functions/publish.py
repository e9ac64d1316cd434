"""Publish: give every function of the group its new version."""

import app
from domain.model.member import Member, Released, member_of
from domain.model.state import State
from domain.rollout.stages import after_publish
from ports import Versions
from runtime import task


def publish(state: State, versions: Versions) -> State:
    """Publish $LATEST where no version was named; publishing again gives the same version.

    Waits for the versions when all are published, so that they become active side by side; also for
    those that were named, since whoever has just published one may not have waited.
    """
    members = [_published(member, versions) for member in state["members"]]
    for member in members:
        if member["part"] != "none" and member["canary"] is not None:
            versions.wait_until_active(member["function"], member["canary"])
    return after_publish({**state, "members": members})


def _published(member: Member, versions: Versions) -> Member:
    if member["canary"] is not None:
        return member
    released: Released = member
    canary = versions.publish(member["function"], member["sha256"])
    return member_of({**released, "canary": canary}, member["baseline"])


app.ready(app.versions)
handler = task(lambda state: publish(state, app.versions()))
