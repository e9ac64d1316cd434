"""GuardCall: give back what a rollout in one call has left behind that was killed.

Whoever may send to its queue, or invoke it, is believed: its events hold a rollout's state. So it
is a function of its own, which only the queue calls, and not the guard, which operators may ask.
"""

import json
import os
from typing import TYPE_CHECKING, Any

from adapters.aliases import Aliases
from adapters.topic import Topic
from clients import lambda_client, sns_client
from domain.model.state import State
from domain.recovery.guard import Standing
from domain.recovery.orphans import left
from give_back import GiveBack
from runtime import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def guard_call(
    note: State, aliases: Aliases, give_back: GiveBack, *, first: bool
) -> list[Standing]:
    """Raises RuntimeError where an alias could not be given back: the queue has it tried again.

    Only the `first` try tells of that.
    """
    found = [aliases.read(member["function"], member["alias"]) for member in note["members"]]
    standings = give_back.each(left(note, found), note, "FAILED", loud=first)
    if any(standing.stranded for standing in standings):
        raise RuntimeError("; ".join(standing.words for standing in standings))
    return standings


_ALIASES = Aliases(lambda_client())
_GIVE_BACK = GiveBack(
    os.environ["STATE_MACHINE_ARN"], _ALIASES, Topic(sns_client(), os.environ["TOPIC_ARN"])
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: "LambdaContext") -> None:  # noqa: ARG001
    """The queue hands over one message at a time."""
    [message] = event["Records"]
    note: State = json.loads(message["body"])
    logger.append_keys(execution=note["execution"]["id"])
    first = message["attributes"]["ApproximateReceiveCount"] == "1"
    standings = guard_call(note, _ALIASES, _GIVE_BACK, first=first)
    logger.info("looked", extra={"now": [standing.words for standing in standings]})
