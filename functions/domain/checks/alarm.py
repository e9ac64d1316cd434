"""`alarm`: CloudWatch alarms, metric or composite, by name or ARN."""

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Len

from domain.evidence import Evidence
from domain.naming import Home
from domain.verdict import Outcome, Verdict

ALLOWED = {"names": "1 to 100 alarm names or ARNs"}


@dataclass(frozen=True)
class Options:
    names: Annotated[list[Annotated[str, Len(1, 1_600)]], Len(1, 100)]

    def problem(self) -> str | None:
        if len(set(self.names)) < len(self.names):
            return "names: the same alarm is named twice"
        return None


def prepare(options: dict[str, Any], home: Home) -> dict[str, Any]:
    names = [home.alarm(name) for name in options["names"]]
    return {**options, "names": list(dict.fromkeys(names))}


def alarms(options: dict[str, Any]) -> list[str]:
    return list(options["names"])


def judge(options: dict[str, Any], evidence: Evidence) -> Verdict:
    """One alarm firing fails; one that cannot be read, or is gone, is an error, never "OK"."""
    if evidence.alarms_unavailable is not None:
        return Verdict(Outcome.ERROR, f"alarms could not be read: {evidence.alarms_unavailable}")
    states = {
        name: evidence.alarms.get(name)
        for name in options["names"]
        if name not in evidence.ignored_alarms
    }
    ignored = sorted(evidence.ignored_alarms & set(options["names"]))
    aside = f" ({', '.join(ignored)} left out: firing since before the start)" if ignored else ""
    for state, outcome, words in (
        ("ALARM", Outcome.FAIL, "firing"),
        (None, Outcome.ERROR, "not there (deleted or renamed)"),
        ("INSUFFICIENT_DATA", Outcome.INCONCLUSIVE, "without enough data"),
    ):
        named = sorted(name for name, found in states.items() if found == state)
        if named:
            return Verdict(outcome, f"{', '.join(named)}: {words}{aside}")
    return Verdict(Outcome.PASS, f"{len(states)} of {len(states)} alarms OK{aside}")
