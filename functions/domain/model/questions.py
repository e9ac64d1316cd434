"""What checks want to know of the world, and its answers.

A check is pure: it names its questions, adapters ask them (each once, many in one call where AWS
allows it), and the check judges by the answers. A question is a frozen dataclass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

A = TypeVar("A")

Points = tuple[tuple[int, float], ...]
"""A metric's values in rising order of time; times are epoch seconds, a period's start."""


class Question(Generic[A]):
    """Something to ask of the world, whose answer is an `A`."""


class CouldNotAsk(Exception):  # noqa: N818 (an outcome, not a fault of ours)
    """The question got no answer, and why; never to be taken for good news."""


@dataclass(frozen=True)
class AlarmState(Question[str | None]):
    """How an alarm stands: OK, ALARM or INSUFFICIENT_DATA; None where it does not exist.

    Where CloudWatch could not evaluate it, the state is why: EVALUATION_ERROR (the alarm is to be
    mended), EVALUATION_FAILURE (CloudWatch is) or PARTIAL_DATA. One that does not fire now, but
    began to after `since` (epoch seconds; None: whatever it did), is FIRED. One that is `left_out`
    because it has fired from the start, and was OK after `since`, fires AGAIN.
    """

    name: str
    since: int | None = field(default=None, compare=False)
    left_out: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Metric:
    """One metric with its statistic, such as Sum, Average or p99."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str


@dataclass(frozen=True)
class Query:
    """One line of a CloudWatch query: a metric, or an expression over other lines by their ids."""

    id: str
    source: Metric | str
    wanted: bool = True


@dataclass(frozen=True)
class Series(Question[Mapping[str, Points]]):
    """Metric data from `start` up to `end` (epoch seconds) in periods of `period` seconds.

    Answered by id, for the queries that are `wanted`. Ids matter within one question only. A
    period without data is absent: it is not zero.
    """

    queries: tuple[Query, ...]
    start: int
    end: int
    period: int


@dataclass(frozen=True)
class Invoked:
    """A function's answer. `error` is Lambda's FunctionError, `body` what it answered, as text.

    `size` is the body's in bytes, `milliseconds` what the caller waited.
    """

    status: int
    error: str | None
    body: str
    size: int
    milliseconds: float
    version: str | None


@dataclass(frozen=True)
class Invoke(Question[Invoked]):
    """One synchronous call; `payload` is JSON text. `number` makes many of the same.

    `qualifier` is a version or an alias; none means the function as its name alone reaches it.
    """

    function: str
    qualifier: str
    payload: str
    number: int = 1


@dataclass(frozen=True)
class Fetched:
    """A server's answer: `body` is text; `cut` if there was more of it than is ever read."""

    status: int
    body: str
    cut: bool
    milliseconds: float


@dataclass(frozen=True)
class Fetch(Question[Fetched]):
    """One HTTP request; `headers` in order, `timeout` in seconds for the whole of it."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    timeout: float


class Answers:
    """The answers found. One that is missing, or is a CouldNotAsk, is raised as such."""

    def __init__(self, found: Mapping[Question[Any], Any]) -> None:
        self._found = found

    def __or__(self, more: "Answers") -> "Answers":
        return Answers({**self._found, **more._found})

    def to(self, question: Question[A]) -> A:
        """Return the answer to this question. Raises CouldNotAsk."""
        answer = self._found.get(question, CouldNotAsk(f"no answer to {question}"))
        if isinstance(answer, CouldNotAsk):
            raise answer
        found: A = answer
        return found
