"""How large a rollout's state is, and how large it may become before it ends."""

import json

from domain.model.alias import shifting
from domain.model.progress import SHIFTS_KEPT
from domain.model.schedule import schedule
from domain.model.state import State, probe_of

# Bytes. What waits for a continuation gets its input and its output in one result, which Step
# Functions limits to 262,144; the output may have grown meanwhile by the cause of a caught error,
# which may have 32,768 characters.
PORTABLE = 110_000

# What a state gains at most, as JSON, by words without many escapes.
_VERDICT, _FINDING, _CARRIED, _SHIFT, _TALLY, _PROBED = 650, 100, 510, 55, 70, 700
_HOOK, _MEMBER = 600, 900
_REST = 3_500  # orders, and why there was no probe


def size(state: State) -> int:
    """In bytes, as the functions' runtime writes its answer."""
    return len(json.dumps(state, ensure_ascii=False).encode())


def is_portable(state: State) -> bool:
    """May it be handed to another execution, and back?"""
    return size(state) <= PORTABLE


def size_to_come(state: State) -> int:
    """The most bytes that a planned state may come to have in the course of its rollout."""
    settings, members = state["settings"], len(shifting(state["members"]))
    kinds = [check["type"] for check in settings["checks"]]
    judged = members * kinds.count("judge") * (_FINDING + _CARRIED)
    counted = members * (_TALLY + (_PROBED if probe_of(settings) else 0))
    shifts = _SHIFT * min(2 * SHIFTS_KEPT, len(schedule(settings["schedule"]).weights))
    # The first member is in a hook's payload twice.
    payload = _HOOK + _MEMBER * (members + 1) if settings["hooks"] else 0
    return size(state) + _VERDICT * (len(kinds) + 1) + judged + counted + shifts + payload + _REST
