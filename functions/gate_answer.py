"""GateAnswer: the answer that the gate owes once a rollout is over, or that it could not give.

The waiter calls it at the end of a rollout; EventBridge where the waiter itself has ended badly;
and Lambda with an event that the gate failed at.
"""

import json
from typing import TYPE_CHECKING, Any

import app
from gatehouse import gatekeeper, hear, reply
from last_resort import concluded, last
from runtime import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app.ready(app.executions, app.aliases, app.versions, app.stacks, app.notifiers)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> None:  # noqa: ARG001
    """Find out what is owed to whom, and pay it."""
    keeper = gatekeeper()
    match event:
        case {"requestPayload": dict(asked)}:
            reply(hear(asked), last(asked, keeper))
        case {"detail": {"input": str(given)}}:
            order = json.loads(given)
            reply(hear(order["event"]), concluded(order, keeper))
        case {"detail": {"executionArn": str(waiter)}}:  # its input was too long for an event
            found = app.executions().described(waiter)
            if found is not None:
                reply(hear(found.given["event"]), concluded(found.given, keeper))
        case {"event": dict(asked), "trouble": {"Error": "States.Timeout"}}:  # no time is left
            reply(hear(asked), concluded(event, keeper))
        case {"event": dict(asked)}:
            reply(hear(asked), keeper.conclude(event))
