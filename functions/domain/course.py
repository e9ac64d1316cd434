"""The course of a rollout: what follows when a stage has passed.

Checks of weight 0, the pre-traffic hook, the weights one by one (each with its approval, where one
is wanted), the post-traffic hook, promotion.
"""

from domain.alias import shifting
from domain.plan import plan_of
from domain.state import Next, State


def after_publish(state: State) -> Next:
    """Shift where there is a baseline to shift from; else only aliases to create, or nothing."""
    if not shifting(state["members"]):
        return "finalize"
    if any(check["when"] == "before" for check in state["settings"]["checks"]):
        return "check"
    return after_before()


def after_before() -> Next:
    """The new version has passed what could be asked without traffic."""
    return "shift"


def after_weight(state: State) -> Next:
    """The present weight has passed its bake, its checks and its approval."""
    if is_last(state):
        return "finalize"
    return "announce" if state["settings"]["notify"] == "all" else "shift"


def is_last(state: State) -> bool:
    return state["progress"]["step"] == len(plan_of(state).weights)
