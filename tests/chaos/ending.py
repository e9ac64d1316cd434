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

    Events of continuations begin with `continuation`, those of hooks' executions with `hook`.
    `alias_changes` is how often an alias of the group was changed.
    """

    calls: tuple[Call, ...]
    invocations: tuple[str, ...]
    events: tuple[str, ...]
    states: tuple[str, ...]
    alias_changes: int


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
class Ending:
    """How it ended.

    `status` is the execution's, or of a rollout in one call SUCCEEDED or FAILED by its answer,
    KILLED where that was none of its own, REFUSED where it did not begin.
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

    @cached_property
    def told(self) -> Told:
        """How people get to know of the end, at best.

        By a message about this rollout; by the metric of messages that could not be delivered; by
        an alarm on the execution's end; by Lambda's refusal to begin a call.
        """
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
