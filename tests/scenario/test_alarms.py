"""Alarms: refused at the start, or ignored until they have recovered; rolling back meanwhile."""

from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.traffic import Outage, Version
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import BAD, HEALTHY, World, release_of

MINUTE = 60


def test_a_missing_alarm_is_refused(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, alarms=["gone"])
    then_refused(rollout, checkout)
    assert "alarm gone does not exist" in rollout.cause


def test_an_alarm_that_fires_already_is_refused(world: World) -> None:
    checkout = world.given_function()
    alarm = world.given_alarm(checkout, state="ALARM")
    rollout = world.when_released(checkout, alarms=[alarm])
    then_refused(rollout, checkout)
    assert f"alarm {alarm} is firing (alarms-already-firing: ignore" in rollout.cause


def test_an_alarm_during_the_rollout_rolls_back(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    alarm = world.given_alarm(checkout)
    rollout = world.when_released(
        checkout, steps=3, interval=120, health_check=False, alarms=[alarm]
    )
    then_rolled_back(rollout, checkout, [33.33])
    assert rollout.cause.startswith(f"alarm: {alarm}: firing, at 33.33 % (weight 1 of 3)")


def test_an_alarm_named_by_its_arn_and_a_composite_one_count_too(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    errors = world.given_alarm(checkout)
    composite = world.given_composite_alarm(errors)
    arn = f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{composite}"
    rollout = world.when_released(checkout, steps=3, interval=120, health_check=False, alarms=[arn])
    then_rolled_back(rollout, checkout, [33.33])
    assert f"{composite}: firing" in rollout.cause


def test_a_fix_is_released_while_the_alarm_of_what_it_fixes_fires(world: World) -> None:
    """It fires until most calls reach the fix, and on until the last errors are behind it."""
    checkout = world.given_function(versions=[BAD, HEALTHY])
    alarm = world.given_alarm(checkout)
    world.sandbox.run_for(5 * MINUTE)
    rollout = world.when_released(
        checkout,
        steps=2,
        interval=120,
        alarms=[alarm],
        alarms_already_firing="ignore",
        notify="all",
    )
    then_promoted(rollout, checkout, [50, 100])
    at_half, *_, promoted = rollout.messages
    assert f"{alarm} left out: firing since before the start" in str(at_half.bodies)
    assert "left out" not in str(promoted.bodies)


def test_an_ignored_alarm_counts_again_once_it_has_been_ok(world: World) -> None:
    """Production burns for six minutes at the start, and again from minute 15 on."""
    checkout = world.given_function(
        outages=[Outage(0, 6 * MINUTE, errors=0.2), Outage(15 * MINUTE, 99 * MINUTE, errors=0.2)]
    )
    alarm = world.given_alarm(checkout)
    world.sandbox.run_for(4 * MINUTE)
    rollout = world.when_released(
        checkout,
        type="custom",
        weights=[10, 50, 100],
        interval=20 * MINUTE,
        health_check=False,
        alarms=[alarm],
        alarms_already_firing="ignore",
    )
    then_rolled_back(rollout, checkout, [10])
    assert rollout.cause.startswith(f"alarm: {alarm}: firing, at 10 %")


@pytest.mark.proves("F83")
def test_an_ignored_alarm_counts_again_also_where_it_was_ok_between_two_checks(
    world: World,
) -> None:
    """An hour between two checks; production burns at the start, and again at the end of it."""
    hour = 60 * MINUTE
    checkout = world.given_function(
        outages=[Outage(0, 6 * MINUTE, errors=0.2), Outage(50 * MINUTE, 99 * MINUTE, errors=0.2)]
    )
    alarm = world.given_alarm(checkout)
    world.sandbox.run_for(4 * MINUTE)
    settings: dict[str, Any] = {"weights": [10, 100], "interval": hour, "check_interval": hour}
    rollout = world.when_released(
        checkout, health_check=False, alarms=[alarm], alarms_already_firing="ignore", **settings
    )
    then_rolled_back(rollout, checkout, [10])
    said = f"alarm: {alarm}: was OK since the last check, and fires again, at 10 %"
    assert rollout.cause.startswith(said)


@pytest.mark.proves("F45")
def test_an_alarm_that_is_deleted_meanwhile_does_not_count_as_ok(world: World) -> None:
    checkout = world.given_function()
    alarm = world.given_alarm(checkout)
    execution = world.when_started(release_of(checkout, steps=2, interval=300, alarms=[alarm]))
    world.when_at(50, checkout)
    world.cloudwatch.delete_alarms(AlarmNames=[alarm])
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [50])
    assert "could not be made 3 times in a row" in rollout.cause
    assert f"{alarm}: not there (deleted or renamed)" in rollout.cause


def test_an_alarm_without_data_holds_the_weight(world: World) -> None:
    checkout = world.given_function()
    alarm = world.given_alarm(checkout, state="INSUFFICIENT_DATA", metric="Throttles")
    settings: dict[str, Any] = {"steps": 2, "interval": 60, "max_hold": 180, "alarms": [alarm]}
    rollout = world.when_released(checkout, on_insufficient_data="roll-back", **settings)
    then_rolled_back(rollout, checkout, [50], error="InsufficientData")
    assert f"{alarm}: without enough data" in rollout.cause


def test_a_canary_that_recovers_does_not_hide_behind_its_alarm(world: World) -> None:
    """The alarm fires on a burst that the five percent of the errors check would let pass."""
    checkout = world.given_function(canary=Version(errors=[(0, 0.02), (90, 0.0)]))
    alarm = world.given_alarm(checkout)
    rollout = world.when_released(checkout, steps=2, interval=240, alarms=[alarm])
    then_rolled_back(rollout, checkout, [50])
    assert f"alarm: {alarm}: firing" in rollout.cause


@pytest.mark.proves("F83")
def test_an_alarm_that_fires_and_recovers_between_two_checks_is_seen(world: World) -> None:
    """An hour between two checks, and three minutes of errors in it."""
    hour = 60 * MINUTE
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (300, 0.5), (480, 0.0)]))
    alarm = world.given_alarm(checkout)
    settings: dict[str, Any] = {"weights": [10, 100], "interval": hour, "check_interval": hour}
    rollout = world.when_released(checkout, health_check=False, alarms=[alarm], **settings)
    then_rolled_back(rollout, checkout, [10])
    assert f"alarm: {alarm}: has fired since the last check, and recovered" in rollout.cause


@pytest.mark.proves("F83")
def test_what_an_alarm_did_before_the_first_weight_is_not_held_against_the_version(
    world: World,
) -> None:
    checkout = world.given_function(outages=[Outage(0, 2 * MINUTE, errors=0.2)])
    alarm = world.given_alarm(checkout)
    world.sandbox.run_for(5 * MINUTE)
    then_promoted(
        world.when_released(checkout, steps=1, interval=120, alarms=[alarm]), checkout, [100]
    )


@pytest.mark.proves("F83")
def test_a_history_that_cannot_be_read_is_an_error_of_the_check(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (100, 0.5), (200, 0.0)]))
    alarm = world.given_alarm(checkout)
    failing: dict[str, Any] = {"error": "Throttling", "times": FOREVER}
    world.faults.on_call("cloudwatch", "DescribeAlarmHistory", **failing)
    rollout = world.when_released(
        checkout, steps=1, interval=600, check_interval=600, health_check=False, alarms=[alarm]
    )
    then_rolled_back(rollout, checkout, [100])
    assert "could not be made 3 times in a row" in rollout.cause
