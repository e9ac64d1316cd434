"""Which way the workflow goes: each bake is waited for, or, where the input has a probe, probed."""

from typing import Any

from domain.state import Failure, HookCall, Next, Relay, Settings, State

RUNS = 840  # seconds that one probe lasts at most, so that its function outlives its last call
UNPROBED = Failure(Error="NotProbed", Cause="there was no probe since the last health check")

_PROBING: dict[Next, Next] = {"bake": "probe", "shift": "shift-and-probe"}


def probe_of(settings: Settings) -> dict[str, Any] | None:
    """The rollout's probe, of which there is one at most."""
    return next((check for check in settings["checks"] if check["type"] == "probe"), None)


def routed(state: State) -> State:
    """What a task answers, with `next` naming the way that Decide is to take."""
    if "settings" not in state or probe_of(state["settings"]) is None:
        return state
    after: State = {**state}
    if "next" in state:
        after["next"] = _probing(state["next"])
    if "hook" in state:
        after["hook"] = HookCall({**state["hook"], "then": _probing(state["hook"]["then"])})
    if "relay" in state:
        after["relay"] = Relay({**state["relay"], "then": _probing(state["relay"]["then"])})
    return after


def _probing(word: Next) -> Next:
    return _PROBING.get(word, word)
