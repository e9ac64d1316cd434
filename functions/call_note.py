"""SimpleDeploy's dead man's switch: whatever becomes of it, GuardCall looks after its aliases."""

import json
import os

from adapters.queue import Queue
from clients import sqs_client
from domain.abandoned import CALL, noted
from domain.alias import shifting
from domain.state import State


def note(state: State) -> None:
    """Once everything is published and before anything is written. Raises where nobody took it.

    It was sent after the call began, so the call is over when the message can be read.
    """
    if shifting(state["members"]):
        _QUEUE.send(json.dumps(noted(state)), CALL)


_QUEUE = Queue(sqs_client(), os.environ["CALL_QUEUE_URL"])
