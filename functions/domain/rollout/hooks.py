"""Hooks: a team's own functions that a rollout asks before its first weight, and before promotion.

In callback mode Step Functions itself invokes the function and waits for the answer that comes with
the task token, as CodeDeploy's hooks answer; in return mode RunHook takes the function's own return
value for the answer. Silence, and anything that is not an answer, is a failure.
"""

from typing import Any

from domain.checks.support.conditions import NotJson, decoded
from domain.checks.support.function_answer import error_of
from domain.checks.support.payload import payload_of
from domain.model.alias import creating, shifting
from domain.model.errors import Failure
from domain.model.member import Releasing
from domain.model.progress import Progress
from domain.model.questions import Invoked
from domain.model.state import HookCall, HookName, Next, State
from domain.model.text import one_line, outline

_CALLING = frozenset({"hook", "run-hook"})
_MAX_REASON = 1_000  # characters of a hook's own reason that are kept, on one line


def call(state: State, name: HookName, then: Next, weight: float) -> State:
    """Ask the hook of this name next, and do `then` when it succeeds; without one, at once."""
    hook = state["settings"]["hooks"].get(name)
    if hook is None:
        return {**state, "next": then}
    called = HookCall(
        name=name,
        function=hook["function"],
        timeout=hook["timeout"],
        then=then,
        payload={"hook": name, "weight": weight, **_payload(state)},
    )
    # A hook may take an hour, which is no holding: the next check begins to count anew.
    progress = Progress({**state["progress"], "checked_at": 0})
    following: Next = "hook" if hook["mode"] == "callback" else "run-hook"
    return {**state, "progress": progress, "hook": called, "next": following}


def asked(state: State, name: HookName) -> bool:
    """Tell whether this was the hook that was asked last."""
    return "hook" in state and state["hook"]["name"] == name


def _payload(state: State) -> dict[str, Any]:
    """Tell a hook of its one function, or of the first of the group, and of them all."""
    execution = state["execution"]["id"]
    members: list[Releasing] = [*shifting(state["members"]), *creating(state["members"])]
    first, *_ = functions = [payload_of(one, execution) for one in members]
    return {**first, "functions": functions}


def event(state: State) -> dict[str, Any]:
    """Return what a hook in return mode is invoked with: no token, as its return value answers."""
    return {"DeploymentId": state["execution"]["id"], **state["hook"]["payload"]}


def refusal(hook: HookCall, answer: Invoked | None) -> str | None:
    """Say why what a hook returned is no success; None where it is one."""
    if answer is None:
        return f"{_named(hook)} {_silence(hook)}"
    if answer.error:
        return f"{_named(hook)} failed: {error_of(answer)}"
    try:
        content = decoded(answer.body)
    except NotJson as flaw:
        return f"{_named(hook)} answered what is {flaw}"
    match content:
        case {"status": "Succeeded"}:
            return None
        case {"status": "Failed", **more}:
            reason = str(more.get("reason") or "it gave no reason")
            return f"{_named(hook)} failed: {one_line(reason, _MAX_REASON)}"
    return (
        f"{_named(hook)} answered {outline(content)}; "
        'allowed: {"status": "Succeeded" or "Failed", "reason": a text}'
    )


def _named(hook: HookCall) -> str:
    return f"the {hook['name']} hook {hook['function']}"


def _silence(hook: HookCall) -> str:
    return f"did not answer within {hook['timeout']:,} s"


def failed(state: State, failure: Failure) -> Failure | None:
    """Make a hook's failure of whatever went wrong while it was asked; None without a hook."""
    if state.get("next") not in _CALLING or failure["Error"] == "HookFailed":
        return None
    hook, name = state["hook"], one_line(failure["Error"], _MAX_REASON)
    cause = one_line(failure["Cause"], _MAX_REASON)
    if name == "States.Timeout":
        said = _silence(hook)
    elif name.startswith("Lambda."):
        said = f"could not be run: {name}: {cause}"
    else:
        said = "failed: " + (": ".join(part for part in (name, cause) if part) or "without a word")
    return Failure(Error="HookFailed", Cause=f"{_named(hook)} {said}")
