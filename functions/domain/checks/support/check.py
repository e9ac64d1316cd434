"""A kind of check, as all see it that ask, plan or judge without knowing which kind it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from domain.checks.support.context import CheckContext, When
from domain.model.naming import Home
from domain.model.questions import Answers, Question
from domain.model.verdict import Verdict


class CheckOptions:
    """A check's options as an input may hold them: a dataclass with types and bounds."""

    def problem(self) -> str | None:
        """Say what is wrong that types and bounds cannot tell, or None."""
        return None


@dataclass(frozen=True)
class Needs:
    """What must be in the account before a rollout with this check starts, by name.

    Its alarms must not fire then either, unless the input leaves out those that do.
    """

    alarms: Sequence[str] = ()
    functions: Sequence[str] = ()


def _as_given(options: dict[str, Any], _home: Home) -> dict[str, Any]:
    return options


def _nothing(_options: dict[str, Any], _context: CheckContext) -> Sequence[Question[Any]]:
    return ()


def _no_needs(_options: dict[str, Any]) -> Needs:
    return Needs()


@dataclass(frozen=True)
class Check:
    """A kind of check: how it is written in an input, what it asks, and how it judges.

    `options` declares what an input may hold, and `allowed` says the same in words, by key. `when`
    lists the times at which the check may be made; the first is the default. `judge` gives the
    verdict on the answers; it lets CouldNotAsk pass, which makes an error verdict.

    `prepare` completes the options and resolves names, once, while the rollout is planned; it may
    raise BadName. All others get what it returned. `ask` names the questions, and `needs` what must
    be in the account.

    `fold` is for a check that carries something from one health check to the next: it gets what
    `judge` gets, with what was carried so far, and returns what to carry on. `grows` is by how many
    bytes a function, at most, the check makes the state grow in a rollout, however long: by what it
    carries and finds, or has Probe count. `most` is how many of its kind a rollout may have, where
    those are fewer than its checks may be.

    Of a check with the option `rate`, Probe makes the calls, so many a second; a rollout has one
    such check at most (domain/model/state.py, probe_of).
    """

    options: type[CheckOptions]
    allowed: Mapping[str, str]
    when: Sequence[When]
    judge: Callable[[dict[str, Any], CheckContext, Answers], Verdict]
    _: KW_ONLY
    prepare: Callable[[dict[str, Any], Home], dict[str, Any]] = _as_given
    ask: Callable[[dict[str, Any], CheckContext], Sequence[Question[Any]]] = _nothing
    needs: Callable[[dict[str, Any]], Needs] = _no_needs
    fold: Callable[[dict[str, Any], CheckContext, Answers], Any] | None = None
    grows: int = 0
    most: int | None = None
