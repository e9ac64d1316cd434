"""Hand a rollout over to another execution, before the history of its own is full."""

import os
from collections.abc import Callable

from domain.limits.history_budget import HAND_OVER, at_most, is_to_be_counted
from domain.model.state import State
from domain.rollout import continuation
from ports import Histories
from runtime import logger

# Scenario tests lower it, so that a short rollout is handed over often.
_HAND_OVER = int(os.environ.get("HAND_OVER_AFTER_EVENTS", HAND_OVER))


def hand_over_if_full(
    state: State, histories: Callable[[], Histories], hand_over: int = _HAND_OVER
) -> State:
    """Hand it over after a health check, when it is time.

    What a check writes is estimated, since asking would be one call a check; now and then the
    history is asked, which has retries too. So is the first execution's, which waits for all.
    """
    before, counted = state["progress"]["events"], continuation.counted(state, hand_over)
    events = counted["progress"]["events"]
    if is_to_be_counted(before, events, hand_over) and events < hand_over:
        found = _length(continuation.present(state), histories)
        events = at_most(events, hand_over) if found is None else max(found, events)
        counted = continuation.with_events(counted, events)
    first = 0
    if continuation.is_full(counted, hand_over) and counted["progress"]["leg"]:
        first = _length(state["execution"]["id"], histories) or 0
    return continuation.hand_over_if_full(counted, hand_over, first)


def _length(execution: str, histories: Callable[[], Histories]) -> int | None:
    try:
        return histories().length(execution)
    except Exception:
        logger.exception("history not read")
        return None
