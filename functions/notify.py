"""Notify: tell the topic what happened, as far as the input wants it told."""

import os

from adapters.topic import Topic
from clients import sns_client
from domain.ending.message import Kind, message
from domain.ending.outcome import failure_of
from domain.model.state import State
from runtime import logger, metric, task

_OUTCOMES: dict[Kind, str] = {"success": "Promoted", "failure": "NotPromoted"}


def notify(state: State, topic: Topic) -> State:
    kind: Kind = "success"
    if "failure" in state:
        kind, state = "failure", {**state, "failure": failure_of(state)}
    elif state.get("next") == "announce":
        kind, state = "weight", {**state, "next": "shift"}
    elif state.get("next") == "ask-approval":
        kind, state = "approval", {**state, "next": "bake"}
    if kind in _OUTCOMES:
        metric(_OUTCOMES[kind], 1)
    tell(kind, state, topic)
    return state


def tell(kind: Kind, state: State, topic: Topic) -> None:
    """A message that cannot be delivered is counted and logged, and holds up nothing."""
    written = message(kind, state)
    if written is None:
        return
    try:
        topic.publish(written)
    except Exception:
        logger.exception("message not delivered", extra={"subject": written.subject})
        metric("MessageNotDelivered", 1)


_TOPIC = Topic(sns_client(), os.environ["TOPIC_ARN"])
handler = task(lambda state: notify(state, _TOPIC), any_format=True)
