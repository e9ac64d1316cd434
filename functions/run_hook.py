"""RunHook: ask a hook in return mode, and take what it returns for its word."""

import json

import app
from domain.model.errors import HookFailed
from domain.model.state import State
from domain.rollout.hooks import event, refusal
from ports import Hooks
from runtime import task


def run_hook(state: State, hooks: Hooks) -> State:
    """Ask the hook and wait. Raises HookFailed, with its reason, unless it says Succeeded."""
    hook = state["hook"]
    answer = hooks.answer(hook["function"], json.dumps(event(state)), hook["timeout"])
    if (reason := refusal(hook, answer)) is not None:
        raise HookFailed(reason)
    return {**state, "next": hook["then"]}


app.ready(app.hooks)
handler = task(lambda state: run_hook(state, app.hooks()))
