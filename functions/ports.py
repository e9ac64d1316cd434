"""What the tasks ask of the world: a Protocol for each adapter, which tests stand in for.

`app` says what stands behind each.
"""

# ruff: noqa: D102 (the adapters' own methods, of the same names, say what they do)

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # every task loads this file, and needs none of these to run
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from domain.ending.message import Message
    from domain.gate.direction import Moment, Standing
    from domain.gate.ending import Described
    from domain.model.alias import Alias, Routing
    from domain.model.questions import AlarmState, Invoke, Invoked, Series
    from domain.planning.preflight import VersionFacts
    from domain.recovery.guard import Bad, Ended
    from domain.recovery.history_tail import Event
    from domain.rollout.hooks import HookEnd
    from domain.rollout.parameters import Order


class Aliases(Protocol):
    """The aliases of all functions."""

    def read(self, function: str, alias: str, /) -> Alias | None: ...
    def names(self, function: str, /) -> Sequence[str] | None: ...
    def write(self, function: str, alias: str, wanted: Routing, revision: str, /) -> str | None: ...
    def create(self, function: str, alias: str, wanted: Routing, /) -> str: ...
    def delete(self, function: str, alias: str, /) -> None: ...


class Versions(Protocol):
    """Functions and their versions."""

    def facts(self, function: str, version: str = ..., /) -> VersionFacts | None: ...
    def exists(self, function: str, /) -> bool | None: ...
    def provisioned(self, function: str, alias: str, /) -> bool: ...
    def tags(self, arn: str, /) -> Mapping[str, str]: ...
    def publish(self, function: str, sha256: str | None, /) -> str: ...
    def wait_until_active(self, function: str, version: str, /) -> None: ...


class CloudWatch(Protocol):
    """Alarms and metric data. Raises AwsUnavailable where it cannot be read."""

    def alarms(self, names: Iterable[str], /) -> Mapping[str, str]: ...
    def alarm_states(self, questions: Sequence[AlarmState], /) -> Mapping[AlarmState, Any]: ...
    def series(self, questions: Sequence[Series], /) -> Mapping[Series, Any]: ...


class Orders(Protocol):
    """What an operator has ordered. Raises AwsUnavailable where it cannot be read now."""

    def newest(self, names: Sequence[str], /) -> Mapping[str, Order]: ...
    def history(self, name: str, /) -> Sequence[Order]: ...


class Invocations(Protocol):
    """Calls of functions, none of which is repeated."""

    def answers(self, questions: Sequence[Invoke], /) -> Mapping[Invoke, Any]: ...


class Hooks(Protocol):
    """Calls of functions that may take minutes to answer; None where they take too long."""

    def answer(self, function: str, event: str, timeout: int, /) -> Invoked | None: ...


class Executions(Protocol):
    """Executions of state machines."""

    def status(self, arn: str, /) -> tuple[str, float]: ...
    def stop(self, arn: str, cause: str, /) -> None: ...
    def start(self, machine: str, name: str, given: Mapping[str, Any], /) -> None: ...
    def running(self, machine: str, prefix: str, /) -> Sequence[str]: ...
    def newest(self, machine: str, prefix: str, since: float, /) -> str | None: ...
    def described(self, arn: str, /) -> Described | None: ...
    def ended_badly(self, machine: str, status: Bad, /) -> Iterator[Ended]: ...
    def newest_events(self, arn: str, /) -> Iterator[Event]: ...


class Histories(Protocol):
    """The histories of executions."""

    def length(self, arn: str, /) -> int: ...


class HookRuns(Protocol):
    """The executions in which hooks are asked, by their names."""

    def ended(self, name: str, /) -> HookEnd: ...
    def stop(self, name: str, cause: str, /) -> None: ...


class Stacks(Protocol):
    """Stacks of CloudFormation that have a gate in them."""

    def standing(self, stack: str, resource: str, /) -> Standing: ...
    def events(self, stack: str, /) -> Iterable[Moment]: ...
    def has(self, stack: str, physical: str, /) -> bool: ...


class Responses(Protocol):
    """Where CloudFormation looks for answers. Raises AwsUnavailable where it cannot be reached."""

    def put(self, url: str, body: bytes, /) -> bool: ...


class Queue(Protocol):
    """A message to be read later."""

    def send(self, body: str, seconds: int, /) -> None: ...
    def waiting(self) -> int: ...


class Itself(Protocol):
    """The function that runs."""

    def call(self, event: Mapping[str, Any], /) -> None: ...


class Notifier(Protocol):
    """A channel through which people and machines are told of a rollout."""

    def send(self, message: Message, /) -> None: ...
