"""GuardCall: restore what a rollout in one call has left behind that was killed.

Whoever may send to its queue, or invoke it, is believed: its events hold a rollout's state. So it
is a function of its own, which only the queue calls, and not the guard, which operators may ask.
"""

import json
import os
from typing import TYPE_CHECKING, Any

import app
from domain.model.alias import AliasStatus
from domain.model.state import State
from domain.recovery.orphans import left
from ports import Aliases
from restorer import Restorer
from runtime import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def guard_call(
    note: State, aliases: Aliases, restorer: Restorer, *, first: bool
) -> list[AliasStatus]:
    """Restore the aliases that the note names, as far as the call has left them behind.

    Raises RuntimeError where one could not be restored: the queue has it tried again.

    Only the `first` try tells of that.
    """
    found = [aliases.read(member["function"], member["alias"]) for member in note["members"]]
    statuses = restorer.restore(left(note, found), note, "FAILED", report=first, doubtful="cry")
    if any(status.stranded for status in statuses):
        raise RuntimeError("; ".join(status.text for status in statuses))
    return statuses


_MACHINE = os.environ["STATE_MACHINE_ARN"]
app.ready(app.aliases, app.notifiers)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> None:  # noqa: ARG001
    """Read the note in the one message that the queue hands over at a time."""
    [message] = event["Records"]
    note: State = json.loads(message["body"])
    logger.append_keys(execution=note["execution"]["id"])
    restorer = Restorer(_MACHINE, app.aliases(), app.notifiers())
    first = message["attributes"]["ApproximateReceiveCount"] == "1"
    statuses = guard_call(note, app.aliases(), restorer, first=first)
    logger.info("looked", extra={"now": [status.text for status in statuses]})
