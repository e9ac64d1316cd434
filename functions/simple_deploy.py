"""SimpleDeploy: a whole rollout in one synchronous call, for those that end within 15 minutes.

Runs the machine's own tasks in turn, and rolls back on any exception and before time runs out.
"""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import call_note
import check_health
import finalize
import notify
import probe
import publish
import roll_back
import run_hook
import shift_weight
from domain.model import errors
from domain.model.clock import epoch
from domain.model.state import State
from domain.planning.synchronous import obstacle, out_of_time
from domain.recovery.orphans import call_of
from domain.rollout.hooks import within_a_call

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE = 60  # seconds kept for promoting or rolling back, and for telling
_ATTEMPTS = 3  # to roll back

_TASKS = {
    "check": check_health.handler,
    "shift": shift_weight.handler,
    "shift-and-probe": shift_weight.handler,
    "announce": notify.handler,
    "finalize": finalize.handler,
}


def handler(event: Any, context: "LambdaContext") -> dict[str, Any]:
    """Return the rollout's result. Raises the error that the state machine would fail with."""
    ends = time.time() + context.get_remaining_time_in_millis() / 1_000 - RESERVE
    call = call_of(context.invoked_function_arn, context.aws_request_id, time.time())
    state = State(execution=call, input=event)
    import plan  # here, since parsing loads pydantic, which nothing before the call needs

    try:
        state = plan.handler(state, context)
        if state["next"] == "publish":
            if reason := obstacle(state, ends - time.time()):
                raise errors.PreflightFailed(reason)
            state = publish.handler(state, context)
            call_note.note(state)
        while state["next"] not in ("succeed", "roll-back"):
            if state["next"] == "hook":
                state = within_a_call(state)
                state = run_hook.here(state, ends, context)
            elif state["next"] in ("bake", "probe"):
                until = epoch(state["progress"]["wait_until"])
                if until > ends:
                    raise out_of_time(state)
                if state["next"] == "probe":
                    with suppress(Exception):  # it is logged, and the health check tells of it
                        state = probe.handler(state, context)
                time.sleep(max(0.0, until - time.time()))
                state = check_health.handler(state, context)
            else:
                state = _TASKS[state["next"]](state, context)
    except Exception as error:
        state = {**state, "failure": errors.Failure(Error=type(error).__name__, Cause=str(error))}
    if "failure" in state:
        raise _undone(state, context)
    if state["result"]["status"] == "SUCCEEDED":
        notify.handler(state, context)
    return state["result"]


def _undone(state: State, context: "LambdaContext") -> Exception:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            state = roll_back.handler(state, context)
            break
        except Exception as error:
            if attempt < _ATTEMPTS:
                time.sleep(attempt)
                continue
            cause = f"an alias may still be weighted: {error}"
            state = {**state, "failure": errors.Failure(Error="RollbackFailed", Cause=cause)}
    failure = notify.handler(state, context)["failure"]
    kind: type[Exception] = getattr(errors, failure["Error"], errors.InternalError)
    return kind(failure["Cause"])
