"""Hooks: a team's own functions that a rollout asks before its first weight, and before promotion.

Each is asked in an execution of its own (statemachine/hook.asl.yaml), so that the rollout goes on
meanwhile as in a bake: with checks, with orders, and with a look at that execution. In callback
mode Step Functions invokes the function and waits for the answer that comes with the task token, as
CodeDeploy's hooks answer; in return mode RunHook takes the function's own return value for the
answer. Silence, and anything that is not an answer, is a failure. A hook that crashed has not
answered: it is asked again, as a check is that could not be made, and the third time is a failure.
"""

import json
from typing import Any, NamedTuple

from domain.checks.support.conditions import NotJson, decoded
from domain.checks.support.function_answer import error_of
from domain.checks.support.payload import payload_of
from domain.model.alias import creating, shifting
from domain.model.clock import iso
from domain.model.errors import Failure
from domain.model.member import Releasing
from domain.model.naming import execution_name
from domain.model.progress import Progress
from domain.model.questions import Invoked
from domain.model.state import Execution, HookCall, HookName, HookStatus, Next, State
from domain.model.text import one_line, outline

TRIES = 3
_FIRST_LOOK = 5  # seconds
_SETTLES = 5  # seconds that what Step Functions shows of an answer may be behind
_MAX_REASON = 1_000  # characters of a hook's own reason that are kept, on one line


class HookEnd(NamedTuple):
    """How the execution in which a hook is asked stands: its status, and its failure."""

    status: str
    failure: Failure


def call(state: State, name: HookName, then: Next, weight: float) -> State:
    """Ask the hook of this name next, and do `then` when it has succeeded; without one, at once."""
    hook = state["settings"]["hooks"].get(name)
    if hook is None or (asked(state, name) and not pending(state)):
        return {**state, "next": then}
    called = HookCall(
        name=name,
        function=hook["function"],
        mode=hook["mode"],
        timeout=hook["timeout"],
        payload={"hook": name, "weight": weight, **_payload(state)},
        run=_run(state["execution"], name, 1),
        tries=1,
        status="asked",
        said="",
        asked_at=0,
        checks_at=0,
    )
    return {**state, "hook": called, "next": "hook"}


def _run(rollout: Execution, name: HookName, tries: int) -> str:
    return execution_name(rollout["id"], rollout["name"], f"{name}-{tries}")


def asked(state: State, name: HookName) -> bool:
    """Tell whether this was the hook that was asked last."""
    return "hook" in state and state["hook"]["name"] == name


def pending(state: State) -> bool:
    """Tell whether a hook is asked that has not succeeded."""
    return "hook" in state and state["hook"]["status"] != "succeeded"


def unheard(state: State) -> bool:
    """Tell whether a hook is asked of which nobody knows yet how it has ended."""
    # Rolling back asks it of any format; the first had no status.
    return "hook" in state and state["hook"].get("status") == "asked"


def heard(state: State, ended: HookEnd) -> State:
    """Take in how the execution stands in which the hook is asked.

    One that is not shown yet has just been started.
    """
    if ended.status in ("RUNNING", "FORGOTTEN"):
        return state
    if ended.status == "SUCCEEDED":
        return succeeded(state)
    status, said = _said(state["hook"], ended)
    return {**state, "hook": HookCall({**state["hook"], "status": status, "said": said})}


def succeeded(state: State) -> State:
    """Go on, since the hook has said so."""
    return {**state, "hook": HookCall({**state["hook"], "status": "succeeded", "said": ""})}


def within_a_call(state: State) -> State:
    """Let it count as failed until it succeeds: no execution asks it that is to be stopped."""
    return {**state, "hook": HookCall({**state["hook"], "status": "failed"})}


def is_brief(state: State, now: int) -> bool:
    """Tell whether nothing but the hook's answer is due to be looked at."""
    return pending(state) and now < (state["hook"]["checks_at"] or now + 1)


def wait(state: State, now: int) -> State:
    """Wait on for the answer, ask again where the hook has crashed, or end where it has failed.

    The answer is looked for after as long again as the hook has been asked for, and at every health
    check, of which there is one each check interval.
    """
    every, hook = state["settings"]["check_interval"], state["hook"]
    asked_at, checks_at = hook["asked_at"] or now, hook["checks_at"]
    since, ends = now - asked_at, asked_at + hook["timeout"]
    due = now >= checks_at
    if due:
        checks_at = now + every - since % every
    waiting = HookCall({**hook, "asked_at": asked_at, "checks_at": checks_at})
    if hook["status"] == "failed" or (hook["status"] == "crashed" and hook["tries"] >= TRIES):
        return _failed(state, hook["said"])
    if hook["status"] == "crashed" and now >= ends:
        return _failed(state, f"{hook['said']}; its {hook['timeout']:,} s are over")
    if now >= ends + _SETTLES:
        before = f", having been asked again: {hook['said']}" if hook["said"] else ""
        return _failed(state, f"{_named(hook)} {_silence(hook)}{before}")
    # A hook may take an hour, which is no holding: the next check begins to count anew.
    over = ends if now < ends else ends + _SETTLES
    until = min(now + max(_FIRST_LOOK, since), checks_at, over)
    progress = Progress(
        {**state["progress"], "checked_at": 0, "hold_began": 0, "wait_until": iso(until)}
    )
    if hook["status"] == "crashed" and due:
        tries = hook["tries"] + 1
        run = _run(state["execution"], hook["name"], tries)
        again = HookCall({**waiting, "status": "asked", "tries": tries, "run": run})
        return {**state, "progress": progress, "hook": again, "next": "hook"}
    return {**state, "progress": progress, "hook": waiting, "next": "bake"}


def _failed(state: State, why: str) -> State:
    return {**state, "failure": Failure(Error="HookFailed", Cause=why), "next": "roll-back"}


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


def _said(hook: HookCall, ended: HookEnd) -> tuple[HookStatus, str]:
    """Tell what is no answer (the hook crashed, or could not be run) from what is one, and say it.

    Of a function's crash Step Functions hands on Lambda's JSON. Who answers with a token may borrow
    any error's name, and is at most asked again.
    """
    name = one_line(ended.failure["Error"], _MAX_REASON)
    cause, crashed = one_line(ended.failure["Cause"], _MAX_REASON), False
    if message := _message_in(ended.failure["Cause"]):
        cause, crashed = one_line(message, _MAX_REASON), True
    if ended.status == "ABORTED":
        return "failed", f"{_named(hook)} was not waited for: somebody stopped {hook['run']}"
    if name == "States.Timeout":
        return "failed", f"{_named(hook)} {_silence(hook)}"
    if name == "HookFailed" and crashed and hook["mode"] == "return":
        return "failed", cause  # by RunHook, which names the hook
    text = ": ".join(part for part in (name, cause) if part) or "without a word"
    if crashed:
        return "crashed", f"{_named(hook)} crashed, time {hook['tries']} of {TRIES}: {text}"
    if name.startswith(("Lambda.", "Sandbox.", "Runtime.")):
        return "crashed", f"{_named(hook)} could not be run: {text}"
    return "failed", f"{_named(hook)} failed: {text}"


def _message_in(cause: str) -> str | None:
    """Take the message out of Lambda's JSON about an exception; None where it is something else."""
    try:
        detail = json.loads(cause)
    except ValueError:
        return None
    if isinstance(detail, dict) and detail.keys() & {"errorMessage", "errorType"}:
        return str(detail.get("errorMessage") or "without a message")
    return None


def failed(state: State, failure: Failure) -> Failure | None:
    """Make a hook's failure of what kept it from being asked; None without a hook."""
    if state.get("next") != "hook" or not failure["Error"].startswith("StepFunctions."):
        return None
    why = one_line(f"{failure['Error']}: {failure['Cause']}", _MAX_REASON)
    return Failure(Error="HookFailed", Cause=f"{_named(state['hook'])} could not be asked: {why}")
