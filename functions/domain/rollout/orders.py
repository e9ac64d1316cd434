"""An operator's hand on a running rollout: what each order does, and why one is refused."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.model.clock import iso
from domain.model.progress import Obeyed, Progress, Steering
from domain.model.state import State, plan_of
from domain.model.text import one_line
from domain.rollout.parameters import Order
from domain.rollout.words import ORDERS, Meaning, meaning, shown

_KEPT = 20  # orders in the result
_MAX_NAME = 80  # characters of an execution's name


class Refusal(NamedTuple):
    """An order that was not obeyed, and why; `meant` is what to write instead, if that is known."""

    order: Order
    why: str
    meant: str = ""


def obey(state: State, orders: Iterable[Order]) -> tuple[State, list[Refusal]]:
    """Take these orders in, one after the other. What was refused changes nothing."""
    refused: list[Refusal] = []
    for order in orders:
        said = meaning(order.text)
        refusal = _refusal(state, order, said)
        steering = state["progress"]["steering"]
        word = said.order if refusal is None else shown(order.text)
        seen = Obeyed(order=word, at=iso(order.at), ignored=refusal is not None)
        steering = Steering({**steering, "obeyed": [*steering["obeyed"], seen][-_KEPT:]})
        if refusal is None:
            steering = _obeyed(steering, said.order, order.at)
        else:
            refused.append(refusal)
        state = {**state, "progress": Progress({**state["progress"], "steering": steering})}
    return state, refused


def approval(state: State) -> str:
    """Return the order that approves in this rollout and in no other."""
    return f"approve {state['execution']['name']}"


def _obeyed(steering: Steering, word: str, at: float) -> Steering:
    taken = Steering({**steering})
    match word:
        case "pause":
            taken["paused"], taken["promote"], taken["insists"] = True, 0.0, False
        case "resume":
            taken["paused"] = False
        case "approve":
            taken["approved_at"] = at
        case "promote":
            taken["promote"], taken["paused"] = at, False
        case "roll-back":
            taken["roll_back"] = iso(at)
    return taken


def _refusal(state: State, order: Order, said: Meaning) -> Refusal | None:
    execution, steering = state["execution"], state["progress"]["steering"]
    if not said.order:
        return Refusal(order, f"no order is written so; known: {', '.join(ORDERS)}", said.hint)
    if said.rollout not in ("", execution["name"], execution["id"]):
        why = f"it names the rollout {one_line(said.rollout, _MAX_NAME)}, and this one is"
        harmless = said.order not in ("approve", "promote")  # which bring a version further
        return Refusal(order, f"{why} {execution['name']}", said.order if harmless else "")
    if steering["roll_back"]:
        return Refusal(order, f"roll-back was ordered at {steering['roll_back']}, which is final")
    if said.order == "resume" and not steering["paused"]:
        return Refusal(order, "there was no pause to end")
    if said.order == "approve":
        return _nothing_to_approve(state, order) or _unnamed(state, order, said)
    return None


def _unnamed(state: State, order: Order, said: Meaning) -> Refusal | None:
    why = "an approval names its rollout, so that it is good for no other"
    return None if said.rollout else Refusal(order, why, approval(state))


def _nothing_to_approve(state: State, order: Order) -> Refusal | None:
    progress, wanted = state["progress"], state["settings"]["approvals"]
    weight = plan_of(state).weights[progress["step"] - 1] if progress["step"] else 0.0
    if order.at < progress["shifted_at"]:
        return Refusal(order, f"it was written before {weight:g} % was set")
    if weight in wanted or progress["hold_began"]:
        return None
    which = " and ".join(f"{one:g} %" for one in wanted) or "none"
    return Refusal(order, f"nothing waits for approval at {weight:g} %; weights that do: {which}")
