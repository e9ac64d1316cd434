"""Tell people and machines, through every channel that the stack has."""

from collections.abc import Sequence

from domain.ending.message import Kind, Message, message
from domain.model.state import State
from ports import Notifier
from runtime import logger, metric


def tell(kind: Kind, state: State, notifiers: Sequence[Notifier]) -> None:
    """Send the message of this moment, as far as the input wants it told."""
    send(message(kind, state), notifiers)


def send(written: Message | None, notifiers: Sequence[Notifier]) -> None:
    """Send it through every channel.

    One that cannot be delivered is counted and logged, and holds up nothing.
    """
    if written is None:
        return
    for notifier in notifiers:
        try:
            notifier.send(written)
        except Exception:
            logger.exception("message not delivered", extra={"subject": written.subject})
            metric("MessageNotDelivered", 1)
