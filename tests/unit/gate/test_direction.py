from collections.abc import Iterator
from typing import Any

import pytest

from domain.gate.direction import Direction, Moment, Standing, direction_of
from domain.model.alias import Alias, Routing
from tests.unit.gate.builders import asked, properties, standing

BACK = "UPDATE_ROLLBACK_IN_PROGRESS"
BEGAN = Moment("shop", BACK, of_stack=True)


def unread() -> Iterator[Moment]:
    """Fail whoever reads the events, which are not needed."""
    yield Moment(f"{1 / 0}", "")


@pytest.mark.parametrize(
    ("stands", "before", "kind", "direction"),
    [
        (standing(), "1", "Update", "forward"),
        (standing(), "3", "Update", "forward"),
        (standing(), "1", "Create", "forward"),
        (standing(resource="UPDATE_COMPLETE"), "1", "Update", "nobody"),
        (standing(BACK, resource="UPDATE_FAILED"), "1", "Update", "nobody"),
        (standing(BACK), "3", "Update", "back"),
        (standing(BACK), "2", "Update", "back"),
        (standing(BACK), "1", "Create", "late"),
        (None, "1", "Update", "unknown"),
        (None, "1", "Create", "unknown"),
        (None, "3", "Update", "back"),
    ],
)
def test_the_way_is_read_from_the_stack(
    stands: Standing | None, before: str, kind: str, direction: Direction
) -> None:
    found = direction_of(asked(before=before, RequestType=kind), {}, stands, unread())
    assert found == direction


@pytest.mark.parametrize(
    ("stands", "direction"), [(standing(BACK), "late"), (None, "unknown"), (standing(), "forward")]
)
@pytest.mark.parametrize(("before", "now"), [("9", "1"), ("2", "1"), ("1", "9"), ("1", "2")])
def test_what_an_event_says_of_before_is_not_believed_against_the_alias(
    stands: Standing | None, direction: Direction, before: str, now: str
) -> None:
    event = asked(before=before)
    found = {event.members[0]: Alias(Routing(now), "revision")}
    assert direction_of(event, found, stands, []) == direction


def test_an_alias_at_no_version_is_no_older_one() -> None:
    event = asked(before="3")
    found = {event.members[0]: Alias(Routing("$LATEST"), "revision")}
    assert direction_of(event, found, None, []) == "back"


def moment(given: Any) -> Moment:
    return Moment("CheckoutRollout", "UPDATE_IN_PROGRESS", given)


@pytest.mark.parametrize(
    ("events", "direction"),
    [
        ([moment(properties("2")), BEGAN], "back"),
        ([moment(properties("1")), BEGAN], "late"),
        ([BEGAN, moment(properties("2"))], "late"),
        ([Moment("Other", "UPDATE_IN_PROGRESS", properties("2")), BEGAN], "late"),
        ([moment(None), BEGAN], "unknown"),
        ([moment({"NewVersion": "?"}), BEGAN], "unknown"),
        ([], "late"),
    ],
)
def test_a_newer_version_is_gone_back_to_only_where_the_rollback_asks_for_it(
    events: list[Moment], direction: Direction
) -> None:
    assert direction_of(asked(), {}, standing(BACK), events) == direction


@pytest.mark.parametrize(
    ("stack", "lets_go"),
    [
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", False),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("ROLLBACK_IN_PROGRESS", True),
        ("DELETE_IN_PROGRESS", True),
    ],
)
def test_a_renamed_gate_is_no_end(stack: str, lets_go: bool) -> None:
    assert standing(stack).lets_go is lets_go
