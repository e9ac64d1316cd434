"""SimpleDeployFunction: a whole rollout in one synchronous call."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.traffic import Version
from tests.long import parametrize
from tests.scenario.observed import Released
from tests.scenario.then import then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of

SAYS_PASS = """
def handler(event, context):
    return {"status": "pass", "reason": "all is well"}
"""
RESERVE = 60  # seconds of the function's 900 that are kept for the end


@dataclass(frozen=True)
class Answer:
    """What the caller of the function gets: a result, or an error of Lambda's kind."""

    payload: Any
    failed: bool
    seconds: float

    @property
    def error(self) -> tuple[str, str]:
        assert self.failed
        return self.payload["errorType"], self.payload["errorMessage"]


def when_simply_deployed(world: World, given: object) -> Answer:
    began = world.sandbox.clock.now
    answer = world.functions.invoke(
        FunctionName=world.stack.outputs["SimpleDeployFunctionName"], Payload=json.dumps(given)
    )
    return Answer(
        payload=json.load(answer["Payload"]),
        failed="FunctionError" in answer,
        seconds=world.sandbox.clock.now - began,
    )


def told(world: World, released: Released) -> list[str]:
    """Return the status of each message about this function, oldest first."""
    return [
        message.attributes["status"].value
        for message in world.sandbox.inbox(world.topic)
        if "function" in message.attributes
        and released.name in message.attributes["function"].value
    ]


def test_a_healthy_version_is_promoted(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    answer = when_simply_deployed(world, release_of(checkout, steps=4, interval=60))
    assert not answer.failed
    assert answer.payload["status"] == "SUCCEEDED"
    assert answer.payload["summary"] == f"live of {checkout.name} promoted from 1 to 2"
    assert checkout.weights == [25, 50, 75, 100]
    assert checkout.primaries == ["1", "1", "1", "1", "2"]
    then_whole(checkout, "2")
    assert told(world, checkout) == ["SUCCEEDED"]


def test_a_bad_version_is_rolled_back(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket", BAD)
    given = release_of([checkout, basket], steps=4, interval=60)
    error, cause = when_simply_deployed(world, given).error
    assert error == "HealthCheckFailed"
    assert cause.startswith(f"judge: {basket.name}:live: ")
    assert f"live of {checkout.name} routes 100 % to version 1" in cause
    then_whole(checkout, "1")
    then_whole(basket, "1")
    assert told(world, checkout) == ["FAILED"]


def test_a_version_is_published_and_every_weight_is_told(world: World) -> None:
    checkout = world.given_function(published=1)
    given = release_of(checkout, new_version=None, steps=2, interval=60, notify="all")
    assert not when_simply_deployed(world, given).failed
    then_whole(checkout, "2")
    assert told(world, checkout) == ["RUNNING", "SUCCEEDED"]


def test_a_dry_run_answers_with_the_plan(world: World) -> None:
    checkout = world.given_function()
    answer = when_simply_deployed(world, release_of(checkout, steps=2, dry_run=True))
    assert answer.payload["status"] == "PLANNED"
    assert checkout.seen == []
    assert told(world, checkout) == []


def test_a_plan_that_cannot_end_in_time_is_refused_beforehand(world: World) -> None:
    """Two bakes of 5½ minutes and the last look fill the time; a few seconds less fit into it."""
    checkout = world.given_function()
    error, cause = when_simply_deployed(world, release_of(checkout, steps=2, interval=330)).error
    assert error == "PreflightFailed"
    assert cause.startswith("the plan takes 14 min 4 s, but this function has 13 min 59 s for it;")
    assert checkout.seen == []
    assert not when_simply_deployed(world, release_of(checkout, steps=2, interval=325)).failed


def test_the_time_that_many_short_steps_take_themselves_counts(world: World) -> None:
    """Their bakes and the last look alone, 13 min 40 s, would fit."""
    checkout = world.given_function()
    given = release_of(checkout, steps=32, interval=20, min_invocations=0)
    error, cause = when_simply_deployed(world, given).error
    assert error == "PreflightFailed"
    assert cause.startswith("the plan takes 14 min 44 s")
    assert checkout.seen == []


def test_a_bad_input_names_every_problem(world: World) -> None:
    error, cause = when_simply_deployed(world, {"steps": 0, "stops": 1}).error
    assert error == "InvalidInput"
    assert cause.startswith("4 problems in the input: ")
    assert cause.endswith("Now: nothing has changed.")


@pytest.mark.proves("F83")
def test_an_alarm_that_fires_between_two_checks_rolls_back_here_too(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (100, 0.5), (200, 0.0)]))
    alarm = world.given_alarm(checkout)
    settings: dict[str, Any] = {"interval": 600, "check_interval": 600, "health_check": False}
    given = release_of(checkout, steps=1, alarms=[alarm], **settings)
    error, cause = when_simply_deployed(world, given).error
    assert error == "HealthCheckFailed"
    assert "has fired since the last check, and recovered" in cause


@parametrize(
    ("service", "operation", "skip"),
    [("lambda", "UpdateAlias", 1), ("cloudwatch", "DescribeAlarms", 1), ("lambda", "GetAlias", 0)],
    short=1,
)
def test_an_exception_in_a_task_rolls_back(
    world: World, service: str, operation: str, skip: int
) -> None:
    checkout = world.given_function()
    world.faults.on_call(
        service, operation, error="AccessDeniedException", skip=skip, caller="SimpleDeployFunction"
    )
    given = release_of(checkout, steps=2, interval=60, alarms=[world.given_alarm(checkout)])
    error, cause = when_simply_deployed(world, given).error
    assert error == "InternalError"
    assert "AccessDenied" in cause
    then_whole(checkout, "1")
    assert told(world, checkout) == ["FAILED"]


def test_a_throttled_call_is_made_again(world: World) -> None:
    checkout = world.given_function()
    world.faults.on_call("lambda", "UpdateAlias", error="TooManyRequestsException", times=3)
    answer = when_simply_deployed(world, release_of(checkout, steps=2, interval=60))
    assert not answer.failed
    assert checkout.weights == [50, 100]


def test_holding_until_the_time_runs_out_rolls_back(world: World) -> None:
    silent = world.given_function(calls_per_second=0)
    given = release_of(silent, steps=2, interval=60, max_hold=3_600)
    answer = when_simply_deployed(world, given)
    assert answer.error[0] == "InsufficientData"
    assert "the function's time ran out while the weight was held" in answer.error[1]
    assert 900 - RESERVE - 60 <= answer.seconds < 900
    then_whole(silent, "1")
    assert told(world, silent) == ["RUNNING", "FAILED"]


def test_a_change_by_somebody_else_is_left(world: World) -> None:
    checkout = world.given_function()
    theirs = {"AdditionalVersionWeights": {"2": 0.01}}

    def interfere() -> None:
        world.sandbox.clock.sleep(90)
        world.functions.update_alias(FunctionName=checkout.name, Name="live", RoutingConfig=theirs)

    world.sandbox.clock.spawn(interfere, "somebody else")
    error, cause = when_simply_deployed(world, release_of(checkout, steps=3, interval=60)).error
    assert error == "AliasChanged"
    assert checkout.now is not None
    assert checkout.now.weights == {"2": 1}
    assert "as somebody else left it" in cause


def test_an_alias_that_cannot_be_given_back_is_cried_out(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    world.faults.on_call("lambda", "UpdateAlias", error="ServiceException", skip=1, times=FOREVER)
    error, cause = when_simply_deployed(world, release_of(checkout, steps=2, interval=60)).error
    assert error == "RollbackFailed"
    assert "an alias may still be weighted" in cause
    assert told(world, checkout) == ["FAILED"]


def test_an_alias_that_it_created_is_deleted_again(world: World) -> None:
    checkout = world.given_function()
    new = [world.given_function("new"), world.given_function("newer")]
    for function in new:
        world.functions.delete_alias(FunctionName=function.name, Name="live")
    judge = world.given_code("judge", SAYS_PASS)
    world.faults.on_call("lambda", "CreateAlias", skip=1, times=FOREVER)
    checks = [{"type": "function", "function": judge}]
    given = release_of([checkout, *new], steps=1, interval=60, checks=checks)
    answer = when_simply_deployed(world, given | {"alarms": [world.given_alarm(checkout)]})
    assert answer.failed
    then_whole(checkout, "1")
    assert [function.now for function in new] == [None, None]


def test_a_rollout_of_the_workflow_is_not_disturbed(world: World) -> None:
    checkout = world.given_function()
    execution = world.when_started(release_of(checkout, steps=2, interval=120))
    world.when_at(50, checkout)
    error, cause = when_simply_deployed(world, release_of(checkout)).error
    assert error == "PreflightFailed"
    assert execution in cause
    assert world.when_ended(execution).status == "SUCCEEDED"


def test_each_order_since_the_last_check_counts(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)

    def operator() -> None:
        world.sandbox.clock.sleep(70)
        for order in ("pause", "promote"):
            world.when_ordered(order, checkout)

    world.sandbox.clock.spawn(operator, "an operator")
    answer = when_simply_deployed(world, release_of(checkout, steps=4, interval=120))
    assert answer.payload["status"] == "SUCCEEDED"
    assert checkout.weights == [25, 100]
