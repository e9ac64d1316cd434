"""CheckHealth: ask how the canary does, and decide what comes next."""

import time

from adapters.cloudwatch import CloudWatch
from domain.clock import whole
from domain.errors import AwsUnavailable
from domain.evidence import Counts, Evidence, count, label
from domain.health import alarms_of, conclude
from domain.state import Member, State
from runtime import cloudwatch_client, task


def check_health(state: State, cloudwatch: CloudWatch) -> State:
    """What cannot be asked is an error verdict, not an exception: the rollout asks again."""
    now = whole(time.time())
    checks, progress = state["settings"]["checks"], state["progress"]
    members, counts, alarms = state["members"], dict[str, Counts](), dict[str, str]()
    counts_unavailable = alarms_unavailable = None
    if checks:
        try:
            members, counts = _counted(members, cloudwatch, now)
        except AwsUnavailable as reason:
            counts_unavailable = str(reason)
        try:
            alarms = cloudwatch.alarms(alarms_of(checks))
        except AwsUnavailable as reason:
            alarms_unavailable = str(reason)
    evidence = Evidence(
        counts=counts,
        counts_unavailable=counts_unavailable,
        alarms=alarms,
        alarms_unavailable=alarms_unavailable,
        ignored_alarms=frozenset(progress["ignored_alarms"]),
        min_invocations=state["settings"]["min_invocations"],
    )
    return conclude({**state, "members": members}, evidence, now)


def _counted(
    members: list[Member], cloudwatch: CloudWatch, now: int
) -> tuple[list[Member], dict[str, Counts]]:
    """The members with their tallies brought forward, and each canary's counts so far."""
    shifting = [member for member in members if member["part"] == "shift"]
    found = cloudwatch.canaries(shifting, now)
    tallied = {
        name: count(member["tally"], found[name], now, member["timeout"])
        for member in shifting
        for name in [label(member)]
    }
    after: list[Member] = [
        {**member, "tally": tallied[label(member)][0]} if label(member) in tallied else member
        for member in members
    ]
    return after, {name: counts for name, (_, counts) in tallied.items()}


_CLOUDWATCH = CloudWatch(cloudwatch_client())
handler = task(lambda state: check_health(state, _CLOUDWATCH))
