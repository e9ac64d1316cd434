"""What travels through the workflow from task to task, as JSON.

Every task takes a `State` and returns the next one; `next` is the one value the machine's `Decide`
looks at. The whole must stay far below the 262,144 bytes that Step Functions carries, so the input
is limited, and what a rollout adds to it is bounded, however long it lasts (state_size.py).
Instants are epoch seconds, except where AWS reads them.
"""

from typing import Any, Literal, NotRequired, TypedDict

from domain.model.schedule import Schedule, Spec, schedule
from domain.model.verdict import Finding

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
    "run-hook",
    "relay",
    "finalize",
    "roll-back",
    "succeed",
]

# Raised with every change of a type below, so that no task reads a state that tasks of another
# release of this stack wrote. RollBack, Notify and the guard read any: what they need must stay.
FORMAT = 1

ARRIVAL = 120  # seconds after a call's end by which its data are expected to have arrived
SHIFTS_KEPT = 100  # of the first shifts, and of the last
LONGEST_PROBE = 840  # seconds, so that Probe outlives its last call
LONGEST_RETURN = 840  # seconds, so that RunHook outlives the hook it waits for

# What a rollout does with a member of the group: most shift; an alias that does not exist yet is
# created at the end; one that already routes everything to the new version is left alone.
Action = Literal["shift", "create", "none"]


class Execution(TypedDict):
    """`id` is the execution's ARN, which also marks an alias as being moved by this rollout."""

    id: str
    name: str
    started: str


class Tally(TypedDict):
    """The canary's calls and errors in all minutes before `until`, which are final.

    `until` is the start of the first minute that is still open to late data, a whole minute.
    """

    until: int
    calls: int
    errors: int


def empty_tally(shifted_at: int) -> Tally:
    """A tally that starts with the minute of the first shift."""
    return Tally(until=shifted_at // 60 * 60, calls=0, errors=0)


class Calls(TypedDict):
    calls: int
    failed: int


class Probed(TypedDict):
    """The probe's calls of one function, in the rollout so far, by the version that answered.

    `latest` are those of the latest probe, to any version; failed are those without an answer.
    `flaw` is what was last wrong with an answer of the canary, `lost` why the last one is missing.
    """

    canary: Calls
    baseline: Calls
    latest: Calls
    flaw: str
    lost: str


class Member(TypedDict):
    """One function of the release group. `revision` is the alias's, as the rollout last left it."""

    function: str
    alias: str
    part: Action
    baseline: str | None
    canary: str | None
    sha256: str | None
    description: str
    revision: str | None
    timeout: int
    tally: NotRequired[Tally]
    probed: NotRequired[Probed]


def label(member: Member) -> str:
    """`function:alias`, as in CloudWatch's Resource dimension."""
    return f"{member['function']}:{member['alias']}"


HookName = Literal["pre-traffic", "post-traffic"]
HOOKS: tuple[HookName, ...] = ("pre-traffic", "post-traffic")
HOOK_TIMEOUTS = {"callback": 3_600, "return": 300}  # seconds; what a hook gets that asks for none


class Hook(TypedDict):
    """A function to ask, by name; `timeout` is in seconds."""

    function: str
    mode: Literal["callback", "return"]
    timeout: int


class Failure(TypedDict):
    """Keys as Step Functions' Catch writes them."""

    Error: str
    Cause: str


UNPROBED = Failure(Error="NotProbed", Cause="there was no probe since the last health check")


class Settings(TypedDict):
    """The input, made complete. Never changes once planned.

    Each of `checks` has its `type`, `when` and options. `orders` is the SSM parameter with which an
    operator steers.
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


def probe_of(settings: Settings) -> dict[str, Any] | None:
    """The rollout's probe, of which there is one at most."""
    return next((check for check in settings["checks"] if check["type"] == "probe"), None)


class LastVerdict(TypedDict):
    """A check's latest verdict; `errors` counts how often in a row it could not be made."""

    check: str
    outcome: str
    reason: str
    errors: int
    findings: NotRequired[list[Finding]]


class Shift(TypedDict):
    weight: float
    at: str


class Obeyed(TypedDict):
    """An order that was taken in; `ignored` if nobody knows what it means."""

    order: str
    at: str
    ignored: bool


class Steering(TypedDict):
    """What an operator has ordered so far; `read` is when the last order was written."""

    read: float
    paused: bool
    promote: bool
    roll_back: bool
    approved_at: float
    obeyed: list[Obeyed]


def untouched(started: float) -> Steering:
    """At the start. Orders written before `started` (epoch seconds) are somebody else's."""
    return Steering(
        read=started, paused=False, promote=False, roll_back=False, approved_at=0.0, obeyed=[]
    )


class Progress(TypedDict):
    """`step` weights have been set so far.

    `events` are those that the execution under way has written to its history, as estimated, and
    `leg` counts its continuations so far.

    `checked_at` is 0 until the first check at a weight, and while a person or a hook is waited for.

    `since` is the minute of the first shift, `asked_at` when approval of the present weight was
    asked for (0: not yet), `wait_until` is what the machine's Bake waits for.
    `unprobed` is why there was no probe since the last health check; None if there was one.
    `memories` is what checks carry from one health check to the next, by the check's name.
    """

    step: int
    since: int
    asked_at: int
    shifted_at: int
    checked_at: int
    events: int
    leg: int
    bake_ends: int
    held: int
    wait_until: str
    unprobed: Failure | None
    unproven: bool
    ignored_alarms: list[str]
    verdicts: list[LastVerdict]
    memories: dict[str, Any]
    shifts: list[Shift]
    steering: Steering


class HookCall(TypedDict):
    """The hook that is asked, or was last; `then` comes next when it succeeds."""

    name: HookName
    function: str
    timeout: int
    then: Next
    payload: dict[str, Any]


class Continuation(TypedDict):
    """The execution in which the rollout goes on, by name; `then` comes next there."""

    name: str
    then: Next


class State(TypedDict):
    """`format` is there once Plan has run."""

    execution: Execution
    format: NotRequired[int]
    next: NotRequired[Next]
    input: NotRequired[Any]
    settings: NotRequired[Settings]
    members: NotRequired[list[Member]]
    progress: NotRequired[Progress]
    hook: NotRequired[HookCall]
    relay: NotRequired[Continuation]
    failure: NotRequired[Failure]
    result: NotRequired[dict[str, Any]]


def plan_of(state: State) -> Schedule:
    """The weights and bakes of this rollout."""
    return schedule(state["settings"]["schedule"])
