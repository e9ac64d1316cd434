"""The SSM parameters that hold a rollout's orders, and which of what they hold is new.

Each alias of the group has one. A parameter has one value, and a history of up to a hundred: so
whoever looks once a minute sees every order, in the order in which they were written.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.model.progress import Seen, Steering
from domain.model.state import State


class Order(NamedTuple):
    """What a parameter says or has said, and when that was written (epoch seconds).

    SSM counts a parameter's versions from 1, and anew for one that was deleted and made again.
    """

    text: str
    at: float
    version: int = 1
    parameter: str = ""


def parameters(state: State) -> list[str]:
    """Return the parameters' names, one for each member of the group, in its order."""
    prefix = state["settings"]["orders"]
    return [f"{prefix}/{one['function']}/{one['alias']}" for one in state["members"]]


def changed(state: State, newest: Mapping[str, Order]) -> list[Order]:
    """Return of the parameters' present values those that were not there at the last look."""
    return [
        newest[name]
        for name, seen in _seen(state).items()
        if name in newest and _is_new(newest[name], seen)
    ]


def taken_in(
    state: State, newest: Mapping[str, Order], histories: Mapping[str, Iterable[Order]]
) -> tuple[Steering, list[Order]]:
    """Return what has now been seen, and all orders since the last look, oldest first.

    `histories` are of those parameters that have changed; of others the newest order is enough.
    """
    fresh: list[Order] = []
    after: list[Seen] = []
    for name, seen in _seen(state).items():
        held = _held(newest.get(name), histories.get(name, ()))
        fresh += [order for order in held if _is_new(order, seen)]
        # Not only of what is new: the version is to be known before the first order comes.
        after.append((held[-1].version, max(held[-1].at, seen[1])) if held else seen)
    steering = Steering({**state["progress"]["steering"], "seen": after})
    return steering, sorted(fresh, key=lambda order: order.at)


def _held(newest: Order | None, history: Iterable[Order]) -> list[Order]:
    """Return all that is known of a parameter, oldest first."""
    held = list(history)
    if newest is not None and newest.version not in {order.version for order in held}:
        held.append(newest)
    return sorted(held, key=lambda order: (order.at, order.version))


def _is_new(order: Order, seen: Seen) -> bool:
    """Compare by time, and by version too: two orders may be written in the same millisecond."""
    version, at = seen
    return order.at > at or 0 < version < order.version


def _seen(state: State) -> dict[str, Seen]:
    """Return what was seen of each parameter; before the first look all up to the start."""
    steering, names = state["progress"]["steering"], parameters(state)
    seen = steering["seen"] or [(0, steering["since"])] * len(names)
    return dict(zip(names, seen, strict=True))
