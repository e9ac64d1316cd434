from domain.model.member import LATEST
from domain.rollout.shift import after_shift
from tests.unit.builders import NOW, alias, baking, facts, planned, rollout, shifters


def test_a_shift_opens_its_bake_and_the_first_check_in_it() -> None:
    state = baking(rollout(interval=120, check_interval=45), at=NOW + 0.2)
    assert state["next"] == "bake"
    progress = state["progress"]
    assert progress["step"] == 1
    assert progress["shifted_at"] == NOW + 1
    assert progress["bake_ends"] == NOW + 121
    assert progress["wait_until"] == "2026-01-05T09:00:46Z"
    assert progress["shifts"] == [{"weight": 10.0, "at": "2026-01-05T09:00:01Z"}]


def test_the_first_check_comes_at_the_bakes_end_where_that_is_sooner() -> None:
    state = baking(rollout(interval=20), at=NOW)
    assert state["progress"]["wait_until"] == "2026-01-05T09:00:20Z"


def test_codedeploys_last_weight_is_left_after_the_last_look() -> None:
    state = baking(rollout(type="AllAtOnce"), at=NOW)
    assert state["progress"]["bake_ends"] == NOW + LATEST
    assert state["progress"]["wait_until"] == "2026-01-05T09:01:00Z"


def test_a_bake_that_an_order_skips_leaves_a_last_look_at_100_percent_alone() -> None:
    for steps, seconds in ((2, 0), (1, LATEST)):
        before = planned(rollout(steps=steps))
        before["progress"]["steering"]["promote"] = float(NOW)
        assert after_shift(before, 10.0, NOW)["progress"]["bake_ends"] == NOW + seconds


def test_a_later_shift_keeps_the_tally_of_the_whole_rollout() -> None:
    state = after_shift(baking(rollout(), at=NOW), 20.0, NOW + 600)
    assert state["progress"]["step"] == 2
    assert shifters(state)[0]["tally"]["until"] == NOW


def test_what_does_not_shift_is_not_counted() -> None:
    state = after_shift(planned(rollout(), facts(alias=alias("2"))), 10.0, NOW)
    assert "tally" not in state["members"][0]


def test_of_many_shifts_the_first_and_last_hundred_are_remembered() -> None:
    state = planned(rollout(steps=1_000))
    for number in range(300):
        state = after_shift(state, float(number), NOW + number)
    weights = [shift["weight"] for shift in state["progress"]["shifts"]]
    assert weights == [*range(100), *range(200, 300)]


def test_a_repeated_shift_gives_the_same_state_and_leaves_the_old_one_alone() -> None:
    before = planned(rollout())
    again = repr(before)
    assert after_shift(before, 10.0, NOW) == after_shift(before, 10.0, NOW)
    assert repr(before) == again
