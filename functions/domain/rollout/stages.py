"""The course of a rollout: what follows when a stage has passed.

Checks of weight 0, the pre-traffic hook, the weights one by one (each with its approval, where one
is wanted), the post-traffic hook, promotion.
"""

from domain.model.alias import creating, shifting
from domain.model.state import Next, State, plan_of
from domain.rollout import hooks


def after_publish(state: State) -> State:
    """Ask what can be asked of a new version, also of a new alias's, before anybody calls it."""
    if not shifting(state["members"]) and not creating(state["members"]):
        return {**state, "next": "finalize"}
    if any(check["when"] == "before" for check in state["settings"]["checks"]):
        return {**state, "next": "check"}
    return after_before(state)


def after_before(state: State) -> State:
    """Go on when the new version has passed what could be asked without traffic."""
    then: Next = "shift" if shifting(state["members"]) else "finalize"
    return hooks.call(state, "pre-traffic", then=then, weight=0.0)


def after_weight(state: State) -> State:
    """Go on when the present weight has passed its bake, its checks and its approval."""
    if not is_last(state):
        return {**state, "next": "announce" if state["settings"]["notify"] == "all" else "shift"}
    return hooks.call(state, "post-traffic", then="finalize", weight=100.0)


def is_last(state: State) -> bool:
    """Tell whether the present weight is the schedule's last."""
    return state["progress"]["step"] == len(plan_of(state).weights)
