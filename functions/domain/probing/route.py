"""Which way the workflow goes: each bake is waited for, or, where the input has a probe, probed."""

from domain.model.state import Continuation, Next, State, probe_of

_PROBING: dict[Next, Next] = {"bake": "probe", "shift": "shift-and-probe"}


def routed(state: State) -> State:
    """Name in `next` the way that Decide is to take.

    What is waited for before the first weight is no bake.
    """
    if "settings" not in state or probe_of(state["settings"]["checks"]) is None:
        return state
    after: State = {**state}
    unshifted = "progress" in state and not state["progress"]["step"]
    if "next" in state and not (unshifted and state["next"] == "bake"):
        after["next"] = _probing(state["next"])
    if "relay" in state:
        after["relay"] = Continuation({**state["relay"], "then": _probing(state["relay"]["then"])})
    return after


def _probing(word: Next) -> Next:
    return _PROBING.get(word, word)
