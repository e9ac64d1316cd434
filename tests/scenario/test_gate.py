"""The gate, event by event: what CloudFormation sends, when, and what it is answered."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from tests.http_servers import answering, serving
from tests.scenario.application import QUICK, Application, application
from tests.scenario.observed import Released
from tests.scenario.then import then_whole
from tests.scenario.world import BAD, World, release_of


@pytest.fixture
def shop(world: World) -> Iterator[Application]:
    with application(world) as there:
        yield there


def baking(shop: Application, checkout: Released) -> dict[str, Any]:
    """Send the update to version 2, and return its event once the canary has calls."""
    event = shop.asks("Update", checkout, 2, before=1)
    shop.world.when_at(10, checkout)
    return event


def goes_back(shop: Application, to: dict[str, Any] | None = None) -> None:
    """Let the stack roll back, and ask the gate for what it had been given before."""
    shop.stands("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS", to)


def then_granted(answer: dict[str, Any], version: str) -> None:
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Version": version}), answer


def then_refused(answer: dict[str, Any], reason: str) -> None:
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "checkout:live")
    assert reason in answer["Reason"]


def then_untouched(shop: Application, checkout: Released) -> None:
    assert checkout.seen == []
    assert shop.rollouts == []


def test_a_healthy_version_is_released_and_the_stack_told(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = shop.asks("Update", checkout, 2, before=1)
    answer = shop.answered(event)
    then_whole(checkout, "2")
    assert checkout.weights == [10, 100]
    then_granted(answer, "2")


def test_alarms_of_which_a_condition_leaves_none_are_none(shop: Application) -> None:
    """That is what CloudFormation makes of [!If [Production, !Ref Errors, !Ref AWS::NoValue]]."""
    checkout = shop.world.given_function()
    event = shop.asks("Update", checkout, 2, before=1, Rollout={**QUICK, "alarms": []})
    then_granted(shop.answered(event), "2")
    assert checkout.weights == [10, 100]


@pytest.mark.proves("F100")
def test_a_bad_version_is_rolled_back_and_the_stack_told_why(shop: Application) -> None:
    checkout = shop.world.given_function(canary=BAD)
    event = shop.asks("Update", checkout, 2, before=1)
    answer = shop.answered(event)
    then_whole(checkout, "1")
    then_refused(answer, "HealthCheckFailed: ")
    goes_back(shop)
    back = shop.asks("Update", checkout, 1, before=2)
    then_granted(shop.answered(back, within=60), "1")
    then_whole(checkout, "1")


@pytest.mark.proves("F101")
def test_the_same_build_is_released_again_after_it_was_rolled_back(shop: Application) -> None:
    checkout = shop.world.given_function(canary=BAD)
    shop.answered(shop.asks("Update", checkout, 2, before=1))
    shop.stands("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
    then_refused(shop.answered(shop.asks("Update", checkout, 2, before=1)), "HealthCheckFailed: ")
    assert len(shop.rollouts) == 2
    then_whole(checkout, "1")


def test_a_first_deployment_makes_the_alias_by_itself(shop: Application) -> None:
    checkout = shop.world.given_function()
    shop.world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    checkout.seen.clear()
    shop.stands("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS")
    event = shop.asks("Create", checkout, 1)
    then_granted(shop.answered(event, within=30), "1")
    then_untouched(shop, checkout)


def test_a_new_gate_before_an_alias_of_the_stack_releases(shop: Application) -> None:
    checkout = shop.world.given_function()
    shop.owns(checkout)
    shop.stands("UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS")
    event = shop.asks("Create", checkout, 2)
    then_granted(shop.answered(event), "2")
    assert checkout.weights == [10, 100]


@pytest.mark.proves("F102")
def test_a_new_gate_before_an_alias_made_by_hand_is_refused_at_once(shop: Application) -> None:
    checkout = shop.world.given_function()
    shop.stands("UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS")
    answer = shop.answered(shop.asks("Create", checkout, 2), within=30)
    assert answer["Status"] == "FAILED"
    assert "is not this stack's" in answer["Reason"]
    then_untouched(shop, checkout)


def test_an_alias_that_is_where_it_should_be_is_let_through(shop: Application) -> None:
    checkout = shop.world.given_function()
    answer = shop.answered(shop.asks("Update", checkout, 1, before=2), within=30)
    then_granted(answer, "1")
    then_untouched(shop, checkout)


@pytest.mark.proves("F103")
def test_a_stack_that_goes_back_in_a_bake_has_its_alias_back(shop: Application) -> None:
    """It was cancelled, or another resource has failed: nobody waits for the first answer."""
    checkout = shop.world.given_function()
    forward = baking(shop, checkout)
    goes_back(shop)
    back = shop.asks("Update", checkout, 1, before=2)
    then_granted(shop.answered(back, within=180), "1")
    then_whole(checkout, "1")
    then_refused(shop.answered(forward, within=60), "ABORTED")
    shop.world.sandbox.run_for(600)
    then_whole(checkout, "1")
    assert shop.world.status_of(shop.rollouts[0]) == "ABORTED"


@pytest.mark.proves("F104")
def test_a_stack_that_goes_back_before_the_first_shift_sees_none(shop: Application) -> None:
    """The alias is whole on the version asked for, but not for long."""
    checkout = shop.world.given_function()
    shop.asks("Update", checkout, 2, before=1)
    shop.world.when(lambda: bool(shop.rollouts), within=5)
    goes_back(shop)
    back = shop.asks("Update", checkout, 1, before=2)
    then_granted(shop.answered(back, within=180), "1")
    shop.world.sandbox.run_for(600)
    then_whole(checkout, "1")


@pytest.mark.proves("F105")
def test_a_stack_that_goes_back_after_the_promotion_takes_it_back(shop: Application) -> None:
    checkout = shop.world.given_function()
    then_granted(shop.answered(shop.asks("Update", checkout, 2, before=1)), "2")
    goes_back(shop)
    then_granted(shop.answered(shop.asks("Update", checkout, 1, before=2), within=60), "1")
    then_whole(checkout, "1")


@pytest.mark.proves("F106")
def test_what_is_promoted_while_the_stack_goes_back_is_taken_back(shop: Application) -> None:
    """A new gate is not asked again: it is deleted in the end."""
    checkout = shop.world.given_function()
    shop.owns(checkout)
    shop.stands("UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS")
    event = shop.asks("Create", checkout, 2)
    shop.world.when_at(100, checkout)
    shop.stands("UPDATE_ROLLBACK_IN_PROGRESS", "CREATE_FAILED")
    assert shop.answered(event)["Status"] == "FAILED"
    then_whole(checkout, "1")


@pytest.mark.proves("F106")
def test_a_new_gate_that_a_rollback_deletes_takes_its_promotion_back(shop: Application) -> None:
    """The stack failed before it came to the alias, of which it so knows the old version only."""
    checkout = shop.world.given_function()
    shop.owns(checkout)
    shop.stands("UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS")
    then_granted(shop.answered(shop.asks("Create", checkout, 2)), "2")
    shop.stands("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_IN_PROGRESS")
    event = shop.event("Delete", ResourceProperties=shop.properties(checkout, 2))
    shop.send(event)
    assert shop.answered(event, within=60)["Status"] == "SUCCESS"
    then_whole(checkout, "1")


def calls_of(world: World, function: str, since: float) -> int:
    name = world.stack.physical_id(f"{function}Function")
    points = world.cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        StartTime=since,
        EndTime=world.sandbox.clock.now,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(round(point["Sum"]) for point in points)


def test_the_gate_adds_little_to_a_rollout_and_answers_soon(shop: Application) -> None:
    world, checkout = shop.world, shop.world.given_function()
    event = shop.asks("Update", checkout, 2, before=1)
    began = world.sandbox.clock.now
    shop.world.when(lambda: bool(shop.rollouts), within=30)
    assert world.when_ended(shop.rollouts[0]).status == "SUCCEEDED"
    ended = world.sandbox.clock.now
    shop.answered(event)
    assert world.sandbox.clock.now - ended <= 5
    world.sandbox.run_for(60)
    assert 0 < sum(calls_of(world, name, began) for name in ("Gate", "GateAnswer")) <= 3
    waiters = world.stack.physical_id("GateStateMachine").replace("stateMachine", "execution", 1)
    history = world.sandbox.history(f"{waiters}:{shop.rollouts[0].rpartition(':')[2]}")
    entered = [one for one in history if one["type"].endswith("StateEntered")]
    assert 0 < len(entered) <= 6


@pytest.mark.proves("F107", "A113")
def test_an_event_that_comes_late_and_twice_changes_nothing(shop: Application) -> None:
    checkout = shop.world.given_function()
    goes_back(shop, shop.properties(checkout, 1))
    event = shop.asks("Update", checkout, 2, before=1)
    shop.send(event)
    then_refused(shop.answered(event, within=60), "the stack does not wait for this")
    shop.world.sandbox.run_for(60)
    then_untouched(shop, checkout)


@pytest.mark.proves("F107")
def test_an_event_for_which_nobody_waits_changes_nothing(shop: Application) -> None:
    checkout = shop.world.given_function()
    shop.stands("UPDATE_FAILED", "UPDATE_FAILED")
    event = shop.asks("Update", checkout, 2, before=1)
    then_refused(shop.answered(event, within=60), "the stack does not wait for this")
    then_untouched(shop, checkout)


def test_a_rollback_to_a_newer_version_is_one_write(shop: Application) -> None:
    """Somebody has deployed an older version, which failed elsewhere."""
    checkout = shop.world.given_function()
    goes_back(shop, shop.properties(checkout, 2))
    then_granted(shop.answered(shop.asks("Update", checkout, 2, before=1), within=60), "2")
    then_whole(checkout, "2")
    assert checkout.weights == []


@pytest.mark.proves("A113")
def test_a_newer_version_of_which_nobody_says_who_asks_is_a_canary(shop: Application) -> None:
    checkout = shop.world.given_function(canary=BAD)
    goes_back(shop)
    then_refused(shop.answered(shop.asks("Update", checkout, 2, before=1)), "HealthCheckFailed: ")
    assert checkout.weights == [10]


@pytest.mark.proves("F108")
def test_the_same_event_twice_is_one_rollout(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = baking(shop, checkout)
    shop.send(event)
    then_granted(shop.answered(event), "2")
    shop.send(event)
    shop.world.sandbox.run_for(120)
    assert len(shop.rollouts) == 1
    assert {answer["Status"] for answer in shop.answers(event)} == {"SUCCESS"}


@pytest.mark.proves("F109")
def test_a_retried_operation_is_another_rollout(shop: Application) -> None:
    """CloudFormation gives it the RequestId of the first try."""
    checkout = shop.world.given_function(canary=BAD)
    first = shop.asks("Update", checkout, 2, before=1)
    shop.answered(first)
    shop.stands("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
    url = first["ResponseURL"].replace("answer-0", "answer-again")
    again = {**first, "ResponseURL": url}
    shop.send(again)
    then_refused(shop.answered(again), "HealthCheckFailed: ")
    assert len(shop.rollouts) == 2


@pytest.mark.proves("F110")
def test_a_second_operation_ends_what_the_first_has_left_running(shop: Application) -> None:
    checkout = shop.world.given_function()
    first = baking(shop, checkout)
    shop.stands("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
    second = shop.asks("Update", checkout, 2, before=1)
    then_granted(shop.answered(second), "2")
    then_refused(shop.answered(first), "ABORTED")
    then_whole(checkout, "2")


@pytest.mark.proves("F111")
def test_an_operators_order_is_obeyed(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = baking(shop, checkout)
    shop.world.when_ordered("roll-back", checkout)
    then_refused(shop.answered(event), "RolledBackByOperator: ")
    then_whole(checkout, "1")


@pytest.mark.proves("F112")
def test_an_operators_own_rollout_is_left_alone(shop: Application) -> None:
    checkout = shop.world.given_function()
    theirs = shop.world.when_started(release_of(checkout, type="canary", interval=1_200))
    shop.world.when_at(10, checkout)
    then_refused(shop.answered(shop.asks("Update", checkout, 2, before=1)), theirs)
    goes_back(shop)
    back = shop.asks("Update", checkout, 1, before=2)
    then_granted(shop.answered(back, within=60), "1")
    assert shop.world.status_of(theirs) == "RUNNING"
    assert checkout.weights == [10]
    shop.world.when_stopped(theirs)
    shop.world.sandbox.run_for(200)


@pytest.mark.proves("F113")
def test_a_gate_that_is_throttled_refuses_and_lets_go_back(shop: Application) -> None:
    checkout = shop.world.given_function()
    shop.world.faults.on_handler("lambda-canary-Gate", "throttle", times=FOREVER)
    event = shop.asks("Update", checkout, 2, before=1)
    then_refused(shop.answered(event, within=900), "the gate could not run")
    goes_back(shop)
    back = shop.asks("Update", checkout, 1, before=2)
    then_granted(shop.answered(back, within=900), "1")
    then_untouched(shop, checkout)


@pytest.mark.proves("F114")
def test_a_waiter_that_is_stopped_has_the_rollout_ended_and_told(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = baking(shop, checkout)
    stop_waiter(shop)
    then_refused(shop.answered(event, within=240), "ABORTED")
    then_whole(checkout, "1")


@pytest.mark.proves("F111")
def test_a_rollout_that_is_stopped_by_hand_fails_the_update(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = baking(shop, checkout)
    shop.world.when_stopped(shop.rollouts[0])
    then_refused(shop.answered(event, within=240), "ABORTED")
    then_whole(checkout, "1")


@pytest.mark.proves("F115")
def test_an_answer_comes_by_minute_55(shop: Application) -> None:
    """Here an operator has paused the rollout and gone."""
    checkout = shop.world.given_function()
    event = baking(shop, checkout)
    began = shop.world.sandbox.clock.now
    shop.world.when_ordered("pause", checkout)
    then_refused(shop.answered(event), "would soon wait no more")
    assert shop.world.sandbox.clock.now - began < 3_300
    then_whole(checkout, "1")


@pytest.mark.proves("F116")
def test_an_answer_that_is_not_taken_is_given_again(shop: Application) -> None:
    checkout = shop.world.given_function()
    refusals = iter(range(7))

    def talk(connection: Any) -> None:
        busy = next(refusals, None) is not None
        answering(b"", "503 Slow Down" if busy else "200 OK")(connection)

    with serving(talk) as server:
        url = f"http://127.0.0.1:{server.port}/answer"
        event = shop.event(
            "Update",
            url,
            ResourceProperties=shop.properties(checkout, 2),
            OldResourceProperties=shop.properties(checkout, 1),
        )
        shop.send(event)
        shop.world.when(lambda: len(server.requests) == 8, within=1_200)
        assert json.loads(server.requests[-1].partition(b"\r\n\r\n")[2])["Status"] == "SUCCESS"


@pytest.mark.proves("F117")
def test_a_url_that_has_ended_keeps_nobody_busy(shop: Application) -> None:
    checkout = shop.world.given_function()
    with serving(answering(b"", "403 Forbidden")) as server:
        url = f"http://127.0.0.1:{server.port}/answer"
        shop.send(
            shop.event(
                "Update",
                url,
                ResourceProperties=shop.properties(checkout, 2),
                OldResourceProperties=shop.properties(checkout, 1),
            )
        )
        shop.world.when(lambda: bool(server.requests), within=1_200)
        shop.world.sandbox.run_for(300)
        assert len(server.requests) == 1
    then_whole(checkout, "2")


@pytest.mark.proves("A112")
def test_nobody_who_reads_logs_or_rollouts_sees_the_url(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = shop.asks("Update", checkout, 2, before=1)
    shop.answered(event)
    for function in ("GateFunction", "GateAnswerFunction"):
        lines = shop.world.sandbox.logs(shop.world.stack.physical_id(function))
        assert [line for line in lines if event["RequestId"] in line or event["StackId"] in line]
        assert not [line for line in lines if "secret=" in line]
    assert "secret=" not in json.dumps(shop.world.sandbox.history(shop.rollouts[0]), default=str)


@pytest.mark.proves("F118")
@pytest.mark.parametrize(
    "status", ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_IN_PROGRESS"]
)
def test_a_gate_that_is_deleted_ends_its_rollout(shop: Application, status: str) -> None:
    checkout = shop.world.given_function()
    baking(shop, checkout)
    shop.stands(status, "DELETE_IN_PROGRESS")
    event = shop.event("Delete", ResourceProperties=shop.properties(checkout, 2))
    shop.send(event)
    assert shop.answered(event, within=180)["Status"] == "SUCCESS"
    then_whole(checkout, "1")


@pytest.mark.proves("F119")
def test_a_gate_that_is_renamed_leaves_the_rollout_and_the_alias(shop: Application) -> None:
    checkout = shop.world.given_function()
    baking(shop, checkout)
    shop.stands("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_IN_PROGRESS")
    event = shop.event("Delete", ResourceProperties=shop.properties(checkout, 2))
    shop.send(event)
    assert shop.answered(event, within=30)["Status"] == "SUCCESS"
    assert shop.world.status_of(shop.rollouts[0]) == "RUNNING"


def test_a_gate_is_deleted_whatever_cannot_be_asked(shop: Application) -> None:
    checkout = shop.world.given_function()
    shop.world.faults.on_call("cloudformation", "DescribeStacks", times=FOREVER)
    event = shop.event("Delete", ResourceProperties={"ServiceToken": shop.token})
    shop.send(event)
    assert shop.answered(event, within=60)["Status"] == "SUCCESS"
    then_untouched(shop, checkout)


@pytest.mark.proves("F120")
def test_where_nobody_knows_the_way_an_older_version_is_back_at_once(shop: Application) -> None:
    checkout = shop.world.given_function()
    then_granted(shop.answered(shop.asks("Update", checkout, 2, before=1)), "2")
    shop.world.faults.on_call("cloudformation", "DescribeStacks", times=FOREVER)
    then_granted(shop.answered(shop.asks("Update", checkout, 1, before=2), within=300), "1")
    then_whole(checkout, "1")


@pytest.mark.proves("F120")
def test_where_nobody_knows_the_way_a_newer_version_is_a_canary(shop: Application) -> None:
    checkout = shop.world.given_function(canary=BAD)
    shop.world.faults.on_call("cloudformation", "DescribeStacks", times=FOREVER)
    then_refused(shop.answered(shop.asks("Update", checkout, 2, before=1)), "HealthCheckFailed: ")
    assert checkout.weights == [10]
    then_whole(checkout, "1")


def test_functions_of_one_gate_are_one_rollout(shop: Application) -> None:
    world = shop.world
    group = [world.given_function(), world.given_function("basket", canary=BAD)]
    members = [
        {"FunctionName": one.name, "AliasName": one.alias, "NewVersion": "2"} for one in group
    ]
    properties = {"ServiceToken": shop.token, "Members": members, "Rollout": QUICK}
    before = {**properties, "Members": [{**one, "NewVersion": "1"} for one in members]}
    event = shop.event("Update", ResourceProperties=properties, OldResourceProperties=before)
    shop.send(event)
    then_refused(shop.answered(event), "HealthCheckFailed: ")
    for one in group:
        assert one.weights[:1] == [10]
        then_whole(one, "1")


def test_direct_lets_the_stack_move_the_alias(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = shop.asks("Update", checkout, 2, before=1, Mode="direct")
    then_granted(shop.answered(event, within=30), "2")
    then_untouched(shop, checkout)


@pytest.mark.proves("F121")
@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Rollout": {"type": "lineal"}}, "did you mean linear?"),
        ({"Rollout": {"function-name": "other"}}, "Rollout.function-name: the resource's own"),
        ({"Rollout": {"interval": "soon"}}, 'interval: "soon" was given'),
        ({"Mode": "fast"}, "Mode: 'fast' was given; allowed: gradual or direct"),
        ({"NewVersion": "$LATEST"}, 'NewVersion: "$LATEST" is not a published version\'s number'),
        (
            {"Rollout": {"type": "Linear10PercentEvery10Minutes"}},
            "so that CloudFormation, which waits for an hour, has its answer in time",
        ),
        (
            {"Rollout": {"type": "Canary10Percent30Minutes"}},
            "the stack has no service role",
        ),
    ],
    ids=["type", "ours", "number", "mode", "version", "time", "session"],
)
def test_what_cannot_be_released_is_refused_at_once(
    shop: Application, properties: dict[str, Any], reason: str
) -> None:
    checkout = shop.world.given_function()
    event = shop.asks("Update", checkout, 2, before=1, **properties)
    then_refused(shop.answered(event, within=30), reason)
    then_untouched(shop, checkout)


def test_whoever_says_that_the_session_lasts_is_believed(shop: Application) -> None:
    checkout = shop.world.given_function()
    longer = {"Rollout": {"type": "Canary10Percent30Minutes"}, "CallerSession": "accepted"}
    event = shop.asks("Update", checkout, 2, before=1, **longer)
    then_granted(shop.answered(event), "2")


def given_a_neighbours(shop: Application) -> Released:
    """Make a function that another stack has made."""
    checkout = shop.world.given_function()
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{checkout.name}"
    shop.world.functions.tag_resource(
        Resource=arn, Tags={"aws:cloudformation:stack-id": "another stack"}
    )
    return checkout


@pytest.mark.proves("A110")
def test_a_function_of_another_stack_is_refused(shop: Application) -> None:
    checkout = given_a_neighbours(shop)
    event = shop.asks("Update", checkout, 2, before=1)
    then_refused(shop.answered(event, within=30), "belongs to another stack, another stack")
    then_untouched(shop, checkout)


@pytest.mark.proves("A110")
def test_a_function_of_another_stack_is_not_brought_back_either(shop: Application) -> None:
    """A stack may name the version that the alias has, and the one before in its rollback."""
    checkout = given_a_neighbours(shop)
    shop.world.functions.update_alias(FunctionName=checkout.name, Name="live", FunctionVersion="2")
    goes_back(shop)
    answer = shop.answered(shop.asks("Update", checkout, 1, before=2), within=60)
    then_granted(answer, "1")
    assert "stays: its function belongs to another stack, another stack" in answer["Reason"]
    then_whole(checkout, "2")


@pytest.mark.proves("A110")
def test_an_alias_that_a_gate_is_given_anew_is_the_stacks_own(shop: Application) -> None:
    checkout, basket = shop.world.given_function(), shop.world.given_function("basket")
    event = shop.event(
        "Update",
        ResourceProperties=shop.properties(basket, 2),
        OldResourceProperties=shop.properties(checkout, 1),
    )
    shop.send(event)
    then_refused(shop.answered(event, within=30), "is not this stack's")
    then_untouched(shop, basket)
    shop.owns(basket)
    event = {**event, "RequestId": "again", "ResponseURL": f"{event['ResponseURL']}-again"}
    shop.send(event)
    then_granted(shop.answered(event), "2")
    assert basket.weights == [10, 100]


@pytest.mark.proves("A113")
@pytest.mark.parametrize("before", [None, 1, 9])
def test_an_event_of_a_stack_that_is_not_there_changes_nothing(
    shop: Application, before: int | None
) -> None:
    checkout = shop.world.given_function()
    invented = f"{shop.stack.id[:-1]}{'0' if shop.stack.id[-1] != '0' else '1'}"
    event = shop.event("Update", StackId=invented, ResourceProperties=shop.properties(checkout, 2))
    if before:
        event["OldResourceProperties"] = shop.properties(checkout, before)
    shop.send(event)
    then_refused(shop.answered(event, within=60), "the stack does not wait for this")
    then_untouched(shop, checkout)


@pytest.mark.proves("A113")
def test_where_nobody_knows_the_way_the_alias_says_which_version_is_newer(
    shop: Application,
) -> None:
    checkout = shop.world.given_function(canary=BAD)
    shop.world.faults.on_call("cloudformation", "DescribeStacks", times=FOREVER)
    then_refused(shop.answered(shop.asks("Update", checkout, 2, before=9)), "HealthCheckFailed: ")
    assert checkout.weights == [10]
    then_whole(checkout, "1")


@pytest.mark.proves("A111")
def test_no_function_of_lambda_canary_itself_is_released(shop: Application) -> None:
    own = shop.world.stack.physical_id("NotifyFunction")
    shop.world.functions.publish_version(FunctionName=own)
    shop.world.functions.create_alias(FunctionName=own, Name="live", FunctionVersion="1")
    event = shop.asks("Update", Released(own, "live", None), 2, before=1)
    then_refused(shop.answered(event, within=120), "belongs to another stack")
    shop.world.functions.delete_alias(FunctionName=own, Name="live")


@pytest.mark.proves("A111")
def test_a_function_that_the_stack_may_not_touch_is_let_go_back(shop: Application) -> None:
    checkout = shop.world.given_function()
    denied = "AccessDeniedException"
    shop.world.faults.on_call("lambda", "GetAlias", error=denied, times=FOREVER)
    event = shop.asks("Update", checkout, 2, before=1)
    then_refused(shop.answered(event, within=30), "maybe by FunctionNamePattern")
    goes_back(shop)
    back = shop.asks("Update", checkout, 1, before=2)
    then_granted(shop.answered(back, within=30), "1")
    direct = shop.asks("Update", checkout, 2, before=1, Mode="direct")
    shop.stands("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
    then_granted(shop.answered(direct, within=30), "2")
    then_untouched(shop, checkout)


LEGS: dict[str, Any] = {
    "Rollout": {
        "type": "custom",
        "weights": ["10", "20", "60", "100"],
        "interval": ["240", "60", "240", "60"],
        "check-interval": "30",
    }
}


@pytest.fixture
def handing_over_soon(world: World) -> Iterator[None]:
    """Rollouts go on in continuations after a few health checks."""
    checker = world.stack.physical_id("CheckHealthFunction")
    before = world.functions.get_function_configuration(FunctionName=checker)["Environment"]
    soon = {"Variables": before["Variables"] | {"HAND_OVER_AFTER_EVENTS": "60"}}
    world.functions.update_function_configuration(FunctionName=checker, Environment=soon)
    yield
    world.functions.update_function_configuration(FunctionName=checker, Environment=before)


def nobody_else_stops(world: World, skip: int) -> None:
    """Let what Step Functions itself stops go on, and the guard not hear of it."""
    world.faults.on_call("stepfunctions", "StopExecution", skip=skip, times=1)
    told = {"stateMachineArn": world.machine, "status": "ABORTED"}
    world.faults.on_event("lost", detail=told, times=FOREVER)


def stop_waiter(shop: Application) -> None:
    machine = shop.world.stack.physical_id("GateStateMachine")
    waiters, name = machine.replace(":stateMachine:", ":execution:"), shop.rollouts[0]
    shop.world.when_stopped(f"{waiters}:{name.rpartition(':')[2]}")


@pytest.mark.proves("F103")
def test_a_rollout_that_outlives_its_waiter_is_stopped_and_told(shop: Application) -> None:
    checkout = shop.world.given_function()
    baking(shop, checkout)
    nobody_else_stops(shop.world, skip=1)
    goes_back(shop)
    then_granted(shop.answered(shop.asks("Update", checkout, 1, before=2), within=240), "1")
    then_whole(checkout, "1")
    assert shop.world.told_of(shop.rollouts[0])


@pytest.mark.proves("F114")
def test_a_rollout_whose_waiter_was_stopped_is_stopped_and_told(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = baking(shop, checkout)
    nobody_else_stops(shop.world, skip=1)
    stop_waiter(shop)
    then_refused(shop.answered(event, within=240), "the rollout is ABORTED")
    then_whole(checkout, "1")
    assert shop.world.told_of(shop.rollouts[0])


@pytest.mark.usefixtures("handing_over_soon")
@pytest.mark.parametrize("how", ["back", "stopped"])
def test_a_rollout_that_goes_on_elsewhere_is_stopped_there(shop: Application, how: str) -> None:
    checkout = shop.world.given_function()
    event = shop.asks("Update", checkout, 2, before=1, **LEGS)
    shop.world.when_at(60, checkout)
    shop.world.sandbox.run_for(60)
    nobody_else_stops(shop.world, skip=2)
    if how == "back":
        goes_back(shop)
        then_granted(shop.answered(shop.asks("Update", checkout, 1, before=2), within=240), "1")
    else:
        stop_waiter(shop)
        then_refused(shop.answered(event, within=240), "ABORTED")
    shop.world.sandbox.run_for(600)
    then_whole(checkout, "1")


@pytest.mark.proves("F113")
def test_what_the_gate_cannot_give_back_another_function_does(shop: Application) -> None:
    checkout = shop.world.given_function()
    event = baking(shop, checkout)
    shop.world.faults.on_handler("lambda-canary-Gate", "throttle", times=FOREVER)
    goes_back(shop)
    then_granted(shop.answered(shop.asks("Update", checkout, 1, before=2), within=900), "1")
    then_refused(shop.answered(event, within=60), "ABORTED")
    then_whole(checkout, "1")
    goes_back(shop, shop.properties(checkout, 2))
    then_granted(shop.answered(shop.asks("Update", checkout, 2, before=1), within=900), "2")
    then_whole(checkout, "2")


@pytest.mark.proves("F113")
def test_what_neither_can_answer_is_put_aside(shop: Application) -> None:
    checkout = shop.world.given_function()
    shop.world.faults.on_handler("lambda-canary-Gate", "throttle", times=FOREVER)
    shop.world.faults.on_handler("GateAnswerFunction", "crash", times=FOREVER)
    event = shop.asks("Update", checkout, 2, before=1)
    shop.world.sandbox.run_for(1_200)
    queue = shop.world.sandbox.queue(shop.world.stack.resources["GuardQueue"].attributes["Arn"])
    assert any(event["RequestId"] in message.body for message in queue)
    then_untouched(shop, checkout)
