"""RunHook: ask a hook in return mode, and take what it returns for its word."""

import json
import time
from typing import TYPE_CHECKING

import app
from domain.model.errors import HookFailed
from domain.model.state import State
from domain.rollout.hooks import event, refusal, succeeded
from ports import Hooks
from runtime import task

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run_hook(state: State, hooks: Hooks) -> State:
    """Ask the hook and wait. Raises HookFailed, with its reason, unless it says Succeeded.

    Of the state it needs the execution and the hook alone.
    """
    hook = state["hook"]
    answer = hooks.answer(hook["function"], json.dumps(event(state)), hook["timeout"])
    if (reason := refusal(hook, answer)) is not None:
        raise HookFailed(reason)
    return {**succeeded(state), "next": "check"}


app.ready(app.hooks)
handler = task(lambda state: run_hook(state, app.hooks()))


def here(state: State, ends: float, context: "LambdaContext") -> State:
    """Ask it within a rollout in one call, which looks at nothing else meanwhile.

    Raises HookFailed, also where the hook may take longer than until the call `ends`.
    """
    hook = state["hook"]
    if time.time() + hook["timeout"] > ends:
        raise HookFailed("the function's time ran out before it could be asked")
    try:
        return handler(state, context)
    except HookFailed:
        raise
    except Exception as error:
        raise HookFailed(f"the {hook['name']} hook could not be asked: {error}") from error
