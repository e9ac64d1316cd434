"""SimpleDeploy's dead man's switch: whatever becomes of it, GuardCall looks after its aliases."""

import json
import os

from adapters.queue import Queue
from clients import sqs_client
from domain.model.alias import shifting
from domain.model.state import State
from domain.recovery.orphans import CALL, noted


def note(state: State) -> None:
    """Once everything is published and before anything is written. Raises where nobody took it.

    It was sent after the call began, so the call is over when the message can be read.
    """
    if shifting(state["members"]):
        _QUEUE.send(json.dumps(noted(state)), CALL)


_QUEUE = Queue(sqs_client(), os.environ["CALL_QUEUE_URL"])
