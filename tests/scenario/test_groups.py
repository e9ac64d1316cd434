"""A release group shifts, is judged, promoted and rolled back as one."""

from sandbox.kernel.faults import FOREVER
from tests.long import long
from tests.scenario.then import (
    then_failure_is_told,
    then_promoted,
    then_refused,
    then_rolled_back,
    then_whole,
)
from tests.scenario.world import BAD, HEALTHY, World, release_of


def test_healthy_versions_are_promoted_together(world: World) -> None:
    group = [world.given_function(name) for name in ("checkout", "basket", "search")]
    rollout = world.when_released(group, steps=2, interval=60)
    for released in group:
        then_promoted(rollout, released, [50, 100])
    names = rollout.messages[-1].attributes["function"]
    assert names.type == "String.Array"
    assert all(released.name in names.value for released in group)


def test_one_bad_version_takes_all_back(world: World) -> None:
    checkout = world.given_function("checkout", HEALTHY)
    basket = world.given_function("basket", BAD)
    rollout = world.when_released([checkout, basket], steps=3, interval=60)
    then_rolled_back(rollout, checkout, [33.33])
    then_rolled_back(rollout, basket, [33.33])
    assert rollout.cause.startswith(f"judge: {basket.name}:live: ")


def test_a_second_shift_that_fails_takes_the_first_back(world: World) -> None:
    """The first alias of the group is shifted already when the second one's call is refused."""
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    world.faults.on_call("lambda", "UpdateAlias", error="AccessDeniedException", skip=1)
    rollout = world.when_released([checkout, basket], steps=3, interval=60)
    then_rolled_back(rollout, checkout, [33.33], error="InternalError")
    then_rolled_back(rollout, basket, [], error="InternalError")
    assert "AccessDenied" in rollout.cause


def test_a_second_promotion_that_fails_takes_the_first_back(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=1, interval=60))
    world.when_at(100, basket)
    world.faults.on_call("lambda", "UpdateAlias", error="AccessDeniedException", skip=1)
    rollout = world.when_ended(execution)
    assert (rollout.status, rollout.error) == ("FAILED", "InternalError")
    assert checkout.primaries == ["1", "2", "1"]
    then_whole(checkout, "1")
    then_whole(basket, "1")
    then_failure_is_told(rollout)


def test_a_second_publish_that_fails_shifts_nothing(world: World) -> None:
    group = [world.given_function(name, published=1) for name in ("checkout", "basket")]
    world.faults.on_call("lambda", "PublishVersion", error="AccessDeniedException", skip=1)
    rollout = world.when_released(group, new_version=None, steps=3, interval=60)
    for released in group:
        then_rolled_back(rollout, released, [], error="InternalError")


@long
def test_a_function_that_nobody_calls_holds_the_group(world: World) -> None:
    checkout = world.given_function("checkout")
    silent = world.given_function("silent", calls_per_second=0)
    rollout = world.when_released(
        [checkout, silent],
        steps=2,
        interval=60,
        max_hold=120,
        on_insufficient_data="roll-back",
    )
    then_rolled_back(rollout, checkout, [50], error="InsufficientData")
    assert silent.name in rollout.cause
    assert checkout.name not in rollout.cause.split(". Now: ")[0]


def test_each_member_takes_its_own_part(world: World) -> None:
    """One is shifted, one has the version already, one has no alias yet."""
    shifted = world.given_function("shifted")
    there = world.given_function("there")
    new = world.given_function("new")
    world.functions.update_alias(FunctionName=there.name, Name="live", FunctionVersion="2")
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    there.seen.clear()
    new.seen.clear()
    rollout = world.when_released([shifted, there, new], steps=2, interval=60)
    then_promoted(rollout, shifted, [50, 100])
    assert there.seen == []
    assert new.primaries == ["2"]
    then_whole(new, "2", description=f"Created by {rollout.arn}")
    assert rollout.output["summary"] == (
        f"live of {shifted.name} promoted from 1 to 2; live of {there.name} at 2 already; "
        f"live of {new.name} created at 2"
    )


def test_a_bad_version_makes_no_new_alias_either(world: World) -> None:
    bad, new = world.given_function("bad", BAD), world.given_function("new")
    world.functions.delete_alias(FunctionName=new.name, Name="live")
    new.seen.clear()
    rollout = world.when_released([new, bad], steps=2, interval=60)
    then_rolled_back(rollout, bad, [50])
    assert (new.now, new.seen) == (None, [])
    assert f"live of {new.name} does not exist" in rollout.cause


@long
def test_an_alias_created_before_the_group_failed_is_deleted_again(world: World) -> None:
    checkout = world.given_function("checkout")
    new = [world.given_function("new"), world.given_function("newer")]
    for function in new:
        world.functions.delete_alias(FunctionName=function.name, Name="live")
    world.sandbox.faults.on_call("lambda", "CreateAlias", skip=1, times=FOREVER)
    rollout = world.when_released([checkout, *new], steps=1, interval=60)
    assert rollout.error == "InternalError"
    then_whole(checkout, "1")
    assert [function.now for function in new] == [None, None]
    assert f"live of {new[0].name}, which this rollout had created, is deleted" in rollout.cause


@long
def test_two_aliases_of_one_function_move_together(world: World) -> None:
    checkout = world.given_function("checkout")
    world.functions.create_alias(FunctionName=checkout.name, Name="beta", FunctionVersion="1")
    members = [
        {"function-name": checkout.name, "alias-name": alias, "new-version": 2}
        for alias in ("live", "beta")
    ]
    rollout = world.when_ended(
        world.when_started(
            {"functions": members, "steps": 2, "interval": 60, "max-hold": 60},
        )
    )
    then_promoted(rollout, checkout, [50, 100])
    assert rollout.output["unproven"] is True


def test_one_refused_member_refuses_all(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    world.functions.put_provisioned_concurrency_config(
        FunctionName=basket.name, Qualifier="live", ProvisionedConcurrentExecutions=1
    )
    rollout = world.when_released([checkout, basket], steps=2, interval=60)
    then_refused(rollout, checkout, basket)
    assert f"live of {basket.name} has provisioned concurrency" in rollout.cause


def test_promises_hold_for_the_largest_group(world: World) -> None:
    group = [world.given_function(f"part-{n}", calls_per_second=2) for n in range(25)]
    world.faults.on_call("sns", "Publish", error="InternalErrorException", times=FOREVER)
    rollout = world.when_released(group, steps=1, interval=60)
    assert rollout.status == "SUCCEEDED"
    assert [released.weights for released in group] == [[100]] * 25
    for released in group:
        then_whole(released, "2")
