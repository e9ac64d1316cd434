"""How large a planned state may become before its rollout ends."""

from domain.checks.registry import CHECKS
from domain.limits.state_size import size
from domain.model.alias import shifting
from domain.model.progress import SHIFTS_KEPT
from domain.model.schedule import schedule
from domain.model.state import State

# Bytes that a state gains at most, as JSON, by words without many escapes.
_VERDICT, _SHIFT, _TALLY = 650, 55, 70
_HOOK, _MEMBER = 1_900, 900
_SHARES = 2_100  # those that are the rollout's own, of which there are 250 at most
_SEEN = 30  # of an order's parameter, of which each member has one
_REST = 3_500  # orders, and why there was no probe


def size_to_come(state: State) -> int:
    """Return the most bytes that a planned state may come to have."""
    settings, members = state["settings"], len(shifting(state["members"]))
    checks = settings["checks"]
    verdicts = _VERDICT * (len(checks) + 3)  # with those of calls, orders and a hook
    counted = members * (_TALLY + sum(CHECKS[check["type"]].grows for check in checks))
    shifts = _SHIFT * min(2 * SHIFTS_KEPT, len(schedule(settings["schedule"]).weights))
    # The first member is in a hook's payload twice.
    payload = _HOOK + _MEMBER * (members + 1) if settings["hooks"] else 0
    seen = _SEEN * len(state["members"])
    return size(state) + verdicts + counted + shifts + payload + seen + _SHARES + _REST
