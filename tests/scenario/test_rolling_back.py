"""Rolling back succeeds although its own calls fail, and takes nothing from anybody else."""

from collections.abc import Callable

import pytest

from sandbox.kernel.faults import FOREVER, When
from sandbox.kernel.signals import ApiCall
from tests.long import parametrize
from tests.scenario.then import then_rolled_back, then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of

THROTTLED = "TooManyRequestsException"


@parametrize("operation", ["UpdateAlias", "GetAlias"], short=1)
@parametrize(
    ("error", "when", "times"),
    [
        (THROTTLED, "before", 3),
        ("ConnectionClosed", "after", 1),
        (THROTTLED, "before", 9),
        ("ServiceException", "before", 3),
        ("ServiceException", "after", 1),
        ("ReadTimeout", "after", 1),
        ("AccessDeniedException", "before", 1),
    ],
    short=2,
)
def test_a_rollback_outlasts_failures_of_its_calls(
    world: World, operation: str, error: str, when: When, times: int
) -> None:
    checkout, basket = world.given_function("checkout", BAD), world.given_function("basket")
    world.faults.on_call(
        "lambda", operation, error=error, when=when, times=times, caller="RollBackFunction"
    )
    rollout = world.when_released([checkout, basket], steps=3, interval=60)
    then_rolled_back(rollout, checkout, [33.33])
    then_rolled_back(rollout, basket, [33.33])
    assert "RollBackDirectly" not in rollout.states


@parametrize("error", [THROTTLED, "ServiceException", "AccessDeniedException"], short=1)
@parametrize("operation", ["UpdateAlias", "GetAlias"], short=1)
def test_a_rollback_function_whose_calls_always_fail_is_stood_in_for(
    world: World, operation: str, error: str
) -> None:
    checkout, basket = world.given_function("checkout", BAD), world.given_function("basket")
    world.faults.on_call("lambda", operation, error=error, times=FOREVER, caller="RollBackFunction")
    rollout = world.when_released([checkout, basket], steps=3, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    then_whole(checkout, "1")
    then_whole(basket, "1")
    assert "RollBackDirectly" in rollout.states


def test_one_alias_that_cannot_be_given_back_keeps_no_other_from_it(world: World) -> None:
    """Every member is tried, whatever became of the one before."""
    group = [world.given_function(name, BAD) for name in ("checkout", "basket", "search")]
    execution = world.when_started(release_of(group, steps=3, interval=60))
    world.when_at(33.33, group[-1])
    world.functions.delete_function(FunctionName=group[0].name)
    world.when_ended(execution)
    assert group[0].now is None
    then_whole(group[1], "1")
    then_whole(group[2], "1")


def test_a_change_between_the_rollbacks_look_and_its_write_is_left(
    world: World, once_called: Callable[[str, Callable[[], None]], None]
) -> None:
    checkout = world.given_function(canary=BAD)

    def change() -> None:
        world.functions.update_alias(
            FunctionName=checkout.name,
            Name="live",
            FunctionVersion="2",
            RoutingConfig={"AdditionalVersionWeights": {}},
        )

    once_called("RollBackFunction", change)
    rollout = world.when_released(checkout, steps=3, interval=60)
    assert (rollout.status, rollout.error) == ("FAILED", "RollbackFailed")
    assert checkout.primaries == ["1", "2", "2"]
    then_whole(checkout, "2")  # but for the rollout's mark
    assert "routes 100 % to version 2, as somebody else left it" in rollout.cause


@pytest.fixture
def once_called(world: World) -> Callable[[str, Callable[[], None]], None]:
    """Provide what does something right after the first AWS call of a function."""

    def arm(function: str, act: Callable[[], None]) -> None:
        def note(call: ApiCall) -> None:
            if f"-{function}-" in call.caller:
                world.sandbox.signals.called.remove(note)
                act()

        world.sandbox.signals.called.append(note)

    return arm


def test_a_bad_version_that_is_tried_again_is_rolled_back_again(
    world: World,
) -> None:
    checkout = world.given_function(canary=BAD)
    for _ in range(2):
        rollout = world.when_released(checkout, steps=2, interval=60)
        assert rollout.error == "HealthCheckFailed"
    assert checkout.weights == [50, 50]
    then_whole(checkout, "1")


def test_the_next_version_can_be_released_at_once(world: World) -> None:
    checkout = world.given_function(versions=[HEALTHY, BAD, HEALTHY])
    assert world.when_released(checkout, steps=2, interval=60).status == "FAILED"
    rollout = world.when_released(checkout, new_version="3", steps=2, interval=60)
    assert rollout.status == "SUCCEEDED"
    assert checkout.weights == [50, 50, 100]
    then_whole(checkout, "3")
