"""CheckHealth: ask how the canary does, and decide what comes next."""

import time
from collections.abc import Callable, Sequence

import app
from adapters.answers import Ask, ask
from domain.model.clock import whole
from domain.model.questions import AlarmState, Series
from domain.model.state import State
from domain.rollout.evaluate import context_of, due, evaluate, measured, questions, read_counts
from handing_over import hand_over_if_full
from hook_run import NOTHING, Unread, listening
from ports import CloudWatch, Notifier, Orders
from runtime import metric, task
from steering import answer, steered
from watch import Check, watching


def check_health(
    before: State,
    cloudwatch: CloudWatch,
    orders: Orders,
    notifiers: Callable[[], Sequence[Notifier]],
    watch: Callable[[State, Check], State] = lambda state, check: check(state),
    unread: Unread = NOTHING,
) -> State:
    """Take in the orders, make the checks that are due, and tell people what they have to know.

    What cannot be asked, or was `unread` before, is an error verdict. `watch` makes the check.
    """
    steering = steered(before, orders)
    why = {**unread, **steering.unread}
    after = watch(steering.state, lambda state: _checked(state, cloudwatch, why))
    for name, value, unit, dimensions in measured(after):
        metric(name, value, unit, **dimensions)
    answer(before, after, steering.refused, notifiers)
    return after


def _checked(state: State, cloudwatch: CloudWatch, unread: Unread) -> State:
    """Ask the due checks' questions, and decide by the answers."""
    now = whole(time.time())
    checks, context = due(state, now), context_of(state, {}, now)
    by_kind: dict[type, Ask] = {AlarmState: cloudwatch.alarm_states, Series: cloudwatch.series}
    read = ask(questions(state, checks, context), by_kind)
    state, counts = read_counts(state, read, now)
    context = context_of(state, counts, now)  # a team's own function is told the counts
    called = ask(questions(state, checks, context), app.CALLS)
    return evaluate(state, checks, context, read | called, unread)


def _watched(state: State, check: Check) -> State:
    return watching(state, app.watched_aliases(), check)


def _due(state: State, unread: Unread) -> State:
    adapters = app.cloudwatch(), app.orders(), app.brief_notifiers
    return check_health(state, *adapters, _watched, unread)


app.ready(app.cloudwatch, app.orders, app.watched_aliases)
handler = task(
    lambda state: hand_over_if_full(listening(state, app.hook_runs, _due), app.histories)
)
