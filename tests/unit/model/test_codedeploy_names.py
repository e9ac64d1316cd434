import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.member import LATEST
from domain.model.schedule import codedeploy, schedule
from tests.unit.builders import parsed, rollout


def weights_and_bakes(name: str) -> tuple[tuple[float, ...], tuple[int, ...]]:
    spec = codedeploy(name)
    assert spec is not None, name
    found = schedule(spec)
    return found.weights, found.bakes


def test_a_canary_bakes_once_and_ends_at_100() -> None:
    assert weights_and_bakes("Canary10Percent5Minutes") == ((10, 100), (300, 0))


def test_linear_bakes_after_each_weight_but_the_last() -> None:
    assert weights_and_bakes("Linear10PercentEvery1Minute") == (
        (10, 20, 30, 40, 50, 60, 70, 80, 90, 100),
        (60, 60, 60, 60, 60, 60, 60, 60, 60, 0),
    )


def test_linear_ends_at_100_also_where_the_percent_does_not_divide_it() -> None:
    assert weights_and_bakes("Linear30PercentEvery2Minutes") == (
        (30, 60, 90, 100),
        (120, 120, 120, 0),
    )


def test_all_at_once_bakes_nowhere() -> None:
    assert weights_and_bakes("AllAtOnce") == ((100,), (0,))


@given(percent=st.integers(1, 99), minutes=st.integers(1, 999_999))
@pytest.mark.parametrize("unit", ["Minute", "Minutes"])
@pytest.mark.parametrize("prefix", ["", "CodeDeployDefault.Lambda"])
def test_any_percent_and_minutes_make_a_schedule(
    prefix: str, unit: str, percent: int, minutes: int
) -> None:
    weights, bakes = weights_and_bakes(f"{prefix}Canary{percent}Percent{minutes}{unit}")
    assert (weights, bakes) == ((percent, 100), (60 * minutes, 0))
    weights, bakes = weights_and_bakes(f"{prefix}Linear{percent}PercentEvery{minutes}{unit}")
    assert weights[:1] == (percent,)
    assert weights[-1] == 100
    assert set(bakes[:-1]) == {60 * minutes}
    assert bakes[-1] == 0


@pytest.mark.parametrize(
    "name",
    [
        "Canary0Percent5Minutes",
        "Canary100Percent5Minutes",
        "Canary10Percent0Minutes",
        "Canary010Percent5Minutes",
        "Canary10Percent5Minutes ",
        "Canary10Percent5Minutes\n",
        "Canary10PercentEvery5Minutes",
        "Linear10Percent5Minutes",
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "CodeDeployDefault.Lambda",
        "LambdaAllAtOnce",
        "canary10percent5minutes",
        "Canary\N{FULLWIDTH DIGIT ONE}0Percent5Minutes",
        f"Canary10Percent{'9' * 5_000}Minutes",
        "",
    ],
)
def test_what_only_looks_like_such_a_name_is_none(name: str) -> None:
    assert codedeploy(name) is None


def test_the_input_takes_such_a_name_as_its_type() -> None:
    spec = parsed(rollout(type="CodeDeployDefault.LambdaCanary10Percent15Minutes")).settings[
        "schedule"
    ]
    assert schedule(spec).bakes == (900, LATEST)
