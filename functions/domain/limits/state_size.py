"""How large a rollout's state is."""

import json

from domain.model.state import State

# Bytes. What waits for a continuation gets its input and its output in one result, which Step
# Functions limits to 262,144; the output may have grown meanwhile by the cause of a caught error,
# which may have 32,768 characters.
PORTABLE = 110_000


def size(state: State) -> int:
    """Return the state's bytes, as the functions' runtime writes its answer."""
    return len(json.dumps(state, ensure_ascii=False).encode())


def is_portable(state: State) -> bool:
    """Tell whether it may be handed to another execution, and back."""
    return size(state) <= PORTABLE
