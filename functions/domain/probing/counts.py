"""What a probe counts: its calls of each function by the version that answered them."""

from typing import Any

from domain.checks.support.function_answer import flaw
from domain.model.member import Calls, Probed, Shifting
from domain.model.questions import CouldNotAsk, Invoked

_MAX_FLAW = 150  # bytes of a flaw that the state carries
_NONE = Calls(calls=0, failed=0)


def begun(member: Shifting) -> Shifting:
    """Let a probe of this member begin, which counts on from the ones before it."""
    before = member.get("probed")
    canary, baseline = (before["canary"], before["baseline"]) if before else (_NONE, _NONE)
    worst = before["flaw"] if before else ""
    probed = Probed(canary=canary, baseline=baseline, latest=_NONE, flaw=worst, lost="")
    return {**member, "probed": probed}


def judged(
    options: dict[str, Any], answer: Invoked | CouldNotAsk
) -> tuple[Invoked | CouldNotAsk, str | None]:
    """Say what is not as the probe's options want it; no answer never is.

    One on which the conditions cannot be evaluated in time is none.
    """
    if isinstance(answer, CouldNotAsk):
        return answer, str(answer)
    try:
        return answer, flaw(options, answer)
    except CouldNotAsk as reason:
        return reason, str(reason)


def counted(member: Shifting, answer: Invoked | CouldNotAsk, wrong: str | None) -> Shifting:
    """Count one more call of the member; `wrong` is what was wrong with it.

    A version that is neither canary nor baseline, which somebody else has let in, counts for none.
    """
    before, lost = member["probed"], isinstance(answer, CouldNotAsk)
    after = Probed({**before, "latest": _more(before["latest"], lost)})
    if isinstance(answer, CouldNotAsk):
        after["lost"] = _cut(str(answer))
    elif answer.version == member["canary"]:
        after["canary"] = _more(before["canary"], wrong is not None)
        after["flaw"] = before["flaw"] if wrong is None else _cut(wrong)
    elif answer.version == member["baseline"]:
        after["baseline"] = _more(before["baseline"], wrong is not None)
    return {**member, "probed": after}


def _more(before: Calls, failed: bool) -> Calls:
    return Calls(calls=before["calls"] + 1, failed=before["failed"] + failed)


def _cut(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:_MAX_FLAW])
    return shown.encode()[:_MAX_FLAW].decode(errors="ignore")
