"""One health check: from evidence to verdicts, and from those to the state's next move."""

from collections.abc import Iterable
from typing import Any

from domain.checks import CHECKS
from domain.clock import iso
from domain.decide import Decision, Moment, decide, remember
from domain.evidence import Evidence, enough
from domain.plan import plan_of
from domain.state import Failure, LastVerdict, Progress, State
from domain.verdict import Outcome, Verdict

ENOUGH = "min-invocations"  # the name under which too few calls are reported, like a check's


def alarms_of(checks: Iterable[dict[str, Any]]) -> list[str]:
    """All the alarms that the checks want read."""
    return [name for check in checks for name in CHECKS[check["type"]].alarms(check)]


def names_of(checks: Iterable[dict[str, Any]]) -> list[str]:
    """A name for each check: its type, with a number where a type comes again."""
    names: list[str] = []
    for check in checks:
        kind = check["type"]
        again = sum(name.split("-")[0] == kind for name in names)
        names.append(f"{kind}-{again + 1}" if again else kind)
    return names


def conclude(state: State, evidence: Evidence, now: int) -> State:
    """Judge, decide, and say what comes next; the same evidence always gives the same state."""
    settings, progress = state["settings"], state["progress"]
    proof = enough(evidence)
    verdicts = _verdicts(state, evidence, proof)
    moment = Moment(now=now, bake_ends=progress["bake_ends"], held=_held(progress, now))
    decision = decide(verdicts, settings, moment)
    moved = Progress(
        {
            **progress,
            "checked_at": now,
            "held": moment.held,
            "verdicts": verdicts,
            "unproven": decision.unproven or proof.outcome is not Outcome.PASS,
            "ignored_alarms": [
                name for name in progress["ignored_alarms"] if evidence.alarms.get(name) != "OK"
            ],
        }
    )
    return _move({**state, "progress": moved}, decision)


def _verdicts(state: State, evidence: Evidence, proof: Verdict) -> list[LastVerdict]:
    checks = state["settings"]["checks"]
    before = {last["check"]: last for last in state["progress"]["verdicts"]}
    found = {
        name: CHECKS[check["type"]].judge(check, evidence)
        for name, check in zip(names_of(checks), checks, strict=True)
    }
    if checks and evidence.min_invocations:
        found[ENOUGH] = proof
    return [remember(name, verdict, before.get(name)) for name, verdict in found.items()]


def _held(progress: Progress, now: int) -> int:
    """Seconds of holding so far: all time after the first check that found the bake at its end."""
    if progress["checked_at"] < progress["bake_ends"]:
        return progress["held"]
    return progress["held"] + now - progress["checked_at"]


def _move(state: State, decision: Decision) -> State:
    match decision.move:
        case "wait":
            progress = Progress({**state["progress"], "wait_until": iso(decision.until)})
            return {**state, "progress": progress, "next": "bake"}
        case "roll-back":
            failure = Failure(Error=decision.error, Cause=decision.reason)
            return {**state, "failure": failure, "next": "roll-back"}
        case "advance":
            last = state["progress"]["step"] == len(plan_of(state).weights)
            announce = state["settings"]["notify"] == "all"
            return {**state, "next": "finalize" if last else "announce" if announce else "shift"}
