"""The ports in memory: what the tasks talk to instead of AWS."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from domain.checks.support.counts import Minutes
from domain.ending.message import Message
from domain.gate.ending import Described
from domain.model.alias import Alias, Routing
from domain.model.naming import execution_of
from domain.model.questions import AlarmState, CouldNotAsk, Series
from domain.planning.preflight import VersionFacts
from domain.recovery.guard import Bad, Ended
from domain.recovery.history_tail import Event
from domain.rollout.parameters import Order
from tests.unit.builders import version

Name = tuple[str, str]  # function, alias


@dataclass
class Aliases:
    """Keeps the rules of adapters.aliases. What is in `failing` raises before it has any effect."""

    held: dict[Name, Alias] = field(default_factory=dict)
    failing: dict[Name, Exception] = field(default_factory=dict)
    written: list[Name] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def read(self, function: str, alias: str) -> Alias | None:
        return self.held.get((function, alias))

    def names(self, function: str) -> list[str] | None:
        """Return a function's aliases; one of which nothing is known is in `unknown`."""
        if function in self.unknown:
            return None
        return [alias for name, alias in self.held if name == function]

    def write(self, function: str, alias: str, wanted: Routing, revision: str) -> str | None:
        name = function, alias
        if name in self.failing:
            raise self.failing[name]
        if name not in self.held or self.held[name].revision != revision:
            return None
        return self._put(name, wanted)

    def create(self, function: str, alias: str, wanted: Routing) -> str:
        name = function, alias
        if name in self.failing:
            raise self.failing[name]
        return self._put(name, wanted)

    def delete(self, function: str, alias: str) -> None:
        self.held.pop((function, alias), None)

    def _put(self, name: Name, wanted: Routing) -> str:
        self.written.append(name)
        self.held[name] = Alias(wanted, f"{name[0]} written {len(self.written)}")
        return self.held[name].revision


@dataclass
class Versions:
    """`held` are the versions there are, by function and number; $LATEST is there with any.

    `others` are the functions of hooks and checks that are not there or, None, may not be read.
    `waited_for` has of each wait how many were published before it.
    """

    held: dict[tuple[str, str], VersionFacts] = field(default_factory=dict)
    others: dict[str, bool | None] = field(default_factory=dict)
    provisioned_aliases: set[Name] = field(default_factory=set)
    published: list[tuple[str, str | None]] = field(default_factory=list)
    waited_for: list[tuple[int, str, str]] = field(default_factory=list)

    def facts(self, function: str, number: str = "$LATEST") -> VersionFacts | None:
        if number == "$LATEST" and any(name == function for name, _ in self.held):
            return version()
        return self.held.get((function, number))

    def exists(self, function: str) -> bool | None:
        return self.others.get(function, True)

    def provisioned(self, function: str, alias: str) -> bool:
        return (function, alias) in self.provisioned_aliases

    def tags(self, arn: str) -> dict[str, str]:
        return {"aws:cloudformation:stack-id": "another"} if arn.endswith(":theirs") else {}

    def publish(self, function: str, sha256: str | None) -> str:
        self.published.append((function, sha256))
        return "2"

    def wait_until_active(self, function: str, version: str) -> None:
        self.waited_for.append((len(self.published), function, version))


@dataclass
class CloudWatch:
    """What it holds is what it shows; an exception is what it raises."""

    states: dict[str, str] | Exception = field(default_factory=dict)
    minutes: list[Minutes] | Exception = field(default_factory=list)

    def alarms(self, names: Iterable[str]) -> dict[str, str]:
        if isinstance(self.states, Exception):
            raise self.states
        return {name: self.states[name] for name in names if name in self.states}

    def alarm_states(self, questions: Sequence[AlarmState]) -> dict[AlarmState, str | None]:
        states = self.alarms([question.name for question in questions])
        return {question: states.get(question.name) for question in questions}

    def series(self, questions: Sequence[Series]) -> dict[Series, Any]:
        """Show each canary's counts, and no other data."""
        if isinstance(self.minutes, Exception):
            raise self.minutes
        counts = {
            name: tuple((one.start, float(getattr(one, name))) for one in self.minutes)
            for name in ("calls", "errors")
        }
        return {
            question: counts
            if counts.keys() == {query.id for query in question.queries}
            else CouldNotAsk("no such data here")
            for question in questions
        }


@dataclass
class Orders:
    """All that has been ordered, oldest first, and which parameters were asked for."""

    orders: list[Order] = field(default_factory=list)
    failing: Exception | None = None
    read_names: list[Sequence[str]] = field(default_factory=list)
    histories: list[str] = field(default_factory=list)

    def newest(self, names: Sequence[str]) -> dict[str, Order]:
        self.read_names.append(names)
        if self.failing:
            raise self.failing
        return {one.parameter: one for one in self.orders if one.parameter in names}

    def history(self, name: str) -> list[Order]:
        self.histories.append(name)
        return [one for one in self.orders if one.parameter == name]


@dataclass
class Queue:
    """What was sent, and for how many seconds it is held back."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    failing: Exception | None = None

    def send(self, body: str, seconds: int) -> None:
        if self.failing:
            raise self.failing
        self.sent.append((body, seconds))


@dataclass
class Executions:
    """How those that are known stand, what their histories say, and which ended badly."""

    statuses: dict[str, str] = field(default_factory=dict)
    histories: dict[str, list[Event]] = field(default_factory=dict)
    ended: dict[Bad, list[Ended]] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    known: dict[str, Described] = field(default_factory=dict)
    started: list[tuple[str, str, Any]] = field(default_factory=list)

    def status(self, arn: str) -> tuple[str, float]:
        return self.statuses.get(arn, "FORGOTTEN"), time.time()

    def stop(self, arn: str, cause: str) -> None:  # noqa: ARG002
        self.stopped.append(arn)

    def start(self, machine: str, name: str, given: Mapping[str, Any]) -> None:
        self.started.append((machine, name, given))

    def running(self, machine: str, prefix: str) -> list[str]:
        """List those of `known` that run on this machine, by name."""
        of_it = execution_of(machine, prefix)
        running = [arn for arn, one in self.known.items() if one.status == "RUNNING"]
        return [arn.rpartition(":")[2] for arn in running if arn.startswith(of_it)]

    def newest(self, machine: str, prefix: str, since: float) -> str | None:
        """Return the last of `known` on this machine, whenever that was."""
        of_it = execution_of(machine, prefix)
        return next((arn for arn in reversed(self.known) if arn.startswith(of_it) and since), None)

    def described(self, arn: str) -> Described | None:
        return self.known.get(arn)

    def ended_badly(self, machine: str, status: Bad) -> Iterator[Ended]:
        assert machine.endswith(":stateMachine:Deploy")
        yield from self.ended.get(status, [])

    def newest_events(self, arn: str) -> Iterator[Event]:
        return reversed(self.histories[arn])


@dataclass
class Notifier:
    """A channel that keeps what is sent."""

    sent: list[Message] = field(default_factory=list)
    failing: Exception | None = None

    def send(self, message: Message) -> None:
        if self.failing:
            raise self.failing
        self.sent.append(message)


class Context(LambdaContext):
    """A call of a function that has `seconds` left when it begins."""

    def __init__(self, seconds: int = 900) -> None:
        self._seconds = seconds
        self._function_name = "simple-deploy"
        self._invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:simple-deploy"
        self._aws_request_id = "request-1"
        self._memory_limit_in_mb = 256

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # static there
        return 1_000 * self._seconds
