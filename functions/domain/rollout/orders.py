"""An operator's hand on a running rollout: the orders in its SSM parameter."""

from dataclasses import dataclass

from domain.model.clock import iso
from domain.model.progress import Obeyed, Steering

ORDERS = ("pause", "resume", "approve", "promote", "roll-back")
_KEPT = 20  # orders in the result


@dataclass(frozen=True)
class Order:
    """What the parameter says, and when it was written (epoch seconds)."""

    word: str
    at: float


def obey(steering: Steering, order: Order | None) -> Steering:
    """Take an order in, once; an unknown one is remembered as ignored."""
    if order is None or order.at <= steering["read"]:
        return steering
    word = order.word.strip().lower()
    seen = Obeyed(order=word[:40], at=iso(order.at), ignored=word not in ORDERS)
    taken = Steering({**steering, "read": order.at, "obeyed": [*steering["obeyed"], seen][-_KEPT:]})
    match word:
        case "pause":
            taken["paused"], taken["promote"] = True, False
        case "resume":
            taken["paused"] = False
        case "approve":
            taken["approved_at"] = order.at
        case "promote":
            taken["promote"], taken["paused"] = True, False
        case "roll-back":
            taken["roll_back"] = True
    return taken


def unknown(before: Steering, after: Steering) -> str | None:
    """Return the order taken in between the two, if nobody knows what it means."""
    if after["read"] == before["read"] or not after["obeyed"][-1]["ignored"]:
        return None
    return after["obeyed"][-1]["order"]
