import json

import pytest

from domain.gate.answer import MOST, Answer, body, granted, refused
from domain.gate.event import address_of
from tests.unit.gate.builders import asked, event

ADDRESS = address_of(event())


def test_a_success_says_exactly_what_was_asked_for() -> None:
    said = json.loads(body(ADDRESS, granted(asked(), "it is so")))
    assert said == {
        "Status": "SUCCESS",
        "StackId": ADDRESS.stack,
        "RequestId": "request-1",
        "LogicalResourceId": "CheckoutRollout",
        "PhysicalResourceId": "checkout:live",
        "Data": {"Version": "2"},
        "Reason": "it is so",
    }


def test_a_failure_keeps_the_id_that_there_is() -> None:
    assert refused(ADDRESS, "no", "another").physical == "checkout:live"
    new = address_of(event(PhysicalResourceId=""))
    assert refused(new, "no", "another").physical == "another"
    assert refused(new, "no").physical == "none"


@pytest.mark.parametrize("letter", ["a", "ä", "🙂", '"'])
def test_a_long_reason_is_cut_and_the_data_stay(letter: str) -> None:
    data = {f"Version{at}": "1234" for at in range(1, 26)}
    written = body(ADDRESS, Answer("FAILED", letter * 30_000, "checkout:live", data))
    said = json.loads(written)
    assert MOST - 100 < len(written) <= MOST
    assert said["Data"] == data
    assert said["Reason"].endswith(" ...")


def test_data_that_leave_no_room_leave_no_reason() -> None:
    data = {"Version": "1" * MOST}
    assert json.loads(body(ADDRESS, Answer("SUCCESS", "why", "x", data)))["Reason"] == ""
