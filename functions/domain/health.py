"""One health check: from answers to verdicts, and from those to the state's next move."""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.alias import shifting
from domain.checks import CHECKS
from domain.clock import iso
from domain.course import after_before, after_weight, is_last
from domain.decide import Decision, Moment, decide, remember
from domain.evidence import Counts, enough
from domain.plan import plan_of
from domain.questions import AlarmState, Answers, CouldNotAsk, Question
from domain.scene import Scene, When
from domain.state import Failure, LastVerdict, Progress, State
from domain.verdict import Outcome, Verdict

ENOUGH = "min-invocations"  # the name under which too few calls are reported, like a check's

Named = tuple[str, dict[str, Any]]


def named(checks: Iterable[dict[str, Any]]) -> list[Named]:
    """Each check with a name: its type, with a number where a type comes again."""
    found: list[Named] = []
    seen: dict[str, int] = {}
    for check in checks:
        kind = check["type"]
        seen[kind] = seen.get(kind, 0) + 1
        found.append((kind if seen[kind] == 1 else f"{kind}-{seen[kind]}", check))
    return found


def due(state: State, now: int) -> list[Named]:
    """The checks to make now: those of this time, and at the end of all bakes those of after."""
    times = _times(state, now)
    return [
        (name, check)
        for name, check in named(state["settings"]["checks"])
        if check["when"] in times
    ]


def _times(state: State, now: int) -> tuple[When, ...]:
    if state["progress"]["step"] == 0:
        return ("before",)
    baked = now >= state["progress"]["bake_ends"] or state["progress"]["steering"]["promote"]
    return ("during", "after") if is_last(state) and baked else ("during",)


def scene_of(state: State, counted: dict[str, Counts] | CouldNotAsk, now: int) -> Scene:
    """What the checks see."""
    progress, settings = state["progress"], state["settings"]
    step = progress["step"]
    return Scene(
        execution=state["execution"]["id"],
        when=_times(state, now)[-1],
        members=tuple(shifting(state["members"])),
        weight=plan_of(state).weights[step - 1] if step else 0.0,
        since=progress["since"],
        now=now,
        min_invocations=settings["min_invocations"],
        shifted_at=progress["shifted_at"],
        every=settings["check_interval"],
        ignored_alarms=frozenset(progress["ignored_alarms"]),
        counted=counted,
    )


def questions(checks: Sequence[Named], scene: Scene) -> list[Question[Any]]:
    """All that the checks want to know, each question once."""
    asked = (
        question for _, check in checks for question in CHECKS[check["type"]].ask(check, scene)
    )
    return list(dict.fromkeys(asked))


def conclude(state: State, checks: Sequence[Named], scene: Scene, answers: Answers) -> State:
    """Judge, decide, and say what comes next; the same answers always give the same state."""
    progress, now = state["progress"], scene.now
    verdicts = _verdicts(state, checks, scene, answers)
    moment = Moment(now=now, bake_ends=progress["bake_ends"], held=_held(progress, now))
    decision = decide(list(verdicts.values()), state["settings"], moment)
    proven = _proof(scene).outcome is Outcome.PASS
    moved = Progress(
        {
            **progress,
            "checked_at": now,
            "held": moment.held,
            "verdicts": list((_last(progress) | verdicts).values()),
            "unproven": decision.unproven or not proven,
            "ignored_alarms": [
                name for name in progress["ignored_alarms"] if not _is_ok(name, answers)
            ],
        }
    )
    return _move({**state, "progress": moved}, decision, now)


def _verdicts(
    state: State, checks: Sequence[Named], scene: Scene, answers: Answers
) -> dict[str, LastVerdict]:
    before = _last(state["progress"])
    found = {name: _judged(check, scene, answers) for name, check in checks}
    if checks and scene.when != "before" and scene.min_invocations:
        found[ENOUGH] = _proof(scene)
    return {name: remember(name, verdict, before.get(name)) for name, verdict in found.items()}


def _last(progress: Progress) -> dict[str, LastVerdict]:
    return {last["check"]: last for last in progress["verdicts"]}


def _judged(check: dict[str, Any], scene: Scene, answers: Answers) -> Verdict:
    try:
        return CHECKS[check["type"]].judge(check, scene, answers)
    except CouldNotAsk as reason:
        return Verdict(Outcome.ERROR, str(reason))


def _proof(scene: Scene) -> Verdict:
    try:
        return enough(scene.counts, scene.min_invocations)
    except CouldNotAsk as reason:
        return Verdict(Outcome.ERROR, str(reason))


def _is_ok(alarm: str, answers: Answers) -> bool:
    try:
        return answers.to(AlarmState(alarm)) == "OK"
    except CouldNotAsk:
        return False


def _held(progress: Progress, now: int) -> int:
    """Seconds of holding so far: all time after the first check that found the bake at its end.

    A person's pause or pending approval does not count.
    """
    steering = progress["steering"]
    if progress["checked_at"] < progress["bake_ends"] or steering["paused"] or progress["asked_at"]:
        return progress["held"]
    return progress["held"] + now - max(progress["checked_at"], progress["shifted_at"])


def _move(state: State, decision: Decision, now: int) -> State:
    """The decision, as far as the operator lets it stand."""
    progress, settings = state["progress"], state["settings"]
    steering, every = progress["steering"], settings["check_interval"]
    if decision.move == "roll-back":
        return _roll_back(state, decision.error, decision.reason)
    if steering["roll_back"]:
        return _roll_back(state, "RolledBackByOperator", "an operator ordered roll-back")
    if steering["promote"] and decision.passed and progress["step"]:
        return _promote(state)
    if decision.move == "wait":
        return _wait(state, decision.until)
    if steering["paused"]:
        return _wait(state, now + every)
    if progress["step"] == 0:
        return {**state, "next": after_before()}
    if _awaits_approval(state):
        return _ask_approval(state, now)
    return {**state, "next": after_weight(state)}


def _roll_back(state: State, error: str, reason: str) -> State:
    return {**state, "failure": Failure(Error=error, Cause=reason), "next": "roll-back"}


def _wait(state: State, until: int) -> State:
    progress = Progress({**state["progress"], "wait_until": iso(until)})
    return {**state, "progress": progress, "next": "bake"}


def _promote(state: State) -> State:
    """Skip what is left of the bakes: straight to 100 %, where one last health check decides."""
    if is_last(state):
        return {**state, "next": after_weight(state)}
    last = len(plan_of(state).weights) - 1
    return {**state, "progress": Progress({**state["progress"], "step": last}), "next": "shift"}


def _awaits_approval(state: State) -> bool:
    progress, settings = state["progress"], state["settings"]
    weight = plan_of(state).weights[progress["step"] - 1]
    approved = progress["steering"]["approved_at"] >= progress["shifted_at"]
    return weight in settings["approvals"] and not approved


def _ask_approval(state: State, now: int) -> State:
    """Ask once, then wait with checks going on until somebody approves or time is up."""
    progress, settings = state["progress"], state["settings"]
    if not progress["asked_at"]:
        until = iso(now + settings["check_interval"])
        asked = Progress({**progress, "asked_at": now, "wait_until": until})
        return {**state, "progress": asked, "next": "ask-approval"}
    deadline = progress["asked_at"] + settings["approval_timeout"]
    if now >= deadline:
        waited = f"nobody approved within {settings['approval_timeout']} s"
        return _roll_back(state, "ApprovalTimedOut", waited)
    return _wait(state, min(now + settings["check_interval"], deadline))
