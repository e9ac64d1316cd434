"""What people are told who may order something."""

from typing import Any

from domain.checks.support.counts import Counts
from domain.ending.message import Message, message
from domain.model.state import State
from domain.rollout.orders import obey
from domain.rollout.parameters import Order
from tests.unit.builders import LIMIT, NOW, baking, checked, planned, rollout

PARAMETER = "/lambda-canary/checkout/live"
PUT = f"aws ssm put-parameter --overwrite --type String --name {PARAMETER} --value "
FEW = {"checkout:live": Counts(5, 0)}


def told_of_hold(**keys: Any) -> Message:
    state = baking(rollout(interval=300, checks=LIMIT, **keys), at=NOW)
    for seconds in (300, 360, 420):
        state = checked(state, NOW + seconds, FEW)
    found = message("hold", state)
    assert found is not None
    return found


def answered(*texts: str, state: State | None = None) -> Message:
    orders = [Order(text, NOW + at, at, PARAMETER) for at, text in enumerate(texts, start=1)]
    after, refused = obey(state or baking(rollout()), orders)
    found = message("refused-order", after, refused)
    assert found is not None
    return found


def test_a_hold_says_what_is_missing_how_it_ends_and_how_a_person_ends_it() -> None:
    found = told_of_hold()
    assert found.subject == "On hold at 10 % (weight 1 of 10), too little is known: checkout live"
    lines = found.text.splitlines()
    assert lines[0] == (
        "checkout live holds at 10 % (weight 1 of 10), because too little is known:"
    )
    assert "  min-invocations: 5 of 20 canary calls o" in found.text
    assert "If that stays so, it goes on, unproven, after 8 min more." in lines
    for order in ("'approve rollout-1'", "promote", "roll-back"):
        assert f"  {PUT}{order}" in lines
    assert found.body["commands"]["approve"] == f"{PUT}'approve rollout-1'"
    assert found.attributes["status"] == "RUNNING"


def test_a_hold_says_where_it_ends_in_a_rollback() -> None:
    found = told_of_hold(on_insufficient_data="roll-back")
    assert "If that stays so, it rolls back after 8 min more." in found.text


def test_a_hold_in_one_call_may_end_with_the_call() -> None:
    call = "arn:aws:lambda:us-east-1:123456789012:function:simple-deploy:request-1:1767603600"
    state = checked(baking(rollout(interval=300, checks=LIMIT), at=NOW), NOW + 300, FEW)
    state["execution"]["id"] = call
    found = message("hold", state)
    assert found is not None
    said = "goes on, unproven, after 10 min more, or rolls back when this call's own time is over."
    assert said in found.text


def test_an_order_that_was_meant_is_answered_with_its_command() -> None:
    found = answered("rol-bak")
    assert found.subject == "Order not obeyed: checkout live"
    assert found.text.splitlines()[:3] == [
        "'rol-bak' of 2026-01-05T09:00:01Z was not obeyed: no order is written so; known: pause, "
        "resume, approve, promote, roll-back.",
        "Perhaps this was meant:",
        f"  {PUT}roll-back",
    ]
    assert found.body["orders"] == [
        {
            "order": "rol-bak",
            "at": "2026-01-05T09:00:01Z",
            "why": "no order is written so; known: pause, resume, approve, promote, roll-back",
            "meant": "roll-back",
        }
    ]


def test_an_answer_says_nothing_of_what_was_not_understood_beyond_forty_characters() -> None:
    found = answered("a secret\n" + "x" * 8_000)
    assert "x" * 40 not in found.text
    assert "\\n" in found.text.splitlines()[0]


def test_many_orders_get_one_answer_of_the_last_ten() -> None:
    found = answered(*(f"order {number}" for number in range(100)))
    assert [one["order"] for one in found.body["orders"]] == [
        f"order {at}" for at in range(90, 100)
    ]


def test_whoever_wants_to_be_told_nothing_is_not_answered() -> None:
    for kind, wanting in (("none", False), ("failures", True)):
        state = planned(rollout(notify=kind))
        after, refused = obey(state, [Order("x", NOW + 1, 1, PARAMETER)])
        assert (message("refused-order", after, refused) is not None) == wanting
