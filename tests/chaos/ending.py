"""How one play ended: what can be seen of it from outside, and what it went through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sandbox.services.sns import Message
from tests.chaos.fault import Call
from tests.chaos.scenario import Case
from tests.scenario.observed import AliasState

Told = Literal["told", "counted", "alarmed", "answered", "silent"]


@dataclass(frozen=True)
class Trace:
    """In their order: AWS calls (not the operator's), invocations, types of history events.

    Events of continuations begin with `continuation`, those of hooks' executions with `hook`, those
    of the gate's with `waiter`.
    `alias_changes` is how often an alias of the group was changed, `answers` how often a stack was
    answered.
    """

    calls: tuple[Call, ...]
    invocations: tuple[str, ...]
    events: tuple[str, ...]
    states: tuple[str, ...]
    alias_changes: int
    answers: int = 0


@dataclass(frozen=True)
class Member:
    """One alias: as it was when the execution ended, before and after everything was healed.

    `changed`: somebody else changed its routing, and left it as `theirs`. `described`: the last
    description that somebody else gave it. `is_new`: it did not exist.
    """

    name: str
    is_new: bool
    changed: bool
    theirs: AliasState | None
    described: str | None
    at_end: AliasState | None
    before_healing: AliasState | None
    now: AliasState | None
    primaries: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """What became of the gate in one operation of its stack, and how the alias stood just then.

    `reason` is as people read it in the stack's events.
    """

    status: str
    reason: str
    version: str
    alias: AliasState | None


@dataclass(frozen=True)
class StackEnding:
    """How the stack stood when it came to rest, and in the end, when people had seen to it.

    `seconds` is how long it took to come to rest; `version` is where the stack says that its alias
    is, None if it has none.
    """

    status: str
    in_the_end: str
    seconds: float
    version: str | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Ending:
    """How it ended. `stack` is there if a stack asked for the rollout.

    `status` is the execution's, or of a rollout in one call SUCCEEDED or FAILED by its answer,
    KILLED where that was none of its own, REFUSED where it did not begin. Where a stack asked, it
    is the stack's.
    """

    case: Case
    execution: str
    status: str
    error: str | None
    cause: str
    members: Sequence[Member]
    messages: Sequence[Message]
    not_delivered: int
    trace: Trace
    stack: StackEnding | None = None

    @cached_property
    def told(self) -> Told:
        """How people get to know of the end, at best.

        By a message about this rollout; by the metric of messages that could not be delivered; by
        an alarm on the execution's end; by Lambda's refusal to begin a call; by the stack's events.
        """
        if self.stack is not None:
            return "answered"
        bodies = [message.body() for message in self.messages]
        if any(self.execution in body and not _is_alarm(body) for body in bodies):
            return "told"
        if self.not_delivered:
            return "counted"
        if any(map(_is_alarm, bodies)):
            return "alarmed"
        return "answered" if self.status == "REFUSED" else "silent"


def _is_alarm(body: str) -> bool:
    return body.startswith("{") and "AlarmName" in json.loads(body)
