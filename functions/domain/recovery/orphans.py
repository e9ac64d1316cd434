"""What a rollout that is over has left behind and did not restore.

One in one call has no history to read afterwards, so it says before its first write what it is
about to do. Of that the aliases show how much was done.
"""

from collections.abc import Sequence
from typing import Any

from domain.ending.ownership import is_marked, is_ours, is_proven
from domain.model.alias import Alias, shifted
from domain.model.clock import iso
from domain.model.member import Member
from domain.model.state import Execution, State, weights_planned

# Seconds after which a call is over that has just begun, whatever becomes of it: its function's
# timeout, the longest that Lambda has. It is also the longest that SQS holds a message back.
CALL = 900


def call_of(function_arn: str, request: str, began: float) -> Execution:
    """Return what stands for an execution in one call; its id ends with when that began."""
    arn = f"{function_arn}:{request}:{int(began)}"
    return Execution(id=arn, name=request, started=iso(began))


def over_at(call: str) -> int:
    """Return when this call is over (epoch seconds); 0 where its id does not say."""
    began = call.rpartition(":")[2]
    return int(began) + CALL if began.isdecimal() else 0


def noted(state: State) -> State:
    """Keep as much of a state that has changed nothing yet as restoring and telling of it take.

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


def unpromoted(state: State, found: Sequence[Alias | None], *, proven: bool) -> list[Member]:
    """Return the members of a rollout that was promoting, if something proves that it was not done.

    Else only those are returned that somebody has routed under our mark, which is to go.

    A promoted alias has no mark: it may be the work of a later rollout. So it goes back only beside
    one that still has our weight, and before it: if this is interrupted, the proof remains. With
    `proven`, a weight alone is no proof.
    """
    proofs = [member for member, _ in _proofs(state, found, proven=proven)]
    if not proofs:
        return _marked(state, found)
    return [member for member in state["members"] if member not in proofs] + proofs


def left(note: State, found: Sequence[Alias | None]) -> list[tuple[State, Member]]:
    """Pair each member with the state by which to restore it; none if the call came to its end.

    Somebody may have routed an alias under its mark, which is to go.

    That it had not is proved by nothing but an alias that still has its mark and one of its
    weights: aliases that are whole may be so by anybody's doing, and of those that only have such a
    weight nobody knows. Beside one at the last weight, those that were promoted or created already
    go back too, and first, as above.
    """
    weighted: State = {**note, "next": "relay"}
    proofs = _proofs(weighted, found, proven=True)
    if not proofs:
        doubtful = [member for member, _ in _proofs(weighted, found, proven=False)]
        return [(weighted, member) for member in [*doubtful, *_marked(note, found)]]
    last, call = weights_planned(note)[-1], note["execution"]["id"]
    at_last = all(
        member["part"] == "shift" and alias.routing.same(shifted(member, last, call))
        for member, alias in proofs
    )
    of_others: State = {**note, "next": "finalize"} if at_last else weighted
    proving = [member for member, _ in proofs]
    others = [member for member in note["members"] if member not in proving]
    return [(of_others, member) for member in others] + [(weighted, member) for member in proving]


def _marked(state: State, found: Sequence[Alias | None]) -> list[Member]:
    pairs = zip(state["members"], found, strict=True)
    return [member for member, alias in pairs if alias and is_marked(state, alias)]


def _proofs(
    state: State, found: Sequence[Alias | None], *, proven: bool
) -> list[tuple[Member, Alias]]:
    """Return those whose aliases are weighted, or were created, as only this rollout did it.

    Weights like ours are enough, without `proven`.
    """
    return [
        (member, alias)
        for member, alias in zip(state["members"], found, strict=True)
        if alias and is_ours(state, member, alias) and _proves(state, member, alias, proven=proven)
    ]


def _proves(state: State, member: Member, alias: Alias, *, proven: bool) -> bool:
    if member["part"] == "create":
        return True
    return bool(alias.routing.weights) and (not proven or is_proven(state, member, alias))
