"""A rollout ends without rolling back: the guard gives its aliases back, and tells it."""

from tests.scenario.then import then_whole
from tests.scenario.world import World, release_of


def test_a_rollout_stopped_in_its_bake_is_given_back(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    execution = world.when_started(release_of([checkout, basket], steps=2, interval=60))
    world.when_at(50, basket)
    world.when_stopped(execution)
    world.sandbox.run_for(5)
    then_whole(checkout, "1")
    then_whole(basket, "1")
