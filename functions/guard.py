"""Guard: restore what a rollout has left behind that ended without rolling back.

Nothing runs in an execution that was stopped, timed out or died of States.Runtime. So this is told
of every execution's bad end, looks at them all from time to time besides, and can be asked.
"""

import os
import time
from typing import TYPE_CHECKING, Any

import app
from domain.model.alias import AliasStatus
from domain.model.errors import InvalidInput
from domain.recovery.guard import answer, ended_at, in_turn
from ports import Executions
from repair import Repair
from runtime import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_RESERVE = 60_000  # milliseconds before its end in which a sweep begins with no other execution


def guard(event: Any, repair: Repair, executions: Executions, context: Any) -> list[AliasStatus]:
    """Look at one execution, at one alias or at all that ended badly, as the event asks.

    Raises what kept it from looking: Lambda tries again, and at last puts the event aside.
    """
    match event:
        case {"detail-type": "Scheduled Event"}:
            return _sweep(repair, executions, context)
        case {"detail": {"executionArn": str(execution)}} | {"execution": str(execution)}:
            return repair.after(execution, ordered="execution" in event, over=ended_at(event))
        case {"function-name": str(function), "alias-name": str(alias)}:
            return repair.alias(function, alias)
    raise InvalidInput('ask with {"execution": ARN} or {"function-name": F, "alias-name": A}')


def _sweep(repair: Repair, executions: Executions, context: Any) -> list[AliasStatus]:
    """Look at every execution that is due; an error waits until all had their turn."""
    now, statuses, unseen = time.time(), list[AliasStatus](), list[Exception]()
    for ended in in_turn(lambda how: executions.ended_badly(_MACHINE, how), now):
        if context.get_remaining_time_in_millis() < _RESERVE:
            raise TimeoutError("more rollouts than one sweep can look at")
        try:
            statuses += repair.after(ended.arn, wait=False, over=ended.at)
        except Exception as error:  # which must not keep the others from their turn
            logger.exception("not looked at", extra={"execution": ended.arn})
            unseen.append(error)
    if unseen:
        raise unseen[0]
    return statuses


_MACHINE = os.environ["STATE_MACHINE_ARN"]
app.ready(app.executions, app.aliases, app.notifiers)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> Any:
    """Answer an event of Step Functions, the schedule, or an operator."""
    repair = Repair(_MACHINE, app.executions(), app.aliases(), app.notifiers())
    return answer(guard(event, repair, app.executions(), context))
