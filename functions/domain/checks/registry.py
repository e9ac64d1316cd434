"""The registry of checks: everything that can be asked about a canary's health.

To add a kind, write its file, which ends with a `Check`, and name that here. What the rest of the
code knows of it stands there: nothing outside this package names a kind.
"""

from collections.abc import Iterable
from typing import Any

from domain.checks import alarm, errors, function, http, invoke, judge, latency, metric, probe
from domain.checks.support.check import Check, Needs

CHECKS: dict[str, Check] = {
    "alarm": alarm.CHECK,
    "errors": errors.CHECK,
    "function": function.CHECK,
    "http": http.CHECK,
    "invoke": invoke.CHECK,
    "judge": judge.CHECK,
    "latency": latency.CHECK,
    "metric": metric.CHECK,
    "probe": probe.CHECK,
}

DEFAULT: dict[str, Any] = {"type": "judge"}

# Where the first weight is 100 % there is no baseline to compare with: an absolute limit then, that
# one failed call among the first twenty does not cross.
DEFAULT_AT_ONCE: dict[str, Any] = {"type": "errors", "max-percent": 5.0}


def of_alarms(names: list[str]) -> dict[str, Any]:
    """Return the check that the input's key `alarms` is short for."""
    return {"type": "alarm", "names": names}


def needs_of(checks: Iterable[dict[str, Any]]) -> Needs:
    """Return all that the checks of a rollout need in the account."""
    needs = [CHECKS[check["type"]].needs(check) for check in checks]
    return Needs(
        alarms=[name for one in needs for name in one.alarms],
        functions=[name for one in needs for name in one.functions],
    )
