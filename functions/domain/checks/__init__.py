"""The registry of checks: everything that can be asked about a canary's health.

A check is a module with what `Check` lists. To add one, write its file and name it here.
"""

from typing import Any, Protocol

from domain.checks import alarm, errors
from domain.evidence import Evidence
from domain.naming import Home
from domain.verdict import Verdict


class Check(Protocol):
    """`Options` is a dataclass of what an input may hold, `ALLOWED` says it in words by key.

    `Options.problem()` is for what its types cannot say. `prepare` resolves names, once (it may
    raise BadName); its answer is what `alarms` (which are to be read?) and `judge` get.
    """

    ALLOWED: dict[str, str]

    @property
    def Options(self) -> type: ...  # noqa: N802 (a class)

    def prepare(self, options: dict[str, Any], home: Home, /) -> dict[str, Any]: ...

    def alarms(self, options: dict[str, Any], /) -> list[str]: ...

    def judge(self, options: dict[str, Any], evidence: Evidence, /) -> Verdict: ...


CHECKS: dict[str, Check] = {
    "alarm": alarm,
    "errors": errors,
}

# In the contract, but not in this version: refused with an error that says so.
PLANNED = ("judge", "latency", "metric", "invoke", "http", "function", "probe")

# The default, until the judge that compares with the baseline is there: an absolute limit that one
# failed call among the first twenty does not cross.
DEFAULT: dict[str, Any] = {"type": "errors", "max-percent": 5.0}
