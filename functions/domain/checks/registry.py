"""The registry of checks: everything that can be asked about a canary's health.

A check is a module with what `Check` lists. To add one, write its file and name it here.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from domain.checks import alarm, errors, function, http, invoke, judge, latency, metric, probe
from domain.checks.support.context import CheckContext, When
from domain.model.naming import Home
from domain.model.questions import Answers, Question
from domain.model.verdict import Verdict


class Check(Protocol):
    """What a check's module holds.

    `Options` is a dataclass of what an input may hold, `ALLOWED` says it in words by key, and
    `Options.problem()` is for what its types cannot say. `WHEN` lists when it may be asked; the
    first is the default. `prepare` resolves names, once (it may raise BadName); its answer is what
    `ask` and `judge` get. `judge` lets CouldNotAsk pass: that is an error verdict.
    """

    ALLOWED: dict[str, str]
    WHEN: tuple[When, ...]

    @property
    def Options(self) -> type: ...  # noqa: N802 (a class)

    def prepare(self, options: dict[str, Any], home: Home, /) -> dict[str, Any]: ...

    def ask(self, options: dict[str, Any], context: CheckContext, /) -> Sequence[Question[Any]]: ...

    def judge(
        self, options: dict[str, Any], context: CheckContext, answers: Answers, /
    ) -> Verdict: ...


CHECKS: dict[str, Check] = {
    "alarm": alarm,
    "errors": errors,
    "function": function,
    "http": http,
    "invoke": invoke,
    "judge": judge,
    "latency": latency,
    "metric": metric,
    "probe": probe,
}

# Checks that carry something from one health check to the next. A fold gets what `judge` gets, with
# what was carried so far, and returns what to carry on: no more of it in a long rollout than in a
# short one.
FOLDS: dict[str, Callable[[dict[str, Any], CheckContext, Answers], Any]] = {"judge": judge.fold}

DEFAULT: dict[str, Any] = {"type": "judge"}

# Where the first weight is 100 % there is no baseline to compare with: an absolute limit then, that
# one failed call among the first twenty does not cross.
DEFAULT_AT_ONCE: dict[str, Any] = {"type": "errors", "max-percent": 5.0}
