"""SimpleDeploy's dead man's switch: whatever becomes of it, GuardCall looks after its aliases."""

import json

import app
from domain.model.alias import shifting
from domain.model.state import State
from domain.recovery.orphans import CALL, noted


def note(state: State) -> None:
    """Send the note, once everything is published and before anything is written.

    Raises where nobody took it.

    It was sent after the call began, so the call is over when the message can be read.
    """
    if shifting(state["members"]):
        app.call_queue().send(json.dumps(noted(state)), CALL)


app.ready(app.call_queue)
