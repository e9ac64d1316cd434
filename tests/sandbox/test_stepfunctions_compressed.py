from enum import StrEnum
from typing import Any

import pytest

from sandbox.stepfunctions.compressed import PAGE, CompressedEvents


class Kind(StrEnum):
    WAIT = "WaitStateEntered"


def event(number: int) -> dict[str, Any]:
    return {"id": number, "type": Kind.WAIT, "details": {"input": "x" * 50}}


@pytest.fixture(params=[False, True], ids=["open", "sealed"])
def events(request: pytest.FixtureRequest) -> CompressedEvents:
    made = CompressedEvents()
    for number in range(2 * PAGE + 10):
        made.append(event(number))
    if request.param:
        made.seal()
    return made


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 3), (PAGE - 1, PAGE + 1), (5, 2 * PAGE + 5), (2 * PAGE, 9 * PAGE), (9 * PAGE, 10 * PAGE)],
)
def test_a_slice_is_one_of_the_events_as_they_were_appended(
    events: CompressedEvents, start: int, stop: int
) -> None:
    expected = [{**event(number), "type": "WaitStateEntered"} for number in range(2 * PAGE + 10)]
    assert events.slice(start, stop) == expected[start:stop]


def test_events_may_follow_what_was_sealed(events: CompressedEvents) -> None:
    events.append(event(2 * PAGE + 10))
    assert len(events) == 2 * PAGE + 11
    assert [one["id"] for one in events.slice(2 * PAGE + 9, 3 * PAGE)] == [2009, 2010]
