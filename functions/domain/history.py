"""How many history events a rollout writes, and what that leaves for waiting for people.

A Standard workflow ends for good at 25,000 events and at the age of a year; neither can be caught,
and both would leave an alias weighted. So a plan that would come near is refused, and a wait for a
person that comes near ends in a rollback. Until then such a wait spaces its health checks out.
"""

from domain.clock import epoch
from domain.route import RUNS, probe_of
from domain.schedule import Schedule, schedule
from domain.state import Settings, State

YEAR = 365 * 86_400
MAX_EVENTS = 22_000  # leaves room for retries, of about 3 events each

# Events of a rollout's beginning and end, of a shift, its announcement, a health check with its
# Bake and Decide or with Probe and Decide, asking for an approval, and a hook with the check that
# may follow it.
_ENDS, _SHIFT, _ANNOUNCE, _CHECK, _PROBED_CHECK, _ASK, _HOOK = 40, 5, 7, 9, 12, 7, 22

_SPARSEST = 3_600  # seconds: while a person is waited for, checks and orders get no rarer than that


def checks_planned(settings: Settings, step: int = 0, held: int = 0) -> int:
    """Health checks that the weights after the first `step` may need, with all holding."""
    every = settings["check_interval"]
    bakes = schedule(settings["schedule"]).bakes[step:]
    holding = (settings["max_hold"] - held) // 60
    return sum(max(1, -(-bake // every)) for bake in bakes) + max(0, holding)


def events_planned(settings: Settings) -> int:
    """Of a whole rollout in which everybody is asked and nobody answers before the deadline."""
    waiting = len(settings["approvals"]) * (1 + settings["approval_timeout"] // _sparsest(settings))
    return _besides_checks(settings) + _check(settings) * (checks_planned(settings) + waiting)


def _check(settings: Settings) -> int:
    return _PROBED_CHECK if probe_of(settings) else _CHECK


def _sparsest(settings: Settings) -> int:
    return RUNS if probe_of(settings) else max(_SPARSEST, settings["check_interval"])


def _besides_checks(settings: Settings) -> int:
    shift = _SHIFT + (_ANNOUNCE if settings["notify"] == "all" else 0)
    weights = len(schedule(settings["schedule"]).weights)
    asking = _ASK * len(settings["approvals"]) + _HOOK * len(settings["hooks"])
    return _ENDS + shift * weights + asking


def seconds_planned(settings: Settings, step: int = 0, held: int = 0) -> int:
    """The longest that the weights after the first `step` may take, people and hooks included."""
    plan = schedule(settings["schedule"])
    approvals = settings["approval_timeout"] * _approvals_from(plan, settings, step)
    hooks = sum(hook["timeout"] for hook in settings["hooks"].values())
    return sum(plan.bakes[step:]) + settings["max_hold"] - held + approvals + hooks


def _approvals_from(plan: Schedule, settings: Settings, step: int) -> int:
    return sum(weight in settings["approvals"] for weight in plan.weights[step:])


def pause_between_checks(state: State, now: int, deadline: int | None) -> int | None:
    """Seconds until the next health check of a rollout that waits for a person.

    Without a deadline as many checks are kept as would make the wait last twice as long. None when
    no more checks fit the execution's history, or its year: then the wait has to end.
    """
    settings, progress = state["settings"], state["progress"]
    step, held, every = progress["step"], progress["held"], settings["check_interval"]
    spent = _besides_checks(settings) + _check(settings) * progress["checks_made"]
    left = (MAX_EVENTS - spent) // _check(settings) - checks_planned(settings, step, held)
    if left < 1:
        return None
    began = epoch(state["execution"]["started"])
    wait = now - (progress["bake_ends"] or began) if deadline is None else deadline - now
    later = settings["approval_timeout"] * _approvals_from(
        schedule(settings["schedule"]), settings, step
    )
    pause = max(every, min(-(-round(wait + later) // left), _sparsest(settings)))
    ends = began + YEAR - seconds_planned(settings, step, held)
    return pause if now + pause < ends else None
