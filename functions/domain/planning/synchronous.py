"""What a rollout within one function call cannot do: outlast it, or wait for somebody else."""

from domain.model.clock import span
from domain.model.errors import InsufficientData, InternalError, RolloutError
from domain.model.state import State, plan_of

_OF_A_WEIGHT = 2  # seconds that its calls take, and its rounding up to whole seconds


def obstacle(state: State, left: float) -> str | None:
    """Say why this plan cannot be carried out in the `left` seconds of a call, if so."""
    settings = state["settings"]
    waits = [
        f"hooks.{name}" for name, hook in settings["hooks"].items() if hook["mode"] != "return"
    ]
    if settings["approvals"]:
        waits.append("approvals")
    if waits:
        return (
            f"{' and '.join(waits)}: this function cannot wait for an answer from outside; start "
            "it on the state machine, or use hooks with mode return"
        )
    hooks = sum(hook["timeout"] for hook in settings["hooks"].values())
    plan = plan_of(state)
    needed = plan.seconds + _OF_A_WEIGHT * len(plan.weights) + hooks
    if needed <= left:
        return None
    return (
        f"the plan takes {span(needed)}{', hooks included' if hooks else ''}, but this function "
        f"has {span(int(left))} for it; start it on the state machine"
    )


def out_of_time(state: State) -> RolloutError:
    """Say with what a call ends whose time is over, and what had taken it."""
    out = "the function's time ran out"
    if state["progress"]["hold_began"]:
        return InsufficientData(f"{out} while the weight was held")
    left = [one for one in state["progress"]["verdicts"] if one["outcome"] != "pass"]
    open_ = "; ".join(f"{one['check']}: {one['reason']}" for one in left)
    return InternalError(f"{out} before the next health check{f' ({open_})' * bool(left)}")
