"""`alarm`: CloudWatch alarms, metric or composite, by name or ARN."""

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Len

from domain.checks.support.check import Check, CheckOptions, Needs
from domain.checks.support.context import CheckContext, When
from domain.model.naming import Home
from domain.model.questions import AlarmState, Answers, CouldNotAsk
from domain.model.verdict import Outcome, Verdict

ALLOWED = {"names": "1 to 100 alarm names or ARNs"}
WHEN: tuple[When, ...] = ("during", "before", "after")


@dataclass(frozen=True)
class Options(CheckOptions):
    """The alarms that must not fire."""

    names: Annotated[list[Annotated[str, Len(1, 1_600)]], Len(1, 100)]

    def problem(self) -> str | None:
        """Refuse an alarm that is named twice."""
        if len(set(self.names)) < len(self.names):
            return "names: the same alarm is named twice"
        return None


def prepare(options: dict[str, Any], home: Home) -> dict[str, Any]:
    """Resolve ARNs to names, and keep each alarm once."""
    names = [home.alarm(name) for name in options["names"]]
    return {**options, "names": list(dict.fromkeys(names))}


def needs(options: dict[str, Any]) -> Needs:
    """Name the alarms, which must exist."""
    return Needs(alarms=options["names"])


def ask(options: dict[str, Any], context: CheckContext) -> list[AlarmState]:
    """Ask how each alarm stands, and what it did since the last check, or since the first shift.

    Of one that is left out, only that it is OK, or was, is of interest.
    """
    since = context.shifted_at or None if context.carried is None else context.carried
    return [AlarmState(name, since, name in context.ignored_alarms) for name in options["names"]]


def fold(options: dict[str, Any], context: CheckContext, answers: Answers) -> int:
    """Carry on when the alarms were read."""
    for name in options["names"]:
        answers.to(AlarmState(name))
    return context.now


def judge(options: dict[str, Any], context: CheckContext, answers: Answers) -> Verdict:
    """Fail if one alarm fires; one that is gone or cannot be evaluated is never "OK".

    Where all are left out, nothing is known, and holding the weight would not change that.
    """
    ignored = sorted(
        name
        for name in options["names"]
        if name in context.ignored_alarms and not _fires_again(name, answers)
    )
    names = [name for name in options["names"] if name not in ignored]
    states = {name: answers.to(AlarmState(name)) for name in names}
    aside = f" ({', '.join(ignored)} left out: firing since before the start)" if ignored else ""
    if not names:
        return Verdict(Outcome.INCONCLUSIVE, f"no alarm counts yet{aside}", aside=True)
    for state, outcome, text in (
        ("ALARM", Outcome.FAIL, "firing"),
        ("AGAIN", Outcome.FAIL, "was OK since the last check, and fires again"),
        ("FIRED", Outcome.FAIL, "has fired since the last check, and recovered"),
        (None, Outcome.ERROR, "not there (deleted or renamed)"),
        ("EVALUATION_ERROR", Outcome.ERROR, "cannot be evaluated until it is mended"),
        ("EVALUATION_FAILURE", Outcome.INCONCLUSIVE, "could not be evaluated by CloudWatch"),
        ("PARTIAL_DATA", Outcome.INCONCLUSIVE, "evaluated on a part of its data"),
        ("INSUFFICIENT_DATA", Outcome.INCONCLUSIVE, "without enough data"),
    ):
        named = sorted(name for name, found in states.items() if found == state)
        if named:
            return Verdict(outcome, f"{', '.join(named)}: {text}{aside}")
    if strange := {str(found) for found in states.values()} - {"OK"}:
        return Verdict(Outcome.INCONCLUSIVE, f"in no known state: {', '.join(sorted(strange))}")
    return Verdict(Outcome.PASS, f"{len(states)} of {len(states)} alarms OK{aside}")


def _fires_again(name: str, answers: Answers) -> bool:
    try:
        return answers.to(AlarmState(name)) == "AGAIN"
    except CouldNotAsk:
        return False


CHECK = Check(
    Options, ALLOWED, WHEN, judge, prepare=prepare, ask=ask, needs=needs, fold=fold, grows=40
)
