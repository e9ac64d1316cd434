"""One health check: what to ask, the verdicts on the answers, and the state that follows."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from domain.checks.registry import CHECKS
from domain.checks.support.conditions import Effort
from domain.checks.support.context import CheckContext, Counted, When
from domain.checks.support.counts import counts_question, enough, minutes_of, tallied
from domain.model.alias import creating, shifting
from domain.model.member import label
from domain.model.progress import UNPROBED, LastVerdict, Progress
from domain.model.questions import AlarmState, Answers, CouldNotAsk, Question
from domain.model.state import Named, State, named, plan_of
from domain.model.verdict import Finding, Outcome, Verdict
from domain.rollout.decide import Moment, decide, remember
from domain.rollout.hooks import pending
from domain.rollout.next_state import next_state
from domain.rollout.stages import is_last

# The names under which too few calls, and what could not be read, are reported, like a check's.
ENOUGH = "min-invocations"
UNREAD = ("orders", "hook")


def due(state: State, now: int) -> list[Named]:
    """List the checks to make now: those of this time, and after all bakes those of after.

    While a hook is asked before the first weight, those of before have passed already, and calling
    functions again and again for an hour would help nobody; but no alarm may fire.
    """
    times = _times(state, now)
    checks = named(state["settings"]["checks"])
    if state["progress"]["step"] == 0 and "hook" in state:
        return [
            (name, check)
            for name, check in checks
            if check["when"] != "after" and CHECKS[check["type"]].needs(check).alarms
        ]
    return [(name, check) for name, check in checks if check["when"] in times]


def counts_calls(state: State) -> bool:
    """Tell whether calls are counted: whenever the canary gets any, unless there are no checks."""
    return bool(state["settings"]["checks"]) and state["progress"]["step"] > 0


def _times(state: State, now: int) -> tuple[When, ...]:
    if state["progress"]["step"] == 0:
        return ("before",)
    baked = now >= state["progress"]["bake_ends"] or state["progress"]["steering"]["promote"]
    baked = baked and not pending(state)
    return ("during", "after") if is_last(state) and baked else ("during",)


def context_of(state: State, counted: Counted, now: int) -> CheckContext:
    """Describe the rollout as its checks see it."""
    progress, settings = state["progress"], state["settings"]
    step = progress["step"]
    return CheckContext(
        execution=state["execution"]["id"],
        when=_times(state, now)[-1],
        members=tuple(shifting(state["members"])),
        new=() if step else tuple(creating(state["members"])),
        weight=plan_of(state).weights[step - 1] if step else 0.0,
        since=progress["since"],
        now=now,
        min_invocations=settings["min_invocations"],
        shifted_at=progress["shifted_at"],
        every=settings["check_interval"],
        ignored_alarms=frozenset(progress["ignored_alarms"]),
        unprobed=progress["unprobed"]["Error"] if progress["unprobed"] else "",
        counted=counted,
        shifts=progress["shifts"],
    )


def questions(state: State, checks: Sequence[Named], context: CheckContext) -> list[Question[Any]]:
    """List all that the checks want to know, and the canaries' counts; each question once."""
    members = context.members if counts_calls(state) else ()
    counts = [counts_question(member, context.now) for member in members]
    asked = (
        question
        for name, check in checks
        for question in CHECKS[check["type"]].ask(check, _seen_by(name, check, state, context))
    )
    return list(dict.fromkeys([*counts, *asked]))


def read_counts(state: State, answers: Answers, now: int) -> tuple[State, Counted]:
    """Bring the tallies forward and return the counts; unread, both stay as they are."""
    if not counts_calls(state):
        return state, {}
    try:
        found = {label(one): minutes_of(one, answers, now) for one in shifting(state["members"])}
    except CouldNotAsk as reason:
        return state, reason
    members, counts = tallied(state["members"], found, now)
    return {**state, "members": members}, counts


def _seen_by(name: str, check: dict[str, Any], state: State, context: CheckContext) -> CheckContext:
    """Add to the context what is this check's own."""
    kinds = [other["type"] for other in state["settings"]["checks"]]
    carried = state["progress"]["memories"].get(name)
    return replace(context, carried=carried, same_kind=kinds.count(check["type"]))


def evaluate(
    state: State,
    checks: Sequence[Named],
    context: CheckContext,
    answers: Answers,
    unread: Mapping[str, str] | None = None,
) -> State:
    """Judge, decide, and say what comes next; the same answers always give the same state.

    `unread` is why the operator's orders, or a hook's answer, could not be read, by these names.
    """
    progress, now = state["progress"], context.now
    before = _last(progress)
    verdicts = _verdicts(state, checks, context, answers)
    for name in UNREAD:
        earlier = before.pop(name, None)
        if unread and name in unread:
            verdicts[name] = remember(name, Verdict(Outcome.ERROR, unread[name]), earlier)
    moment = Moment(
        now=now,
        bake_began=progress["shifted_at"],
        bake_ends=progress["bake_ends"],
        held=_held(progress, now),
    )
    decision = decide(_weighed(verdicts), state["settings"], moment)
    proven = _proof(context).outcome is Outcome.PASS
    moved = Progress(
        {
            **progress,
            "checked_at": now,
            "held": moment.held,
            "unprobed": UNPROBED,
            "verdicts": list((before | verdicts).values()),
            "memories": progress["memories"] | _folded(state, checks, context, answers),
            "unproven": decision.unproven or not proven,
            "ignored_alarms": [
                name for name in progress["ignored_alarms"] if not _is_ok(name, answers)
            ],
        }
    )
    return next_state({**state, "progress": moved}, decision, now)


def _verdicts(
    state: State, checks: Sequence[Named], context: CheckContext, answers: Answers
) -> dict[str, LastVerdict]:
    before, effort = _last(state["progress"]), Effort()
    found = {
        name: _judged(check, replace(_seen_by(name, check, state, context), effort=effort), answers)
        for name, check in checks
    }
    if counts_calls(state) and context.min_invocations:
        found[ENOUGH] = _proof(context)
    return {name: remember(name, verdict, before.get(name)) for name, verdict in found.items()}


def _weighed(verdicts: Mapping[str, LastVerdict]) -> list[LastVerdict]:
    """Leave out checks that had nothing to ask, where another one vouches for the canary."""
    asked = {name: last for name, last in verdicts.items() if "aside" not in last}
    vouched = any(last["outcome"] == "pass" for name, last in asked.items() if name != ENOUGH)
    return list((asked if vouched else verdicts).values())


def _folded(
    state: State, checks: Sequence[Named], context: CheckContext, answers: Answers
) -> dict[str, Any]:
    """Fold the answers into what checks carry; a check that got none keeps what it carries."""
    found: dict[str, Any] = {}
    for name, check in checks:
        if (fold := CHECKS[check["type"]].fold) is not None:
            with suppress(CouldNotAsk):
                found[name] = fold(check, _seen_by(name, check, state, context), answers)
    return found


def _last(progress: Progress) -> dict[str, LastVerdict]:
    return {last["check"]: last for last in progress["verdicts"]}


def _judged(check: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    try:
        return CHECKS[check["type"]].judge(check, context, answers)
    except CouldNotAsk as reason:
        return Verdict(Outcome.ERROR, str(reason))


def _proof(context: CheckContext) -> Verdict:
    try:
        return enough(context.counts, context.min_invocations)
    except CouldNotAsk as reason:
        return Verdict(Outcome.ERROR, str(reason))


def measured(state: State) -> list[tuple[str, float, str, dict[str, str]]]:
    """Return what the last health check found as metrics: name, value, unit, and what it is about.

    Error rates are those of the judge: of all calls since the first shift that it compared.
    """
    members = shifting(state["members"])
    return [
        (name, value, unit, {"function": one["function"], "alias": one["alias"], "check": check})
        for check, findings in _findings(state["progress"])
        for one, finding in zip(members, findings, strict=False)
        for name, value, unit in (
            ("Evidence", finding["evidence"], "None"),
            ("CanaryErrorRate", _percent(finding["canary"]), "Percent"),
            ("BaselineErrorRate", _percent(finding["baseline"]), "Percent"),
        )
        if value is not None
    ]


def _findings(progress: Progress) -> list[tuple[str, list[Finding]]]:
    return [(last["check"], last.get("findings", [])) for last in progress["verdicts"]]


def _percent(counted: Sequence[float]) -> float | None:
    """Return the percent of bad ones among the calls; None where there were no calls."""
    calls, bad = counted
    return round(100 * bad / calls, 4) if calls else None


def _is_ok(alarm: str, answers: Answers) -> bool:
    try:
        return answers.to(AlarmState(alarm)) == "OK"
    except CouldNotAsk:
        return False


def _held(progress: Progress, now: int) -> int:
    """Count the seconds of holding: all time after the first check that found the bake at its end.

    Waiting for a person or for a hook's answer is none.
    """
    last = progress["checked_at"]
    if not last or last < progress["bake_ends"]:
        return progress["held"]
    return progress["held"] + now - last
