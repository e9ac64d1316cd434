from typing import Any

import pytest

from domain.model.state import State
from domain.planning.preflight import Facts
from domain.rollout.hooks import succeeded
from domain.rollout.stages import after_before, after_publish, after_weight, is_last
from tests.unit.builders import alias, baking, facts, group, planned, rollout, take, version

BEFORE = {"type": "alarm", "names": ["a"], "when": "before"}
BOTH = {"pre-traffic": "before", "post-traffic": {"function": "after", "mode": "return"}}


def at_the_end(**keys: Any) -> State:
    """In the bake at 100 %."""
    return baking(rollout(steps=1, **keys))


def test_after_publishing_comes_a_shift_only_where_there_is_a_baseline() -> None:
    assert after_publish(planned(rollout()))["next"] == "shift"
    created = planned(rollout(), Facts(exists=True, canary=version()))
    assert after_publish(created)["next"] == "finalize"
    done = planned(rollout(checks=[BEFORE]), facts(alias=alias("2")))
    assert after_publish(done)["next"] == "finalize"


def test_one_member_that_shifts_makes_the_group_shift() -> None:
    state = planned(group("cart", "checkout"))
    take(state, 0, "create")
    assert after_publish(state)["next"] == "shift"


def test_checks_of_weight_0_come_first_then_the_hook_then_the_shift() -> None:
    state = planned(rollout(checks=[BEFORE], hooks=BOTH))
    assert after_publish(state)["next"] == "check"
    asked = after_before(state)
    assert (asked["next"], asked["hook"]["name"]) == ("hook", "pre-traffic")
    assert after_before(succeeded(asked))["next"] == "shift"
    assert after_before(planned(rollout()))["next"] == "shift"


def test_a_new_alias_is_made_when_checks_of_weight_0_and_the_hook_have_passed() -> None:
    created = planned(rollout(checks=[BEFORE], hooks=BOTH), Facts(exists=True, canary=version()))
    assert after_publish(created)["next"] == "check"
    asked = after_before(created)
    assert after_before(succeeded(asked))["next"] == "finalize"
    assert asked["hook"]["payload"]["old-version"] is None
    assert asked["hook"]["payload"]["old-version-arn"] is None


@pytest.mark.parametrize(("notify", "then"), [("all", "announce"), ("outcome", "shift")])
def test_the_next_weight_is_announced_where_the_input_wants_it(notify: str, then: str) -> None:
    assert after_weight(baking(rollout(notify=notify)))["next"] == then


def test_after_the_last_weight_comes_the_promotion() -> None:
    assert is_last(at_the_end())
    assert after_weight(at_the_end(notify="all"))["next"] == "finalize"


def test_the_post_traffic_hook_is_asked_until_it_has_succeeded() -> None:
    asked = after_weight(at_the_end(hooks=BOTH))
    assert (asked["next"], asked["hook"]["name"]) == ("hook", "post-traffic")
    assert after_weight(succeeded(asked))["next"] == "finalize"


def test_having_asked_the_pre_traffic_hook_does_not_save_the_other() -> None:
    state = at_the_end(hooks=BOTH)
    before = after_before(state)
    assert after_weight(before)["hook"]["name"] == "post-traffic"
