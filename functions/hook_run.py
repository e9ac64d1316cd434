"""The execution of its own in which a hook is asked: how it stands, and its end."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from domain.model.clock import whole
from domain.model.state import State
from domain.model.text import one_line
from domain.rollout.hooks import heard, is_brief, unheard, wait
from ports import HookRuns
from runtime import logger

_MAX_REASON = 300  # characters


Unread = Mapping[str, str]
"""Why a thing could not be read, by its name."""
NOTHING: Unread = MappingProxyType({})


def listening(
    state: State, runs: Callable[[], HookRuns], check: Callable[[State, Unread], State]
) -> State:
    """Take in the answer of a hook that is asked, and make the `check`, if that is due.

    Between two health checks the hook's answer is all that is looked for.
    """
    unread: Unread = {}
    if unheard(state):
        try:
            state = heard(state, runs().ended(state["hook"]["run"]))
        except Exception as error:
            logger.exception("hook's answer not read")
            unread = {"hook": one_line(f"the hook's answer not read: {error}", _MAX_REASON)}
    if is_brief(state, now := whole(time.time())):
        return wait(state, now)
    return check(state, unread)


def let_go(state: State, runs: Callable[[], HookRuns], why: str) -> None:
    """Wait for the hook no longer: whatever it answers now is refused by Step Functions.

    Where this fails, its answer is taken, and nobody reads it.
    """
    if not unheard(state):
        return
    try:
        runs().stop(state["hook"]["run"], why)
    except Exception:
        logger.exception("hook not let go")
