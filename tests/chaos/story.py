"""What happened in one play, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tests.chaos.ending import Ending
from tests.chaos.invariants import violations


def story(ending: Ending) -> Iterator[str]:
    yield f"{ending.status} {ending.error or ''}: {ending.cause}"
    yield "calls:"
    for call, times in groupby(ending.trace.calls):
        number = len(list(times))
        yield f"  {' '.join(call)}{f' x{number}' if number > 1 else ''}"
    yield f"invocations: {' '.join(ending.trace.invocations)}"
    yield f"states: {' '.join(ending.trace.states)}"
    for one in ending.members:
        yield f"{one.name}:"
        yield f"  at the end {one.at_end}"
        yield f"  before all was healed {one.before_healing}"
        yield f"  now {one.now}"
        if one.changed:
            yield f"  somebody else left it {one.theirs}"
    for message in ending.messages:
        yield f"message: {message.subject}"
    yield f"the end was {ending.told}"
    for violation in violations(ending):
        yield f"VIOLATED {violation}"
