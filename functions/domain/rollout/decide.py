"""What a rollout does next, once its checks have answered: the one decision of the workflow."""

from dataclasses import dataclass
from typing import Literal, assert_never

from domain.model.progress import LastVerdict
from domain.model.state import Settings
from domain.model.verdict import Outcome, Verdict

ERRORS_IN_A_ROW = 3
_RETRY = 60  # seconds after which what could not be asked, or was too little, is asked again
_MAX_REASON = 500  # bytes of each verdict's reason that the state carries

Move = Literal["advance", "wait", "roll-back"]


@dataclass(frozen=True)
class Moment:
    """Where the rollout stands, in epoch seconds; `held` seconds of max-hold are used up."""

    now: int
    bake_began: int
    bake_ends: int
    held: int


@dataclass(frozen=True)
class Decision:
    """What to do next.

    `until` (epoch seconds) goes with `wait`, `error` (a name of errors.py) with `roll-back`.

    `passed`: every check made now has passed, whether or not the bake is over. `holding`: the bake
    is over, and too little is known. `overruled`: a person ordered promotion all the same.
    """

    move: Move
    reason: str
    until: int = 0
    error: str = ""
    unproven: bool = False
    passed: bool = False
    holding: bool = False
    overruled: bool = False


def remember(check: str, verdict: Verdict, before: LastVerdict | None) -> LastVerdict:
    """Keep the verdict with its count of errors in a row; the third error is a fail."""
    errors = 0
    if verdict.outcome is Outcome.ERROR:
        errors = 1 + (before["errors"] if before else 0)
    if errors >= ERRORS_IN_A_ROW:
        verdict = Verdict(
            Outcome.FAIL, f"could not be made {errors} times in a row; last: {verdict.reason}"
        )
    last = LastVerdict(
        check=check, outcome=verdict.outcome.value, reason=_cut(verdict.reason), errors=errors
    )
    if verdict.findings:
        last["findings"] = list(verdict.findings)
    if verdict.aside:
        last["aside"] = True
    if verdict.suspect:
        last["suspect"] = True
    return last


def _cut(reason: str) -> str:
    data = reason.encode()
    if len(data) <= _MAX_REASON:
        return reason
    return f"{data[:_MAX_REASON].decode(errors='ignore')}..."


def decide(verdicts: list[LastVerdict], settings: Settings, moment: Moment) -> Decision:
    """Decide by the worst verdict; a bake always runs to its end unless a check fails.

    After the bake an error is asked again, and too little data holds the weight until `max_hold`
    seconds have been held in the whole rollout. A canary that is suspect then is rolled back,
    whatever is to become of one of which too little is known.
    """
    worst = max(
        verdicts,
        key=lambda verdict: list(Outcome).index(Outcome(verdict["outcome"])),
        default=LastVerdict(check="none", outcome="pass", reason="nothing to check", errors=0),
    )
    outcome = Outcome(worst["outcome"])
    reason = f"{worst['check']}: {worst['reason']}"
    every = settings["check_interval"]
    if outcome is Outcome.FAIL:
        return Decision("roll-back", reason, error="HealthCheckFailed")
    if moment.now < moment.bake_ends:
        until = min(_next_check(moment, every), moment.bake_ends)
        if outcome is Outcome.ERROR:
            until = min(until, moment.now + _RETRY)
        return Decision("wait", reason, until=until, passed=outcome is Outcome.PASS)
    match outcome:
        case Outcome.PASS:
            return Decision("advance", reason, passed=True)
        case Outcome.ERROR:
            return Decision("wait", reason, until=moment.now + min(every, _RETRY))
        case Outcome.INCONCLUSIVE:
            suspect = next((one for one in verdicts if "suspect" in one), None)
            return _hold(suspect or worst, settings, moment)
        case _:
            assert_never(outcome)


def _next_check(moment: Moment, every: int) -> int:
    """Return the next check's time, at whole intervals of the bake, however long checks take."""
    return moment.now + every - (moment.now - moment.bake_began) % every


def _hold(last: LastVerdict, settings: Settings, moment: Moment) -> Decision:
    reason = f"{last['check']}: {last['reason']}"
    left = settings["max_hold"] - moment.held if settings["min_invocations"] else 0
    if left > 0:
        until = moment.now + min(_RETRY, left)
        return Decision("wait", f"holding, {reason}", until=until, holding=True)
    why = f"{reason}, after {moment.held} s of holding"
    if "suspect" in last:
        return Decision("roll-back", why, error="HealthCheckFailed")
    if settings["min_invocations"] == 0:
        return Decision("advance", f"unproven, {reason}", unproven=True)
    if settings["on_insufficient_data"] == "promote":
        return Decision("advance", f"unproven, {reason}", unproven=True, holding=True)
    return Decision("roll-back", why, error="InsufficientData", holding=True)
