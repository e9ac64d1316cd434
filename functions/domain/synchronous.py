"""What a rollout within one function call cannot do: outlast it, or wait for somebody else."""

from domain.clock import span
from domain.plan import plan_of
from domain.state import State


def obstacle(state: State, left: float) -> str | None:
    """Why this plan cannot be carried out in the `left` seconds of a call, if so."""
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
    needed = plan_of(state).seconds + hooks
    if needed <= left:
        return None
    return (
        f"the plan takes {span(needed)}{', hooks included' if hooks else ''}, but this function "
        f"can bake for {span(left)} at most; start it on the state machine"
    )
