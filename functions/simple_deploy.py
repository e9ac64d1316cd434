"""SimpleDeploy: a whole rollout in one synchronous call, for those that end within 15 minutes.

Runs the state machine's own tasks one after the other. What the machine's Wait, Retry and Catch do
is done here by sleeping, and by rolling back on any exception and before the time runs out.
"""

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import check_health
import finalize
import notify
import publish
import roll_back
import shift_weight
from domain import errors
from domain.clock import iso, span
from domain.plan import plan_of
from domain.state import Execution, Failure, State

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE = 60  # seconds kept for promoting or rolling back, and for telling
_OF_A_WEIGHT = 2  # seconds that its calls take, and its rounding up to whole seconds
_ATTEMPTS = 3  # to roll back

_TASKS = {
    "publish": publish.handler,
    "shift": shift_weight.handler,
    "announce": notify.handler,
    "finalize": finalize.handler,
}


def handler(event: Any, context: "LambdaContext") -> dict[str, Any]:
    """The result of the rollout. Raises the error that the state machine would fail with."""
    ends = time.time() + context.get_remaining_time_in_millis() / 1_000 - RESERVE
    arn = f"{context.invoked_function_arn}:{context.aws_request_id}"
    execution = Execution(id=arn, name=context.aws_request_id, started=iso(time.time()))
    state = State(execution=execution, input=event)
    import plan  # here, since parsing loads pydantic, which nothing before the call needs

    try:
        state = plan.handler(state, context)
        if state["next"] != "succeed":
            _require_time(state, ends)
        while state["next"] not in ("succeed", "roll-back"):
            if state["next"] == "bake":
                _sleep(state, ends)
                state = check_health.handler(state, context)
            else:
                state = _TASKS[state["next"]](state, context)
    except Exception as error:
        state = {**state, "failure": Failure(Error=type(error).__name__, Cause=str(error))}
    if "failure" in state:
        raise _undone(state, context)
    if state["result"]["status"] == "SUCCEEDED":
        notify.handler(state, context)
    return state["result"]


def _require_time(state: State, ends: float) -> None:
    plan, left = plan_of(state), int(ends - time.time())
    needed = plan.seconds + _OF_A_WEIGHT * len(plan.weights)
    if needed > left:
        raise errors.PreflightFailed(
            f"the plan takes {span(needed)}, but this function has {span(left)} for it; "
            "start it on the state machine"
        )


def _sleep(state: State, ends: float) -> None:
    until = datetime.strptime(state["progress"]["wait_until"], "%Y-%m-%dT%H:%M:%S%z").timestamp()
    if until > ends:
        raise errors.InsufficientData("the function's time ran out while the weight was held")
    time.sleep(max(0.0, until - time.time()))


def _undone(state: State, context: "LambdaContext") -> Exception:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            state = roll_back.handler(state, context)
            break
        except Exception as error:
            if attempt == _ATTEMPTS:
                cause = f"an alias may still be weighted: {error}"
                state = {**state, "failure": Failure(Error="RollbackFailed", Cause=cause)}
            time.sleep(attempt)
    failure = notify.handler(state, context)["failure"]
    kind: type[Exception] = getattr(errors, failure["Error"], errors.InternalError)
    return kind(failure["Cause"])
