from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.schedule import SHAPES, Schedule, ScheduleError, Spec, schedule
from tests.unit.builders import parsed, rollout


def weights_of(**keys: object) -> list[float]:
    return list(schedule(parsed(rollout(**keys)).settings["schedule"]).weights)


def bakes_of(**keys: object) -> list[int]:
    return list(schedule(parsed(rollout(**keys)).settings["schedule"]).bakes)


def test_linear_weights_are_100_k_over_steps() -> None:
    assert weights_of() == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert weights_of(type="linear", steps=3) == [33.33, 66.67, 100]
    assert weights_of(type="linear", steps=1) == [100]


def test_exponential_weights_double_their_steps() -> None:
    assert weights_of(type="exponential", steps=3) == [14.29, 42.86, 100]
    assert weights_of(type="exponential") == [
        0.1, 0.29, 0.68, 1.47, 3.03, 6.16, 12.41, 24.93, 49.95, 100,
    ]  # fmt: skip


def test_geometric_weights_multiply_from_the_first_to_100() -> None:
    assert weights_of(type="geometric", steps=5) == [1, 3.16, 10, 31.62, 100]
    assert weights_of(type="geometric", steps=4, first_weight=12.5) == [12.5, 25, 50, 100]
    assert weights_of(type="geometric", steps=1) == [100]


def test_canary_is_the_first_weight_then_100() -> None:
    assert weights_of(type="canary") == [10, 100]
    assert weights_of(type="canary", first_weight=0.01) == [0.01, 100]


def test_all_at_once_is_100() -> None:
    assert weights_of(type="all-at-once") == [100]


def test_custom_weights_are_as_given() -> None:
    assert weights_of(type="custom", weights=[1, 5.25, 25, 100]) == [1, 5.25, 25, 100]


def test_101_1000_and_10000_steps_rise_strictly_and_end() -> None:
    assert weights_of(steps=101)[:2] == [0.99, 1.98]
    assert weights_of(steps=1_000)[-2:] == [99.9, 100]
    assert weights_of(steps=10_000)[:2] == [0.01, 0.02]


def test_one_interval_bakes_at_each_weight_also_at_100() -> None:
    assert bakes_of(steps=3, interval=120) == [120, 120, 300]


def test_a_list_of_intervals_bakes_each_weight_for_its_own_time() -> None:
    assert bakes_of(type="custom", weights=[5, 50, 100], interval=[60, 600, 1]) == [60, 600, 181]


def test_what_is_not_looked_at_has_no_last_look() -> None:
    assert bakes_of(steps=3, interval=120, health_check=False) == [120, 120, 120]


def refusal(**changes: Any) -> str:
    spec = Spec(
        shape="custom",
        steps=10,
        first_weight=10,
        weights=[],
        interval=60,
        bake_at_full=True,
        last_look=0,
    )
    with pytest.raises(ScheduleError) as caught:
        schedule(cast(Spec, {**spec, **changes}))
    return str(caught.value)


def test_weights_must_end_at_100() -> None:
    assert refusal(weights=[10, 50]) == "weights: the last weight is 50; it must be 100"


def test_equal_and_falling_weights_are_refused() -> None:
    assert refusal(weights=[10, 10, 100]).startswith("weights: weight 2 is 10 after 10")
    assert refusal(weights=[10, 5, 100]).startswith("weights: weight 2 is 5 after 10")


def test_exponential_steps_too_small_for_two_decimals_are_refused() -> None:
    assert len(weights_of(type="exponential", steps=14)) == 14
    assert refusal(shape="exponential", steps=15).startswith("steps: weight 1 is 0 after 0")
    assert refusal(shape="exponential", steps=10_000).endswith("use fewer")


def test_a_first_weight_of_100_leaves_no_weight_to_rise_to() -> None:
    assert refusal(shape="canary", first_weight=100).startswith("first-weight: weight 2 is 100")
    assert refusal(shape="geometric", first_weight=100).startswith("steps: weight 2 is 100")


def test_intervals_must_be_as_many_as_weights() -> None:
    assert refusal(weights=[50, 100], interval=[60]) == (
        "interval: 1 given for 2 weights; give one for each, or one"
    )


cents = st.integers(1, 10_000).map(lambda hundredths: hundredths / 100)
specs = st.builds(
    Spec,
    shape=st.sampled_from(SHAPES),
    steps=st.integers(1, 300),
    first_weight=cents,
    weights=st.lists(cents, unique=True, max_size=20).map(lambda some: [*sorted(some), 100.0]),
    interval=st.integers(1, 10**6) | st.lists(st.integers(1, 10**6), min_size=1, max_size=30),
    bake_at_full=st.booleans(),
    last_look=st.just(180),
)


def schedule_or_refusal(spec: Spec) -> Schedule | str:
    try:
        return schedule(spec)
    except ScheduleError as refused:
        return str(refused)


@given(specs)
def test_every_schedule_rises_strictly_to_100_at_two_decimals_or_is_refused(spec: Spec) -> None:
    found = schedule_or_refusal(spec)
    if isinstance(found, str):
        assert found.startswith(("steps:", "first-weight:", "weights:", "interval:"))
        return
    assert found.weights[0] > 0
    assert found.weights[-1] == 100
    assert all(lower < higher for lower, higher in pairwise(found.weights))
    assert all(weight == round(weight, 2) for weight in found.weights)
    assert len(found.bakes) == len(found.weights)
    assert found.bakes[-1] > 180 or not spec["bake_at_full"]
    assert schedule(spec) == found


@given(st.integers(1, 10_000))
def test_every_number_of_linear_steps_is_a_schedule(steps: int) -> None:
    assert len(weights_of(steps=steps)) == steps
