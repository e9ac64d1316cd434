"""An operator's hand on a health check: read the orders, and answer those that were not obeyed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from domain.ending.message import message
from domain.model.progress import Progress
from domain.model.state import State
from domain.model.text import one_line
from domain.rollout.holding import to_be_told
from domain.rollout.orders import Refusal, obey
from domain.rollout.parameters import changed, parameters, taken_in
from domain.rollout.words import shown
from ports import Notifier, Orders
from runtime import logger
from telling import send, tell

_MAX_REASON = 300  # characters


class Steered(NamedTuple):
    """The state with all orders taken in; `unread` is why they could not be read, by "orders"."""

    state: State
    refused: Sequence[Refusal] = ()
    unread: Mapping[str, str] = MappingProxyType({})


def steered(state: State, orders: Orders) -> Steered:
    """Take in all orders since the last look, of all or of none of the parameters.

    Histories are read of those parameters only that have changed, and have had a value before.
    """
    try:
        newest = orders.newest(parameters(state))
        histories = {
            order.parameter: orders.history(order.parameter)
            for order in changed(state, newest)
            if order.version > 1
        }
    except Exception as error:
        logger.exception("orders not read")
        why = one_line(f"orders not read: {error}", _MAX_REASON)
        return Steered(state, unread={"orders": why})
    steering, fresh = taken_in(state, newest, histories)
    looked: State = {**state, "progress": Progress({**state["progress"], "steering": steering})}
    after, refused = obey(looked, fresh)
    for one in refused:
        logger.warning("order not obeyed", extra={"order": shown(one.order.text), "why": one.why})
    return Steered(after, refused)


def answer(
    before: State,
    after: State,
    refused: Sequence[Refusal],
    notifiers: Callable[[], Sequence[Notifier]],
) -> None:
    """Tell of orders that were not obeyed, and of a hold; rolling back waits for no message."""
    if after["next"] == "roll-back":
        return
    if refused:
        send(message("refused-order", after, refused), notifiers())
    if after["next"] == "bake" and to_be_told(before["progress"], after["progress"]):
        tell("hold", after, notifiers())
