"""Routing is ours that we wrote, whatever else has changed: revision `r1`, weights 10 ... 100."""

import pytest

from domain.ending.ownership import (
    expected,
    is_ours,
    is_proven,
    kept,
    seconds_since_failure,
    shares,
)
from domain.model.alias import Alias, shifting
from domain.model.errors import AliasChanged, Failure
from domain.model.state import Next, State, plan_of
from domain.planning.preflight import Facts
from domain.rollout.shift import after_shift
from tests.unit.builders import EXECUTION, NOW, alias, baking, facts, planned, rollout

CREATED = f"Created by {EXECUTION}"


def ours(state: State, found: Alias) -> bool:
    return is_ours(state, state["members"][0], found)


def shifted_once(steps: int) -> State:
    """Return the state after the first shift of a linear plan."""
    state = planned(rollout(steps=steps))
    return after_shift(state, plan_of(state).weights[0], NOW)


def about_to(task: Next, state: State | None = None) -> State:
    """Return the state after the first shift, from which `task` was about to run."""
    return {**(state or baking(rollout())), "next": task}


@pytest.mark.parametrize("description", [EXECUTION, "", "put back by Terraform"])
@pytest.mark.parametrize("revision", ["r1", "r2"])
@pytest.mark.parametrize("task", ["bake", "check", "shift", "announce", "finalize", "relay"])
def test_the_weight_that_we_wrote_is_ours_whatever_else_has_changed(
    description: str, revision: str, task: Next
) -> None:
    assert ours(about_to(task), alias("1", {"2": 0.1}, revision, description))


@pytest.mark.parametrize("description", [EXECUTION, ""])
@pytest.mark.parametrize(
    ("version", "weights"),
    [("1", {"2": 0.9}), ("1", {"3": 0.1}), ("3", {"2": 0.1}), ("2", {}), ("1", {}), ("3", {})],
)
def test_other_versions_and_weights_are_somebody_elses(
    version: str, weights: dict[str, float], description: str
) -> None:
    for task in ("bake", "check", "shift", "announce"):
        assert not ours(about_to(task), alias(version, weights, "r2", description))


def test_the_next_weight_is_not_ours_before_it_may_have_been_written() -> None:
    lost = alias("1", {"2": 0.2}, revision="r2", description=EXECUTION)
    assert not ours(about_to("bake"), lost)
    assert not ours(about_to("check"), lost)


def test_what_others_made_of_the_description_is_kept() -> None:
    state = about_to("bake")
    member = state["members"][0]
    assert kept(state, member, alias(description="theirs"))["description"] == "theirs"
    for mark in (EXECUTION, EXECUTION.replace("rollout-1", "rollout-2")):
        assert kept(state, member, alias(description=mark))["description"] == member["description"]


def test_long_after_the_end_the_mark_or_the_revision_proves_our_weights() -> None:
    state = about_to("bake")
    member = state["members"][0]
    assert is_proven(state, member, alias("1", {"2": 0.1}, "r1", "theirs"))
    assert is_proven(state, member, alias("1", {"2": 0.1}, "r2", EXECUTION))
    assert not is_proven(state, member, alias("1", {"2": 0.1}, "r2", "theirs"))


def test_a_rollback_by_hand_is_not_gone_on_from_but_before_the_first_weight() -> None:
    whole = alias("1", revision="r2", description="theirs")
    fresh = about_to("shift", planned(rollout()))
    assert expected(fresh, shifting(fresh["members"])[0], whole)["revision"] == "r2"
    late = about_to("shift")
    with pytest.raises(AliasChanged, match="it routes 100 % to version 1 now"):
        expected(late, shifting(late["members"])[0], whole)


def test_step_functions_is_told_the_shares_that_are_ours() -> None:
    assert shares(about_to("shift", planned(rollout()))) == [0.1]
    assert shares(about_to("bake")) == [0.1]
    assert shares(about_to("shift")) == [0.1, 0.2]
    assert shares(about_to("relay", shifted_once(steps=4))) == [0.25, 0.5, 0.75, 1.0, 1]
    assert shares(about_to("bake", shifted_once(steps=1))) == [1.0, 1]
    assert shares(about_to("relay", shifted_once(steps=300))) == [0.0033]


@pytest.mark.proves("A56")
def test_a_shift_whose_answer_was_lost_is_ours() -> None:
    lost = alias("1", {"2": 0.2}, revision="r2", description=EXECUTION)
    assert ours(about_to("shift"), lost)
    assert ours(about_to("announce"), lost)


def test_a_lost_first_shift_is_ours() -> None:
    lost = alias("1", {"2": 0.1}, revision="r2", description=EXECUTION)
    assert ours(about_to("shift", planned(rollout())), lost)


def test_the_same_weight_by_another_rollout_is_not_ours() -> None:
    other = EXECUTION.replace("rollout-1", "rollout-2")
    assert not ours(about_to("shift"), alias("1", {"2": 0.2}, revision="r2", description=other))


@pytest.mark.proves("A52")
def test_a_weight_that_we_never_set_is_not_ours() -> None:
    assert not ours(about_to("shift"), alias("1", {"2": 0.5}, revision="r2", description=EXECUTION))
    assert not ours(about_to("shift"), alias("1", {"3": 0.2}, revision="r2", description=EXECUTION))


def test_a_promotion_whose_answer_was_lost_is_ours_while_finalizing() -> None:
    assert ours(about_to("finalize"), alias("2", revision="r2"))


def test_an_operators_own_promotion_in_the_middle_is_not_ours() -> None:
    for task in ("bake", "shift", "announce"):
        assert not ours(about_to(task), alias("2", revision="r2"))


def test_after_the_last_weight_no_shift_is_under_way() -> None:
    state = about_to("bake", baking(rollout(steps=1)))
    assert not ours(state, alias("1", {"2": 1.0}, revision="r2", description=EXECUTION))


def test_any_weight_left_may_have_been_set_in_the_execution_that_the_rollout_ran_on_in() -> None:
    for weight in (0.2, 0.5, 1.0):
        assert ours(
            about_to("relay"), alias("1", {"2": weight}, revision="r2", description=EXECUTION)
        )
    assert not ours(
        about_to("relay"), alias("1", {"2": 0.25}, revision="r2", description=EXECUTION)
    )
    assert not ours(about_to("relay"), alias("2", revision="r2"))
    other = EXECUTION.replace("rollout-1", "rollout-2")
    assert not ours(about_to("relay"), alias("1", {"2": 0.2}, revision="r2", description=other))


def test_while_publishing_nothing_was_shifted() -> None:
    unpublished = planned({"function-name": "checkout", "alias-name": "live"})
    assert not ours(unpublished, alias("2", revision="r2"))


def test_before_the_plan_nothing_is_ours() -> None:
    state = planned(rollout())
    del state["progress"]
    assert not ours(state, alias())


def test_what_is_there_already_is_never_ours() -> None:
    none = planned(rollout(), facts(alias=alias("2")))
    assert not ours(about_to("finalize", none), alias("2"))


@pytest.mark.proves("A57")
def test_an_alias_to_create_is_ours_only_while_finalizing() -> None:
    created = planned(rollout(), Facts(exists=True, canary=facts().canary))
    assert ours(about_to("finalize", created), alias("2", description=CREATED))
    assert not ours(about_to("finalize", created), alias("1", description=CREATED))
    assert not ours(about_to("shift", created), alias("2", description=CREATED))


@pytest.mark.proves("A57")
def test_an_alias_that_another_rollout_created_just_so_is_not_ours() -> None:
    created = planned(rollout(), Facts(exists=True, canary=facts().canary))
    assert not ours(about_to("finalize", created), alias("2", description="another rollout's mark"))


def test_time_to_roll_back_counts_from_the_health_check_that_failed() -> None:
    failed = Failure(Error="HealthCheckFailed", Cause="too many errors")
    state = baking(rollout())
    state["progress"]["checked_at"] = NOW + 60
    assert seconds_since_failure({**state, "failure": failed}, NOW + 61.5) == 1.5


def test_time_to_roll_back_is_unknown_where_something_else_failed() -> None:
    assert seconds_since_failure(baking(rollout()), NOW) is None
    stopped = Failure(Error="AliasChanged", Cause="somebody")
    assert seconds_since_failure({**baking(rollout()), "failure": stopped}, NOW) is None
