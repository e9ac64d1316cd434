"""Gate: the custom resource between a version and its alias, in the stacks of applications.

CloudFormation calls it and does not wait for it to return, but for the answer at the ResponseURL.
Where it cannot run, Lambda calls GateAnswer with the event.
"""

from typing import TYPE_CHECKING, Any

import app
from gatehouse import gatekeeper, hear, reply
from runtime import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app.ready(app.executions, app.aliases, app.versions, app.stacks, app.notifiers)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> None:  # noqa: ARG001
    """Answer an event, or have a rollout begun that a waiter waits for."""
    address = hear(event)
    logger.info("heard", extra={"kind": event.get("RequestType")})
    answer = gatekeeper().hear(event)
    if answer is not None:
        reply(address, answer)
