"""What must be true of the account before a rollout may start, and what speaks against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.limits.history_budget import (
    FULL,
    HELD,
    checks_planned,
    events_planned,
    seconds_planned,
)
from domain.limits.state_size import PORTABLE
from domain.model.alias import Alias, marked_by
from domain.model.clock import YEAR
from domain.model.request import Request, Target
from domain.model.schedule import schedule
from domain.model.state import Settings, State
from domain.model.text import some
from domain.planning.growth import size_to_come


@dataclass(frozen=True)
class VersionFacts:
    """A version's configuration, as far as a rollout cares. `timeout` is in seconds.

    `why` is Lambda's reason for the state, empty where it gives none.
    """

    role: str
    dead_letter: str
    state: str
    timeout: int
    sha256: str
    why: str = ""


@dataclass(frozen=True)
class Facts:
    """What is there for one member of the group; None stands for what does not exist.

    `canary` is $LATEST where a new version is to be published. `rollout` is how the execution
    stands whose mark a weighted alias carries; empty where nobody knows. `others` are the names of
    the function's aliases where this one is not among them.
    """

    exists: bool
    alias: Alias | None = None
    baseline: VersionFacts | None = None
    canary: VersionFacts | None = None
    provisioned: bool = False
    rollout: str = ""
    others: Sequence[str] = ()


def is_there(target: Target, facts: Facts) -> bool:
    """Tell whether the alias routes everything to the new version already."""
    if facts.alias is None or facts.canary is None:
        return False
    routing = facts.alias.routing
    return routing.version == target.version and not routing.weights


def problems_of(target: Target, facts: Facts) -> list[str]:
    """List all that speaks against shifting this alias, in words that name it."""
    name = target.function
    if not facts.exists:
        return [f"function {name} does not exist"]
    if is_there(target, facts):
        return []
    problems = []
    if facts.canary is None:
        problems.append(f"version {target.version} of {name} does not exist")
    elif target.version is not None and facts.canary.state not in ("Active", "Pending"):
        problems.append(unready(name, target.version, facts.canary))
    if facts.canary and target.sha256 and facts.canary.sha256 != target.sha256:
        problems.append(
            f"$LATEST of {name} has code {facts.canary.sha256}, not code-sha256 {target.sha256}"
        )
    if facts.alias is not None:
        problems += _problems_of_alias(target, facts.alias, facts)
    return problems


def unready(function: str, version: str, facts: VersionFacts) -> str:
    """Say why a version gets no calls: in Lambda's own words, and how an idle one is woken."""
    why = f" ({facts.why})" if facts.why else ""
    stands = f"version {version} of {function} is {facts.state}, not Active{why}"
    if facts.state != "Inactive":
        return stands
    return (
        f"{stands}: nobody has called it for long; a call wakes it (aws lambda invoke "
        f"--function-name {function}:{version} answer.json, with a payload that does no harm), "
        "which may fail; start the rollout again then"
    )


def problems_of_name(target: Target, facts: Facts) -> list[str]:
    """Refuse a name that is none of the function's aliases: nobody may call what would be made."""
    if not facts.others:
        return []
    import difflib  # here, since tasks that plan nothing load this file too

    near = difflib.get_close_matches(target.alias, facts.others, n=1)
    meant = f"did you mean {near[0]}?" if near else f"there are: {some(facts.others)}."
    return [
        f"alias {target.alias} of {target.function} does not exist, and others do; {meant} "
        "create-alias: true creates it"
    ]


def _problems_of_alias(target: Target, alias: Alias, facts: Facts) -> list[str]:
    name = f"alias {target.alias} of {target.function}"
    if alias.routing.version == "$LATEST":
        return [f"{name} points at $LATEST, which cannot share traffic with a version"]
    problems = []
    if alias.routing.weights:
        whose = _whose(target, alias.routing.description, facts.rollout)
        problems.append(f"{name} already routes {alias.routing.text}: {whose}")
    if facts.provisioned:
        problems.append(f"{name} has provisioned concurrency, which a weighted alias cannot have")
    if facts.baseline and facts.canary:
        if facts.baseline.role != facts.canary.role:
            problems.append(
                f"{name}: the versions' roles differ ({facts.baseline.role}, {facts.canary.role})"
            )
        if facts.baseline.dead_letter != facts.canary.dead_letter:
            problems.append(f"{name}: the versions' dead-letter queues differ")
    return problems


def _whose(target: Target, mark: str, status: str) -> str:
    """Say who has weighted the alias, as far as one can tell, and what ends it."""
    command = (
        f"aws lambda update-alias --function-name {target.function} --name {target.alias} "
        "--routing-config 'AdditionalVersionWeights={}' --description ''"
    )
    by = marked_by(mark)
    if by == "execution" and status == "RUNNING":
        return f"rollout {mark} is under way"
    if by == "execution" and status == "SUCCEEDED":
        return f"rollout {mark} has succeeded, so somebody else has; to take it back: {command}"
    if by == "execution" and status:
        return (
            f"a leftover of rollout {mark}, which is {status}; the guard gives it back within "
            f"minutes, unless somebody else has changed it since; or you now: {command}"
        )
    if by == "call":
        return (
            f"a rollout in one call is under way, for 15 minutes at most, or was killed ({mark}); "
            f"then the guard gives the alias back, or you by {command}"
        )
    return (
        f"by somebody's hand, or by a rollout whose mark is gone (description: {mark!r}); to take "
        f"it back: {command}"
    )


def problems_of_alarms(names: Iterable[str], states: Mapping[str, str], ignore: bool) -> list[str]:
    """List alarms that are not there, and those that fire (unless `ignore` leaves them out)."""
    problems = []
    for name in dict.fromkeys(names):
        if name not in states:
            problems.append(f"alarm {name} does not exist")
        elif states[name] == "EVALUATION_ERROR":
            problems.append(f"alarm {name} cannot be evaluated until it is mended")
        elif states[name] == "ALARM" and not ignore:
            problems.append(
                f"alarm {name} is firing (alarms-already-firing: ignore leaves it out until it is "
                "OK once)"
            )
    return problems


def problems_of_asked(exists: Mapping[str, bool | None]) -> list[str]:
    """List functions of hooks and checks that are not there, or (None) may not even be read."""
    why = {
        False: "does not exist",
        None: "may not be asked: the stack's HookFunctionPattern does not allow it",
    }
    return [
        f"function {name}, of a hook or check, {why[found]}"
        for name, found in exists.items()
        if not found
    ]


def problems_of_length(settings: Settings) -> list[str]:
    """Refuse a plan that takes more than a year, or more events than all its executions hold."""
    problems = []
    longest = seconds_planned(settings)
    if longest > YEAR:
        people = ", approvals" if settings["approvals"] else ""
        problems.append(
            f"the plan may take {longest:,} s with max-hold{people} and its tasks; a workflow ends "
            f"after a year ({YEAR:,} s)"
        )
    if events_planned(settings) > HELD:
        problems.append(
            f"{_needed(settings)}; all executions of a rollout hold {HELD:,}: use a longer "
            "check-interval"
        )
    return problems


def problems_of_size(state: State) -> list[str]:
    """Refuse a plan that one execution does not hold, and that is too large to be handed over."""
    needed, largest = events_planned(state["settings"]), size_to_come(state)
    if needed <= FULL or largest <= PORTABLE:
        return []
    return [
        f"{_needed(state['settings'])}; one execution holds {FULL:,}, and this plan is too large "
        f"to be handed over to another (up to {largest:,} bytes of {PORTABLE:,}): use a longer "
        "check-interval, or fewer functions, checks or weights"
    ]


def _needed(settings: Settings) -> str:
    shifts, checks = len(schedule(settings["schedule"]).weights), checks_planned(settings)
    asked = len(settings["approvals"])
    approvals = f", {asked} approvals of {settings['approval_timeout']:,} s" if asked else ""
    return (
        f"the plan needs {shifts:,} shifts and up to {checks:,} health checks{approvals}, "
        f"about {events_planned(settings):,} history events"
    )


def problems_of_request(request: Request, facts: Mapping[Target, Facts]) -> list[str]:
    """List all that speaks against the request, of each target and of the whole."""
    return [
        *(problem for target, found in facts.items() for problem in problems_of(target, found)),
        *(
            problem
            for target, found in facts.items()
            if not request.create_alias
            for problem in problems_of_name(target, found)
        ),
        *problems_of_length(request.settings),
    ]
