"""What goes wrong in AWS's sample workflow (aws-lambda-deploy) goes well here."""

from sandbox.kernel.faults import FOREVER, HandlerFailure
from sandbox.traffic import Version
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_rolled_back
from tests.scenario.world import HEALTHY, World


@parametrize("steps", [101, 1_000], short=1)
def test_any_number_of_steps_ends(world: World, steps: int) -> None:
    """The sample finds its place again by a rounded weight: with more than 100 it goes in a circle.

    After 25,000 history events it fails, and leaves the alias weighted (benchmarks/aws_sample.py).
    """
    checkout = world.given_function(calls_per_second=0)
    rollout = world.when_released(checkout, steps=steps, interval=20, health_check=False)
    assert rollout.status == "SUCCEEDED"
    assert checkout.weights == [round(100 * k / steps, 2) for k in range(1, steps + 1)]


@parametrize("kind", ["exception", "crash", "timeout", "unknown"], short=1)
def test_an_exception_in_a_health_check_three_times_in_a_row_rolls_back(
    world: World, kind: HandlerFailure
) -> None:
    """The sample's workflow dies and leaves the alias weighted."""
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler("CheckHealthFunction", kind, skip=1, times=3)
    rollout = world.when_released(checkout, steps=4, interval=60)
    then_rolled_back(rollout, checkout, [25], error="InternalError")


def test_an_error_in_the_first_minute_of_a_longer_interval_is_seen(world: World) -> None:
    """The sample asks about the last minute only."""
    cold_start_fails = Version(errors=[(0, 0.05), (60, 0)])
    checkout = world.given_function(canary=cold_start_fails)
    rollout = world.when_released(
        checkout,
        type="canary",
        first_weight=50,
        interval=240,
        check_interval=240,
        checks=[{"type": "errors", "max-count": 0}],
    )
    then_rolled_back(rollout, checkout, [50])
    assert "at most 0 may" in rollout.cause


def test_an_error_at_an_earlier_weight_counts_against_all_later_ones(world: World) -> None:
    """It needs the whole rollout's count: no weight alone had more than three errors."""
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (100, 0.01), (400, 0.0)]))
    rollout = world.when_released(
        checkout, steps=4, interval=120, checks=[{"type": "errors", "max-count": 0}]
    )
    assert (rollout.status, rollout.error) == ("FAILED", "HealthCheckFailed")
    assert checkout.now is not None
    assert checkout.now.version == "1"


def test_missing_data_do_not_count_as_healthy(world: World) -> None:
    """The sample takes an answer without data for zero errors."""
    silent = world.given_function(calls_per_second=0)
    rollout = world.when_released(
        silent, steps=4, interval=60, max_hold=300, on_insufficient_data="roll-back"
    )
    then_rolled_back(rollout, silent, [25], error="InsufficientData")
    assert (
        "20 canary calls beside some of the baseline are wanted, after 301 s of holding"
        in rollout.cause
    )


def test_metrics_that_cannot_be_read_do_not_count_as_healthy(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_call("cloudwatch", "GetMetricData", error="InternalFailure", times=FOREVER)
    rollout = world.when_released(checkout, steps=4, interval=60)
    then_rolled_back(rollout, checkout, [25])
    assert "could not be made 3 times in a row" in rollout.cause


def test_the_type_is_honoured(world: World) -> None:
    """The sample has the key and reads it nowhere."""
    checkout = world.given_function(canary=HEALTHY)
    rollout = world.when_released(checkout, type="exponential", steps=4, interval=30)
    then_promoted(rollout, checkout, [6.67, 20, 46.67, 100])
