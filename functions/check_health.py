"""CheckHealth: ask how the canary does, and decide what comes next."""

import time

from adapters.answers import ask
from adapters.cloudwatch import CloudWatch
from adapters.orders import Orders
from domain.alias import shifting
from domain.clock import whole
from domain.errors import AwsUnavailable
from domain.evidence import Counts, count, label
from domain.health import conclude, due, questions, scene_of
from domain.questions import AlarmState, CouldNotAsk, Series
from domain.state import Member, Progress, State
from domain.steering import obey
from runtime import cloudwatch_client, logger, ssm_client, task


def check_health(state: State, cloudwatch: CloudWatch, orders: Orders) -> State:
    """What cannot be asked is an error verdict, not an exception: the rollout asks again."""
    now = whole(time.time())
    state = _steered(state, orders)
    checks = due(state, now)
    counted: dict[str, Counts] | CouldNotAsk = {}
    if checks and state["progress"]["step"]:
        try:
            state, counted = _counted(state, cloudwatch, now)
        except AwsUnavailable as reason:
            counted = CouldNotAsk(str(reason))
    scene = scene_of(state, counted, now)
    answers = ask(
        questions(checks, scene),
        {AlarmState: cloudwatch.alarm_states, Series: cloudwatch.series},
    )
    return conclude(state, checks, scene, answers)


def _steered(state: State, orders: Orders) -> State:
    """The operator's latest order taken in; one that cannot be read now is read next time."""
    progress = state["progress"]
    try:
        order = orders.read(state["settings"]["orders"])
    except Exception:
        logger.exception("orders not read")
        return state
    steering = obey(progress["steering"], order)
    return {**state, "progress": Progress({**progress, "steering": steering})}


def _counted(state: State, cloudwatch: CloudWatch, now: int) -> tuple[State, dict[str, Counts]]:
    """The members' tallies brought forward, and each canary's counts so far."""
    found = cloudwatch.canaries(shifting(state["members"]), now)
    counts: dict[str, Counts] = {}

    def tallied(member: Member) -> Member:
        name = label(member)
        if name not in found:
            return member
        tally, counts[name] = count(member["tally"], found[name], now, member["timeout"])
        return {**member, "tally": tally}

    members = [tallied(member) for member in state["members"]]
    return {**state, "members": members}, counts


_CLOUDWATCH, _ORDERS = CloudWatch(cloudwatch_client()), Orders(ssm_client())
handler = task(lambda state: check_health(state, _CLOUDWATCH, _ORDERS))
