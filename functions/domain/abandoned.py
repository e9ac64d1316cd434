"""What a rollout in one call has left behind that never came to its end.

It has no history to read afterwards, so it says before its first write what it is about to do. Of
that the aliases show how much was done.
"""

from collections.abc import Sequence
from typing import Any

from domain.alias import Alias
from domain.rollback import left_by_us
from domain.state import Member, State

# Seconds after which a call is over that has just begun, whatever becomes of it: its function's
# timeout, the longest that Lambda has. It is also the longest that SQS holds a message back.
CALL = 900


def noted(state: State) -> State:
    """As much of a state that has changed nothing yet as giving back and telling of it take.

    Payloads and headers, which may be secret, are not among it.
    """
    settings: Any = {key: state["settings"][key] for key in ("schedule", "notify")}
    progress: Any = {"step": 0}
    return State(
        execution=state["execution"],
        members=state["members"],
        settings=settings,
        progress=progress,
    )


def left(note: State, found: Sequence[Alias | None]) -> list[tuple[State, Member]]:
    """Each member with the state by which to give it back; none where the call had come to its end.

    That it had not is proved by nothing but an alias that still has its mark and one of its
    weights: aliases that are whole may be so by anybody's doing. Beside one that is weighted, those
    that were promoted already go back too, and first: if this is interrupted, the proof remains.
    Nothing has been created yet then, since that comes last.
    """
    weighted: State = {**note, "next": "relay"}
    whole: State = {**note, "next": "finalize"}
    proofs = [
        member
        for member, alias in zip(note["members"], found, strict=True)
        if alias and alias.routing.weights and left_by_us(weighted, member, alias)
    ]
    if not proofs:
        return []
    existing = [member for member in note["members"] if member["part"] != "create"]
    others = [member for member in existing if member not in proofs]
    return [(whole, member) for member in others] + [(weighted, member) for member in proofs]
