"""CheckHealth: ask how the canary does, and decide what comes next."""

import time

import app
from adapters.answers import Ask, ask
from domain.model.clock import whole
from domain.model.progress import Progress
from domain.model.questions import AlarmState, Series
from domain.model.state import State
from domain.rollout.evaluate import context_of, due, evaluate, measured, questions, read_counts
from domain.rollout.orders import ORDERS, obey, unknown
from ports import CloudWatch, Orders
from runtime import hand_over_if_full, logger, metric, task
from watch import watching


def check_health(state: State, cloudwatch: CloudWatch, orders: Orders) -> State:
    """Ask the due checks' questions, and decide by the answers.

    What cannot be asked is an error verdict, not an exception: the rollout asks again.
    """
    now = whole(time.time())
    state = _steered(state, orders)
    checks, context = due(state, now), context_of(state, {}, now)
    by_kind: dict[type, Ask] = {AlarmState: cloudwatch.alarm_states, Series: cloudwatch.series}
    read = ask(questions(state, checks, context), by_kind)
    state, counts = read_counts(state, read, now)
    context = context_of(state, counts, now)  # a team's own function is told the counts
    called = ask(questions(state, checks, context), app.CALLS)
    after = evaluate(state, checks, context, read | called)
    for name, value, unit, dimensions in measured(after):
        metric(name, value, unit, **dimensions)
    return after


def _steered(state: State, orders: Orders) -> State:
    """Take in the operator's latest order; one that cannot be read now is read next time."""
    progress = state["progress"]
    try:
        order = orders.read(state["settings"]["orders"])
    except Exception:
        logger.exception("orders not read")
        return state
    steering = obey(progress["steering"], order)
    if (odd := unknown(progress["steering"], steering)) is not None:
        logger.warning("unknown order ignored", extra={"order": odd, "known": ORDERS})
    return {**state, "progress": Progress({**progress, "steering": steering})}


app.ready(app.cloudwatch, app.orders, app.watched_aliases)


def _checked(state: State) -> State:
    return check_health(state, app.cloudwatch(), app.orders())


handler = task(lambda state: hand_over_if_full(watching(state, app.watched_aliases(), _checked)))
