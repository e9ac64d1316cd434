"""GateAnswer: the answer that the gate owes once a rollout is over, or that it could not give.

The waiter calls it at the end of a rollout; EventBridge where the waiter itself has ended badly;
and Lambda with an event that the gate failed at.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import app
from domain.gate.answer import Answer, refused
from domain.gate.event import address_of, asked_of, kind_of
from gatehouse import gatekeeper, hear, reply
from gatekeeper import Gatekeeper
from runtime import logger
from undoing import patiently

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_LOOKING = 120  # seconds, for which AWS may not answer


def last(event: Any, keeper: Gatekeeper) -> Answer:
    """Answer an event that the gate failed at: nothing new is begun, what is given back is."""
    address = address_of(event)
    try:
        answer = keeper.hear(event, last=True)
    except Exception as error:
        logger.exception("not heard")
        if kind_of(event) == "Delete":
            raise
        return refused(address, f"the gate could not run: {error}")
    return answer or refused(address, "the gate could not run")


def concluded(order: Mapping[str, Any], keeper: Gatekeeper) -> Answer:
    """Say how a rollout ended, where this is not tried again: FAILED, if that cannot be seen."""
    try:
        return patiently(lambda: keeper.conclude(order), _LOOKING)
    except Exception as error:
        logger.exception("not concluded")
        asked = asked_of(order["event"], keeper.home)
        unseen = f"nobody could see how the rollout has ended: {error}"
        return refused(asked.address, unseen, asked.physical)


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
