"""EndRollouts: the custom resource by which no state machine goes before its rollouts have ended.

CloudFormation deletes it before anything else of this stack, and a replaced machine's after the
update. Only its SUCCESS lets the deletion go on.
"""

import os
import time
from typing import TYPE_CHECKING, Any

import app
from domain.gate.answer import Answer, refused
from domain.gate.event import kind_of
from domain.recovery.farewell import LONGEST, machines_of, refusal
from farewell import Farewell
from gatehouse import hear, reply
from repair import Repair
from runtime import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Seconds before the function's end in which no look begins: one waits for a write in flight.
_RESERVE = 240
_BEGAN = "Began"  # of an event that the function sends to itself

app.ready(app.executions, app.aliases, app.notifiers, app.call_queue)


def _nobody() -> int:
    return 0


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> None:
    """Answer at once, but for a deletion: that when all is given back, or cannot be."""
    address, machines = hear(event), machines_of(event)
    if kind_of(event) != "Delete":
        reply(address, Answer("SUCCESS", "nothing is to be ended", machines.deploy))
        return
    now = time.time()
    began = float(event.get(_BEGAN, now))
    of_this_stack = machines.deploy == os.environ["STATE_MACHINE_ARN"]
    farewell = Farewell(
        machines,
        app.executions(),
        Repair(machines.deploy, app.executions(), app.aliases(), app.notifiers()),
        app.call_queue().waiting if of_this_stack else _nobody,
    )
    ends = now + context.get_remaining_time_in_millis() / 1_000 - _RESERVE
    left = farewell.until_quiet(began, ends)
    if left.busy and not left.stranded and time.time() < began + LONGEST:
        app.itself().call({**event, _BEGAN: began})
    elif left:
        reply(address, refused(address, refusal(left)))
    else:
        reply(address, Answer("SUCCESS", "every rollout has ended", address.physical or "none"))
