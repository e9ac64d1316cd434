"""What travels through the workflow from task to task, as JSON.

Every task takes a `State` and returns the next one; `next` is the one value the machine's `Decide`
looks at. The whole must stay far below the 262,144 bytes that Step Functions carries, so the input
is limited, and what a rollout adds to it is bounded, however long it lasts (planning/growth.py).
Instants are epoch seconds, except where AWS reads them.
"""

from collections.abc import Iterable
from typing import Any, Literal, NotRequired, TypedDict

from domain.model.errors import Failure
from domain.model.member import Member
from domain.model.progress import Progress
from domain.model.schedule import Schedule, Spec, schedule, weights_of

Next = Literal[
    "publish",
    "check",
    "shift",
    "bake",
    "shift-and-probe",
    "probe",
    "announce",
    "ask-approval",
    "hook",
    "relay",
    "finalize",
    "roll-back",
    "succeed",
]

# Raised with every change of a type that is in State, so that no task reads a state that tasks of
# another release of this stack wrote. RollBack, Notify and the guard read any: what they need must
# stay.
FORMAT = 2

LONGEST_PROBE = 840  # seconds, so that Probe outlives its last call
LONGEST_RETURN = 840  # seconds, so that RunHook outlives the hook it waits for


class Execution(TypedDict):
    """The execution, whose ARN (`id`) also marks an alias as being moved by this rollout."""

    id: str
    name: str
    started: str


HookName = Literal["pre-traffic", "post-traffic"]
HOOKS: tuple[HookName, ...] = ("pre-traffic", "post-traffic")
HOOK_TIMEOUTS = {"callback": 3_600, "return": 300}  # seconds; what a hook gets that asks for none


class Hook(TypedDict):
    """A function to ask, by name; `timeout` is in seconds."""

    function: str
    mode: Literal["callback", "return"]
    timeout: int


class Settings(TypedDict):
    """The input, made complete; it never changes once planned.

    Each of `checks` has its `type`, `when` and options. `orders` is the path of the SSM
    parameters with which operators steer.
    """

    schedule: Spec
    check_interval: int
    checks: list[dict[str, Any]]
    min_invocations: int
    max_hold: int
    on_insufficient_data: Literal["promote", "roll-back"]
    notify: Literal["failures", "outcome", "all", "none"]
    hooks: dict[HookName, Hook]
    approvals: list[float]
    approval_timeout: int
    orders: str


def probe_of(checks: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the check that Probe makes calls for, as many a second as its `rate` says.

    A rollout has one at most.
    """
    return next((check for check in checks if "rate" in check), None)


Named = tuple[str, dict[str, Any]]


def named(checks: Iterable[dict[str, Any]]) -> list[Named]:
    """Give each check a name: its type, with a number where a type comes again."""
    found: list[Named] = []
    seen: dict[str, int] = {}
    for check in checks:
        kind = check["type"]
        seen[kind] = seen.get(kind, 0) + 1
        found.append((kind if seen[kind] == 1 else f"{kind}-{seen[kind]}", check))
    return found


HookStatus = Literal["asked", "crashed", "failed", "succeeded"]


class HookCall(TypedDict):
    """The hook that is asked, or was last, and how it stands.

    `run` names the execution in which it is asked, for the `tries`-th time, and `said` is why it
    has crashed or failed, in words. `asked_at` is when it was seen first that it is asked (0: not
    yet), and `checks_at` when the next health check is due meanwhile; both are epoch seconds.
    """

    name: HookName
    function: str
    mode: Literal["callback", "return"]
    timeout: int
    payload: dict[str, Any]
    run: str
    tries: int
    status: HookStatus
    said: str
    asked_at: int
    checks_at: int


class Continuation(TypedDict):
    """The execution in which the rollout goes on, by name; `then` comes next there.

    `id` is its ARN, which it notes itself when it begins.
    """

    name: str
    then: Next
    id: NotRequired[str]


class Rollback(TypedDict, total=False):
    """How the aliases stand after a rollback, whether RollBack or Step Functions itself made it.

    `stranded` if one could not be given back; `foreign` if somebody else has routed one, and `left`
    if the new version has calls by that. Of a rollback that failed there is its error instead.
    """

    stranded: bool
    foreign: bool
    left: bool
    standings: list[str]


class State(TypedDict):
    """The whole state; `format` is there once Plan has run.

    `shares` are those of the canary that are the rollout's own, for Step Functions' own rollback.
    """

    execution: Execution
    format: NotRequired[int]
    next: NotRequired[Next]
    input: NotRequired[Any]
    settings: NotRequired[Settings]
    members: NotRequired[list[Member]]
    shares: NotRequired[list[float]]
    rollback: NotRequired[Rollback]
    progress: NotRequired[Progress]
    hook: NotRequired[HookCall]
    relay: NotRequired[Continuation]
    failure: NotRequired[Failure]
    result: NotRequired[dict[str, Any]]


def plan_of(state: State) -> Schedule:
    """Work out the weights and bakes of this rollout."""
    return schedule(state["settings"]["schedule"])


def weights_planned(state: State) -> tuple[float, ...]:
    """Work out the weights of this rollout, also where another release of this stack planned it."""
    return weights_of(state["settings"]["schedule"])
