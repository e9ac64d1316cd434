"""Only what this rollout left is rolled back: alias revision `r1`, weights 10, 20 ... 100."""

from domain.alias import Alias
from domain.preflight import Facts
from domain.rollback import left_by_us
from domain.state import Next, State
from tests.unit.builders import EXECUTION, alias, baking, facts, planned, rollout


def ours(state: State, found: Alias) -> bool:
    return left_by_us(state, state["members"][0], found)


def about_to(task: Next, state: State | None = None) -> State:
    """The state after the first shift, from which `task` was about to run."""
    return {**(state or baking(rollout())), "next": task}


def test_the_revision_that_we_know_is_ours_whatever_it_routes() -> None:
    assert ours(about_to("bake"), alias("1", {"2": 0.1}, revision="r1"))


def test_a_shift_whose_answer_was_lost_is_ours() -> None:
    lost = alias("1", {"2": 0.2}, revision="r2", words=EXECUTION)
    assert ours(about_to("shift"), lost)
    assert ours(about_to("announce"), lost)


def test_a_lost_first_shift_is_ours() -> None:
    lost = alias("1", {"2": 0.1}, revision="r2", words=EXECUTION)
    assert ours(about_to("shift", planned(rollout())), lost)


def test_the_same_weight_by_another_rollout_is_not_ours() -> None:
    other = EXECUTION.replace("rollout-1", "rollout-2")
    assert not ours(about_to("shift"), alias("1", {"2": 0.2}, revision="r2", words=other))


def test_a_weight_that_we_never_set_is_not_ours() -> None:
    assert not ours(about_to("shift"), alias("1", {"2": 0.5}, revision="r2", words=EXECUTION))
    assert not ours(about_to("shift"), alias("1", {"3": 0.2}, revision="r2", words=EXECUTION))


def test_a_promotion_whose_answer_was_lost_is_ours_while_finalizing() -> None:
    assert ours(about_to("finalize"), alias("2", revision="r2"))


def test_an_operators_own_promotion_in_the_middle_is_not_ours() -> None:
    for task in ("bake", "shift", "announce"):
        assert not ours(about_to(task), alias("2", revision="r2"))


def test_after_the_last_weight_no_shift_is_under_way() -> None:
    state = about_to("bake", baking(rollout(steps=1)))
    assert not ours(state, alias("1", {"2": 1.0}, revision="r2", words=EXECUTION))


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


def test_an_alias_to_create_is_ours_only_while_finalizing() -> None:
    created = planned(rollout(), Facts(exists=True, canary=facts().canary))
    assert ours(about_to("finalize", created), alias("2", words=EXECUTION))
    assert not ours(about_to("finalize", created), alias("1", words=EXECUTION))
    assert not ours(about_to("shift", created), alias("2", words=EXECUTION))


def test_an_alias_that_another_rollout_created_just_so_is_not_ours() -> None:
    created = planned(rollout(), Facts(exists=True, canary=facts().canary))
    assert not ours(about_to("finalize", created), alias("2", words="another rollout's mark"))
