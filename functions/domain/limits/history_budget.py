"""How many history events a rollout writes, and how many executions hold them.

A Standard workflow ends for good at 25,000 events and at the age of a year; neither can be caught,
and both would leave an alias weighted. So a rollout goes on in another execution (a continuation)
long before the first, while the one that was started waits, which costs it a few events each time.
A plan that would come near either limit all the same is refused, and a wait for a person that comes
near ends in a rollback.
"""

from domain.limits.state_size import is_portable
from domain.model.clock import YEAR, epoch
from domain.model.schedule import Schedule, schedule
from domain.model.state import Next, Settings, State, probe_of

FULL = 22_000  # events of one execution; what is in flight then must fit besides
# Events after which a rollout is handed over, if it can be.
HAND_OVER = 14_000

# Retries are events too, three each, and no task sees those of the others. So the history itself is
# asked for its length, but seldom: so often until it is time to hand over. In between it may grow
# by as many times what is estimated, where each task is tried again as often as it may be.
_COUNTED, _RETRIED = 14, 6

# Events of a rollout's beginning and end, of a shift, its announcement, a health check with its
# Bake and Decide or with Probe and Decide, asking for an approval, and asking a hook with the look
# that follows at once.
_ENDS, _SHIFT, _ANNOUNCE, _CHECK, _PROBED_CHECK, _ASK, _HOOK = 40, 5, 7, 9, 12, 7, 12
_HOOKS, _ASKED = 2, 3  # a rollout's hooks, and how often each is asked where it crashes
# Looks at a hook's answer besides the health checks: those after as long again, and at its ends.
_LOOKS = 8
# Events of a continuation's own beginning and end, and of the wait for it in the first execution.
CONTINUATION_ENDS, _WAITED_FOR = 12, 10

# Seconds that the tasks themselves may take, which bakes do not count: of a rollout's beginning and
# end, and of a weight (its shift, what comes before it, its last health check, a retry).
TASKS_OF_ENDS, TASKS_OF_WEIGHT = 600, 30

BEGINNING = _ENDS + _SHIFT
MAX_CONTINUATIONS = (FULL - HAND_OVER - BEGINNING - _HOOKS * _ASKED * _HOOK) // _WAITED_FOR

# Events that all executions of a rollout hold together. Some continuations less than there may be:
# a hook ends one early each time it is asked, since the execution that was started does that.
HELD = HAND_OVER * (1 + MAX_CONTINUATIONS - _HOOKS * _ASKED)

_LEADS_TO: dict[Next, int] = {
    "shift": _SHIFT,
    "announce": _ANNOUNCE + _SHIFT,
    "ask-approval": _ASK,
    "hook": _HOOK,
}


def events_of_check(state: State) -> int:
    """Count the events of the last health check, and of what it leads to before the next."""
    return _check(state["settings"]) + _LEADS_TO.get(state["next"], 0)


def is_to_be_counted(before: int, after: int, hand_over: int) -> bool:
    """Tell whether so much was written since the history was asked last, as estimated."""
    every = max(1, hand_over // _COUNTED)
    return before // every != after // every


def at_most(events: int, hand_over: int) -> int:
    """Return how many there may be, where the history could not be asked."""
    return events + (_RETRIED - 1) * max(1, hand_over // _COUNTED)


def checks_planned(settings: Settings, step: int = 0, held: int = 0) -> int:
    """Count the health checks after the first `step` weights, with as much holding as may be."""
    every = settings["check_interval"]
    bakes = schedule(settings["schedule"]).bakes[step:]
    holding = (settings["max_hold"] - held) // 60
    return sum(max(1, -(-bake // every)) for bake in bakes) + max(0, holding)


def events_planned(settings: Settings, step: int = 0, held: int = 0) -> int:
    """Count the events after the first `step` weights, if nobody answers before the deadline."""
    plan = schedule(settings["schedule"])
    approvals = _approvals_from(plan, settings, step)
    waiting = approvals * (1 + settings["approval_timeout"] // settings["check_interval"])
    looks = sum(
        _LOOKS + hook["timeout"] // settings["check_interval"]
        for hook in settings["hooks"].values()
    )
    checks = _check(settings) * (checks_planned(settings, step, held) + waiting + looks)
    shift = _SHIFT + (_ANNOUNCE if settings["notify"] == "all" else 0)
    asking = _ASK * approvals + _ASKED * _HOOK * len(settings["hooks"])
    return _ENDS + shift * len(plan.weights[step:]) + asking + checks


def _check(settings: Settings) -> int:
    return _PROBED_CHECK if probe_of(settings["checks"]) else _CHECK


def seconds_planned(settings: Settings, step: int = 0, held: int = 0) -> int:
    """Return the longest that all after the first `step` weights may take, people included."""
    plan = schedule(settings["schedule"])
    approvals = settings["approval_timeout"] * _approvals_from(plan, settings, step)
    hooks = sum(hook["timeout"] for hook in settings["hooks"].values())
    bakes = plan.bakes[step:]
    tasks = TASKS_OF_ENDS + TASKS_OF_WEIGHT * len(bakes)
    return sum(bakes) + settings["max_hold"] - held + approvals + hooks + tasks


def _approvals_from(plan: Schedule, settings: Settings, step: int) -> int:
    return sum(weight in settings["approvals"] for weight in plan.weights[step:])


def may_wait(state: State, until: int) -> bool:
    """Tell whether the rest of the plan still has room after one more health check at `until`."""
    settings, progress = state["settings"], state["progress"]
    rest = settings, progress["step"], progress["held"]
    began = epoch(state["execution"]["started"])
    in_time = until + seconds_planned(*rest) < began + YEAR
    return in_time and _check(settings) + events_planned(*rest) <= _room(state)


def _room(state: State) -> int:
    """Count the events that the rollout may still write."""
    progress = state["progress"]
    if is_portable(state):
        return HELD - HAND_OVER * progress["leg"] - progress["events"]
    return FULL - progress["events"]
