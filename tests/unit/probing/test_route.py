import pytest

from domain.model.state import Next, State
from domain.probing.route import routed
from tests.unit.builders import baking, planned, rollout

PROBE: dict[str, object] = {"type": "probe"}


def state(next_: Next, *checks: dict[str, object]) -> State:
    return {**baking(rollout(checks=[{"type": "errors", "max-count": 0}, *checks])), "next": next_}


@pytest.mark.parametrize(("word", "way"), [("bake", "probe"), ("shift", "shift-and-probe")])
def test_with_a_probe_bakes_are_spent_probing(word: Next, way: Next) -> None:
    assert routed(state(word, PROBE))["next"] == way
    assert routed(routed(state(word, PROBE)))["next"] == way
    assert routed(state(word))["next"] == word


@pytest.mark.parametrize("word", ["publish", "check", "announce", "finalize", "roll-back"])
def test_all_else_goes_its_own_way(word: Next) -> None:
    assert routed(state(word, PROBE))["next"] == word


def test_before_the_first_weight_nothing_is_probed() -> None:
    assert routed({**planned(rollout(checks=[PROBE])), "next": "bake"})["next"] == "bake"


def test_before_the_plan_there_is_nothing_to_route() -> None:
    early = state("bake", PROBE)
    del early["settings"]
    assert routed(early) == early
