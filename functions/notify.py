"""Notify: tell everyone what happened, as far as the input wants it told."""

from collections.abc import Sequence

import app
from domain.ending.message import Kind
from domain.ending.outcome import ended_as, failure_of
from domain.model.state import State
from ports import Notifier
from runtime import metric, task
from telling import tell

_OUTCOMES: dict[Kind, str] = {"success": "Promoted", "failure": "NotPromoted"}


def notify(state: State, notifiers: Sequence[Notifier]) -> State:
    """Tell of the moment that the state has reached, and count how rollouts end."""
    kind: Kind = "success"
    if "failure" in state:
        kind, state = "failure", {**state, "failure": failure_of(state)}
    elif state.get("next") == "announce":
        kind, state = "weight", {**state, "next": "shift"}
    elif state.get("next") == "ask-approval":
        kind, state = "approval", {**state, "next": "bake"}
    if kind in _OUTCOMES and not (kind == "success" and ended_as(state["members"]) == "none"):
        metric(_OUTCOMES[kind], 1)
    tell(kind, state, notifiers)
    return state


app.ready(app.notifiers)
handler = task(lambda state: notify(state, app.notifiers()), any_format=True)
