from typing import Any

import pytest
import time_machine

from check_health import check_health
from domain.checks.support.counts import Minutes
from domain.model.errors import AwsUnavailable
from domain.model.state import State
from domain.rollout.parameters import Order
from tests.unit import fakes
from tests.unit.builders import LIMIT, NOW, baking, group, rollout, shifters, take

THROTTLED = AwsUnavailable("reading metrics: throttled")


def check(
    raw: dict[str, Any],
    cloudwatch: fakes.CloudWatch,
    after: int = 60,
    orders: fakes.Orders | None = None,
    **of_plan: Any,
) -> State:
    """Make a health check so many seconds after the first shift."""
    default: dict[str, Any] = {"interval": 60}
    if raw.get("health-check", True):
        default["checks"] = LIMIT
    state = baking(default | raw, at=NOW, **of_plan)
    with time_machine.travel(NOW + after, tick=False):
        return check_health(state, cloudwatch, orders or fakes.Orders(), list)


def test_enough_healthy_calls_at_the_bakes_end_advance() -> None:
    assert check(rollout(), fakes.CloudWatch(minutes=[Minutes(NOW, 50, 0)]))["next"] == "shift"


def test_a_failing_canary_rolls_back_within_its_bake() -> None:
    state = check(rollout(interval=600), fakes.CloudWatch(minutes=[Minutes(NOW, 50, 15)]))
    assert state["next"] == "roll-back"
    assert "15 of 50 canary calls failed (30.00 %)" in state["failure"]["Cause"]


def test_no_data_are_no_healthy_evidence() -> None:
    state = check(rollout(), fakes.CloudWatch())
    assert state["next"] == "bake"
    assert {last["outcome"] for last in state["progress"]["verdicts"]} == {"inconclusive"}


@pytest.mark.parametrize(
    "cloudwatch",
    [
        fakes.CloudWatch(minutes=THROTTLED, states={"a": "OK"}),
        fakes.CloudWatch(minutes=[Minutes(NOW, 50, 0)], states=THROTTLED),
    ],
    ids=["metrics", "alarms"],
)
def test_what_cannot_be_asked_is_an_error_verdict_not_an_exception(
    cloudwatch: fakes.CloudWatch,
) -> None:
    state = check(rollout(alarms=["a"]), cloudwatch)
    assert state["next"] == "bake"
    outcomes = {last["check"]: last["outcome"] for last in state["progress"]["verdicts"]}
    assert "error" in outcomes.values()


def test_a_firing_alarm_rolls_back_also_where_metrics_cannot_be_read() -> None:
    cloudwatch = fakes.CloudWatch(minutes=THROTTLED, states={"a": "ALARM"})
    assert check(rollout(alarms=["a"]), cloudwatch)["failure"]["Cause"] == "alarm: a: firing"


def test_minutes_that_are_final_move_into_the_tally() -> None:
    minutes = [Minutes(NOW, 50, 1), Minutes(NOW + 7_140, 5, 0)]
    state = check(rollout(interval=86_400), fakes.CloudWatch(minutes=minutes), after=7_200)
    tally = shifters(state)[0]["tally"]
    assert tally == {"until": NOW + 3_600, "calls": 50, "errors": 1}


def test_without_checks_nothing_is_asked() -> None:
    broken = fakes.CloudWatch(minutes=THROTTLED, states=THROTTLED)
    assert check(rollout(health_check=False), broken)["next"] == "shift"


@pytest.mark.parametrize("when", ["before", "after"])
def test_too_few_calls_hold_also_while_no_check_is_due(when: str) -> None:
    only = rollout(checks=[{"type": "function", "function": "asked", "when": when}])
    assert check(only, fakes.CloudWatch(minutes=[Minutes(NOW, 19, 0)]))["next"] == "bake"
    state = check(only, fakes.CloudWatch(minutes=[Minutes(NOW, 20, 0)]))
    assert state["next"] == "shift"
    assert not state["progress"]["unproven"]


def test_only_functions_that_shift_are_counted() -> None:
    raw = group("cart", "checkout", checks=LIMIT)
    state = baking(raw, at=NOW)
    take(state, 0, "none")
    with time_machine.travel(NOW + 60, tick=False):
        cloudwatch = fakes.CloudWatch(minutes=[Minutes(NOW, 5, 0)])
        after = check_health(state, cloudwatch, fakes.Orders(), list)
    assert "cart" not in after["progress"]["verdicts"][-1]["reason"]


HEALTHY = [Minutes(NOW, 50, 0)]


PARAMETER = "/lambda-canary/checkout/live"


def ordered(*texts: str) -> fakes.Orders:
    """Make a parameter that has said this, one second after the other."""
    versions = enumerate(texts, start=1)
    return fakes.Orders([Order(text, NOW + at, at, PARAMETER) for at, text in versions])


def test_the_orders_of_all_the_groups_functions_are_read_at_each_check() -> None:
    orders = ordered("roll-back")
    state = check(group("cart", "checkout"), fakes.CloudWatch(minutes=HEALTHY), orders=orders)
    assert orders.read_names == [["/lambda-canary/cart/live", PARAMETER]]
    assert orders.histories == []  # a first version has nothing before it
    assert state["failure"]["Error"] == "RolledBackByOperator"


def test_every_order_since_the_last_check_counts() -> None:
    orders = ordered("roll-back", "promote")
    state = check(rollout(), fakes.CloudWatch(minutes=HEALTHY), orders=orders)
    assert orders.histories == [PARAMETER]
    assert state["failure"]["Error"] == "RolledBackByOperator"


def test_orders_that_cannot_be_read_are_an_error_verdict_until_they_are_read_again() -> None:
    orders = fakes.Orders(failing=RuntimeError("denied"))
    healthy = fakes.CloudWatch(minutes=HEALTHY)
    state = baking(rollout(checks=LIMIT, interval=600), at=NOW)
    for minute in (1, 2):
        with time_machine.travel(NOW + 60 * minute, tick=False):
            state = check_health(state, healthy, orders, list)
        [verdict] = [one for one in state["progress"]["verdicts"] if one["check"] == "orders"]
        assert (verdict["outcome"], verdict["errors"]) == ("error", minute)
        assert verdict["reason"] == "orders not read: denied"
    with time_machine.travel(NOW + 180, tick=False):
        third = check_health(state, healthy, orders, list)
        assert third["failure"]["Error"] == "HealthCheckFailed"
        assert third["failure"]["Cause"] == (
            "orders: could not be made 3 times in a row; last: orders not read: denied"
        )
        read = check_health(state, healthy, fakes.Orders(), list)
    assert "orders" not in [one["check"] for one in read["progress"]["verdicts"]]


def test_an_order_that_is_not_obeyed_is_answered_once() -> None:
    channel, orders = fakes.Notifier(), ordered("rol-bak")
    state = baking(rollout(checks=LIMIT, interval=600), at=NOW)
    for minute in (1, 2):
        with time_machine.travel(NOW + 60 * minute, tick=False):
            state = check_health(
                state, fakes.CloudWatch(minutes=HEALTHY), orders, lambda: [channel]
            )
    [message] = channel.sent
    assert message.subject == "Order not obeyed: checkout live"
    assert f"--name {PARAMETER} --value roll-back" in message.text


def test_rolling_back_waits_for_no_message() -> None:
    channel = fakes.Notifier()
    state = baking(rollout(checks=LIMIT), at=NOW)
    with time_machine.travel(NOW + 60, tick=False):
        orders = ordered("roll-back", "rol-bak")
        state = check_health(state, fakes.CloudWatch(minutes=HEALTHY), orders, lambda: [channel])
    assert (state["next"], channel.sent) == ("roll-back", [])
