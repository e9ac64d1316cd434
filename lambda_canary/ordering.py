"""Gives an order to a rollout, and waits until it is obeyed."""

from collections import Counter
from collections.abc import Callable

from domain.model.state import State
from domain.rollout.orders import obey
from domain.rollout.parameters import Order, parameters
from domain.rollout.words import command, shown
from domain.view.look import Look
from domain.view.phase import is_read
from domain.view.view import view_of
from domain.view.words import Clock
from lambda_canary.account import Account
from lambda_canary.following import Follower
from lambda_canary.trouble import Trouble


class NotObeyed(Trouble):
    """The rollout took no notice of the order, or did not want it."""

    code = 1


def planned(follower: Follower, arn: str, clock: Clock) -> Look:
    """Look until the rollout is planned: only then it is known where its orders go."""
    for look in follower.looks(arn):
        if look.status != "RUNNING":
            over = view_of(look, clock).headline
            raise NotObeyed(f"{look.name} is over: {over}", f"lambda-canary report {look.name}")
        if look.state is not None and "progress" in look.state:
            return look
    raise AssertionError("a rollout is planned, or over")


def given(account: Account, look: Look, word: str) -> str:
    """Write the order, which names its rollout, unless it would be refused. Returns its text."""
    state, text = _state(look), f"{word} {look.name}"
    if not is_read(state):
        cause = f"{look.name} runs by another release of lambda-canary than this command's"
        raise NotObeyed(cause, command(parameters(state)[0], text))
    at = max(account.now(), state["progress"]["shifted_at"], state["progress"]["hold_began"])
    _, refused = obey(state, [Order(text, at)])
    if refused:
        raise NotObeyed(
            f"{word} is not given: {refused[0].why}", f"lambda-canary watch {look.name}"
        )
    account.client("ssm").put_parameter(
        Name=parameters(state)[0], Value=text, Type="String", Overwrite=True
    )
    return text


def until_read(
    follower: Follower, look: Look, word: str, text: str, show: Callable[[Look], None]
) -> tuple[Look, bool]:
    """Look until the order is obeyed (True), or the rollout is over without having read it.

    Raises NotObeyed where it was read and refused.
    """
    before = _orders(look)
    while look.status == "RUNNING":
        look = follower.next(look)
        show(look)
        fresh = {(order, ignored) for order, _, ignored in _orders(look) - before}
        if (shown(text), True) in fresh:  # whatever else was read with it
            cause = f"{text} was not obeyed, and the topic was told why"
            raise NotObeyed(cause, f"lambda-canary watch {look.name}")
        if (word, False) in fresh:
            return look, True
    return look, False


def _orders(look: Look) -> Counter[tuple[str, str, bool]]:
    """Count what was taken in so far; of the oldest nothing may be known any more."""
    state = look.state
    known = state is not None and "progress" in state
    taken = state["progress"]["steering"]["obeyed"] if state and known else look.orders
    return Counter((one["order"], one["at"], one["ignored"]) for one in taken)


def _state(look: Look) -> State:
    assert look.state is not None
    return look.state
