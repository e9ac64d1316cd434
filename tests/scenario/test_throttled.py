"""A rollout of a day in an account that throttles: retries are events too."""

import pytest

from tests.long import long
from tests.scenario.then import then_promoted
from tests.scenario.world import World

CHECKS = 1_200
REFUSED = 5  # times before each check's function runs
MOST = 25_000  # events of an execution, at which AWS ends it for good


@pytest.mark.proves("F85")
@long
def test_a_healthy_rollout_ends_well_though_retries_would_fill_its_history(world: World) -> None:
    """Nine events a check, and three for each retry, would be 28,800 in the first execution."""
    checkout = world.given_function(calls_per_second=1)
    for number in range(CHECKS):
        world.faults.on_handler("CheckHealthFunction", "throttle", times=REFUSED, skip=number)
    rollout = world.when_released(checkout, type="all-at-once", interval=60 * CHECKS)
    then_promoted(rollout, checkout, [100])
    executions = world.sandbox.client("stepfunctions").list_executions(
        stateMachineArn=world.stack.physical_id("RelayStateMachine")
    )["executions"]
    name = rollout.arn.rsplit(":", 1)[1]
    ours = [one["executionArn"] for one in executions if one["name"].startswith(name)]
    lengths = [len(world.sandbox.history(one)) for one in ours]
    assert len(rollout.history) + sum(lengths) > MOST
    assert max(len(rollout.history), *lengths) < MOST - 3_000
