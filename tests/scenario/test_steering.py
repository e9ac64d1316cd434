"""An operator's hand on a running rollout, through its SSM parameter."""

import json
import re
import shlex
from pathlib import Path

import pytest

from sandbox.traffic import Version
from tests.long import long
from tests.scenario.then import then_failure_is_told, then_promoted, then_rolled_back
from tests.scenario.world import BAD, HEALTHY, World, release_of

SETTINGS = {"type": "custom", "weights": [10, 50, 100], "interval": 120}
MINUTE = 60
ROOT = Path(__file__).parents[2]


def test_roll_back_is_obeyed_at_the_next_check(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(50, checkout)
    world.when_ordered("roll-back", checkout)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10, 50], error="RolledBackByOperator")
    assert "an operator ordered roll-back at 2026-" in rollout.cause
    assert rollout.cause.split("order")[0] == "an operator "


def test_a_pause_holds_the_weight_with_checks_going_on_until_resume(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    world.when_ordered("pause", checkout)
    world.sandbox.run_for(30 * MINUTE)
    assert checkout.weights == [10]
    checks = [call for call in world.calls if call.operation == "GetMetricData"]
    assert len(checks) >= 29
    world.when_ordered("resume", checkout)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert [order["order"] for order in rollout.output["orders"]] == ["pause", "resume"]
    assert rollout.output["seconds-held"] < MINUTE


@long
def test_a_version_that_turns_bad_while_paused_is_rolled_back(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (1_800, 0.5)]))
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_at(10, checkout)
    world.when_ordered("pause", checkout)
    then_rolled_back(world.when_ended(execution), checkout, [10])


@long
def test_a_resume_after_a_pause_leaves_all_of_max_hold(world: World) -> None:
    """Waiting for a person is no holding: the time to see enough calls is still there."""
    quiet = world.given_function(calls_per_second=[(0, 0), (3_900, 20)])
    settings = {**SETTINGS, "max_hold": 900, "on_insufficient_data": "roll-back"}
    execution = world.when_started(release_of(quiet, **settings))
    world.when_at(10, quiet)
    world.when_ordered("pause", quiet)
    world.sandbox.run_for(3_600)
    world.when_ordered("resume", quiet)
    then_promoted(world.when_ended(execution), quiet, [10, 50, 100])


def test_promote_skips_the_remaining_bakes_once_the_checks_pass(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    settings = {**SETTINGS, "interval": 7_200, "approvals": [50]}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(10, checkout)
    began = world.sandbox.clock.now
    world.when_ordered("promote", checkout)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 100])
    assert world.sandbox.clock.now - began < 10 * MINUTE


@pytest.mark.proves("A32")
def test_promote_does_not_promote_what_fails_its_checks(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    execution = world.when_started(release_of(checkout, **SETTINGS))
    world.when_ordered("promote", checkout)
    then_rolled_back(world.when_ended(execution), checkout, [10])


def test_orders_older_than_the_rollout_are_ignored(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.when_ordered("roll-back", checkout)
    rollout = world.when_released(checkout, **SETTINGS)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert rollout.output["orders"] == []


def test_an_approval_weight_waits_for_the_very_command_of_the_message(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = world.when_started(release_of(checkout, approvals=[50], **SETTINGS))
    world.when_at(50, checkout)
    world.sandbox.run_for(30 * MINUTE)
    assert checkout.weights[-1] == 50
    wanted = [
        message for message in world.sandbox.inbox(world.topic) if execution in message.body()
    ]
    assert len(wanted) == 1
    assert wanted[0].attributes["status"].value == "RUNNING"
    command = re.search(r"^  (aws ssm put-parameter .*)$", wanted[0].body("email"), re.MULTILINE)
    assert command is not None
    when_run(world, command[1])
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert [order["order"] for order in rollout.output["orders"]] == ["approve"]
    assert rollout.told == ["RUNNING", "SUCCEEDED"]


def when_run(world: World, command: str) -> None:
    """Do what the `aws ssm put-parameter` command does, option by option."""
    program, service, operation, *options = shlex.split(command)
    assert (program, service, operation) == ("aws", "ssm", "put-parameter")
    assert options[0] == "--overwrite"
    named = dict(zip(options[1::2], options[2::2], strict=True))
    world.sandbox.client("ssm").put_parameter(
        Name=named.pop("--name"),
        Type=named.pop("--type"),
        Value=named.pop("--value"),
        Overwrite=True,
    )
    assert named == {}


def test_an_approval_before_it_is_asked_for_saves_asking(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = world.when_started(release_of(checkout, approvals=[50], **SETTINGS))
    world.when_at(50, checkout)
    world.when_approved(execution, checkout)
    rollout = world.when_ended(execution)
    then_promoted(rollout, checkout, [10, 50, 100])
    assert rollout.told == ["SUCCEEDED"]


@pytest.mark.proves("A35")
def test_an_approval_of_an_earlier_weight_does_not_count_for_a_later_one(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    settings = {**SETTINGS, "approvals": [10, 50], "approval_timeout": 600}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(10, checkout)
    world.when_approved(execution, checkout)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10, 50], error="ApprovalTimedOut")
    assert "nobody approved within 10 min" in rollout.cause


def test_without_an_approval_in_time_the_rollout_goes_back_at_the_deadline(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    settings = {**SETTINGS, "approvals": [10], "approval_timeout": 900}
    began = world.sandbox.clock.now
    rollout = world.when_released(checkout, **settings)
    then_rolled_back(rollout, checkout, [10], error="ApprovalTimedOut")
    assert 1_020 <= world.sandbox.clock.now - began < 1_080
    then_failure_is_told(rollout)
    assert rollout.told == ["RUNNING", "FAILED"]


def test_a_check_that_fails_while_approval_is_awaited_rolls_back(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    alarm = world.given_alarm(checkout)
    settings = {**SETTINGS, "approvals": [10], "alarms": [alarm]}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(10, checkout)
    world.sandbox.run_for(20 * MINUTE)
    world.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="it burns")
    began = world.sandbox.clock.now
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10])
    assert world.sandbox.clock.now - began <= MINUTE + 1


@long
def test_too_little_data_does_not_outlast_the_approvals_deadline(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    alarm = world.given_alarm(checkout)
    settings = {**SETTINGS, "approvals": [10], "approval_timeout": 1_800, "alarms": [alarm]}
    execution = world.when_started(release_of(checkout, **settings))
    world.when_at(10, checkout)
    world.sandbox.run_for(5 * MINUTE)
    assert checkout.traffic is not None
    checkout.traffic.stop()
    world.cloudwatch.set_alarm_state(
        AlarmName=alarm, StateValue="INSUFFICIENT_DATA", StateReason="nobody knows"
    )
    began = world.sandbox.clock.now
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10], error="ApprovalTimedOut")
    assert world.sandbox.clock.now - began < 1_800


def test_roll_back_instead_of_an_approval(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    execution = world.when_started(release_of(checkout, approvals=[10], **SETTINGS))
    world.when_at(10, checkout)
    world.sandbox.run_for(20 * MINUTE)
    world.when_ordered("roll-back", checkout)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [10], error="RolledBackByOperator")


def test_an_approval_that_cannot_be_told_can_still_be_given(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler("NotifyFunction", "crash")
    execution = world.when_started(release_of(checkout, approvals=[10], **SETTINGS))
    world.when_at(10, checkout)
    world.sandbox.run_for(20 * MINUTE)
    world.when_approved(execution, checkout)
    then_promoted(world.when_ended(execution), checkout, [10, 50, 100])


def test_the_sample_input_waits_for_approval_at_50_percent(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    text = (ROOT / "events" / "approvals.json").read_text(encoding="utf-8")
    text = text.replace("MyFunction", checkout.name).replace("MyAlias", "live")
    execution = world.when_started(json.loads(text))
    world.when_at(50, checkout)
    world.sandbox.run_for(30 * MINUTE)
    assert checkout.weights[-1] == 50
    world.when_approved(execution, checkout)
    then_promoted(world.when_ended(execution), checkout, [5, 50, 100])
