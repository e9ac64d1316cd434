"""Synthetic functions and their traffic, as a rollout sees them in CloudWatch and Lambda."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.traffic import Outage, Synthetic, Version, create_function, package

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEALTHY = Version(errors=0.001)


def per_minute(
    sandbox: Sandbox,
    metric: str,
    version: str | None = None,
    statistic: str = "Sum",
    minutes: int = 60,
    resource: str | None = "checkout:live",
) -> dict[int, float]:
    """Return the values of each minute that has any, by minutes after nine."""
    dimensions = {"FunctionName": "checkout", "Resource": resource, "ExecutedVersion": version}
    named = [{"Name": name, "Value": value} for name, value in dimensions.items() if value]
    measured = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": named}
    stat = {"Metric": measured, "Period": 60, "Stat": statistic}
    (result,) = sandbox.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
        StartTime=NINE,
        EndTime=NINE + timedelta(minutes=minutes),
        ScanBy="TimestampAscending",
    )["MetricDataResults"]
    return {
        int((at - NINE).total_seconds()) // 60: value
        for at, value in zip(result["Timestamps"], result["Values"], strict=True)
    }


def shift(sandbox: Sandbox, weight: float, version: str | None = "2") -> None:
    weights = {version: weight} if weight else {}
    sandbox.client("lambda").update_alias(
        FunctionName="checkout", Name="live", RoutingConfig={"AdditionalVersionWeights": weights}
    )


def two_versions(canary: Version = HEALTHY, **settings: Any) -> Synthetic:
    return Synthetic("checkout", {"1": HEALTHY, "2": canary}, **settings)


def test_a_function_is_made_with_versions_of_distinct_code_and_an_alias(sandbox: Sandbox) -> None:
    create_function(sandbox.client, "checkout", versions=3)
    client = sandbox.client("lambda")
    versions = client.list_versions_by_function(FunctionName="checkout")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2", "3"]
    assert len({version["CodeSha256"] for version in versions[1:]}) == 3
    alias = client.get_alias(FunctionName="checkout", Name="live")
    assert (alias["FunctionVersion"], "RoutingConfig" in alias) == ("1", False)


def test_a_version_may_wait_in_latest(sandbox: Sandbox) -> None:
    sandbox.add_traffic(two_versions(published=1))
    published = sandbox.client("lambda").publish_version(FunctionName="checkout")
    assert published["Version"] == "2"
    again = sandbox.client("lambda").publish_version(FunctionName="checkout")
    assert again["Version"] == "2"


@pytest.mark.proves("S16")
def test_calls_arrive_at_their_rate_under_the_alias(sandbox: Sandbox) -> None:
    sandbox.add_traffic(two_versions(calls_per_second=100))
    sandbox.run_for(30 * 60)
    calls = per_minute(sandbox, "Invocations")
    assert list(calls) == list(range(29)), "the last minute has not become visible"
    assert sum(calls.values()) == pytest.approx(29 * 6_000, rel=0.01)
    assert per_minute(sandbox, "Invocations", resource=None) == calls


def test_versions_are_told_apart_only_while_the_alias_is_weighted(sandbox: Sandbox) -> None:
    sandbox.add_traffic(two_versions())
    sandbox.run_for(300)
    shift(sandbox, 0.25)
    sandbox.run_for(600)
    shift(sandbox, 0)
    sandbox.run_for(600)
    canary = per_minute(sandbox, "Invocations", "2")
    baseline = per_minute(sandbox, "Invocations", "1")
    assert list(canary) == list(baseline) == list(range(5, 15))
    share = sum(canary.values()) / (sum(canary.values()) + sum(baseline.values()))
    assert share == pytest.approx(0.25, abs=0.02)


def test_weights_that_change_within_a_minute_split_it_exactly(sandbox: Sandbox) -> None:
    sandbox.add_traffic(two_versions(calls_per_second=1_000))
    shift(sandbox, 0.5)
    sandbox.run_for(30)
    shift(sandbox, 1.0)
    sandbox.run_for(120)
    canary = per_minute(sandbox, "Invocations", "2", minutes=1)[0]
    assert canary == pytest.approx(45_000, rel=0.01)


@pytest.mark.proves("S16")
def test_each_version_fails_as_described(sandbox: Sandbox) -> None:
    sandbox.add_traffic(two_versions(Version(errors=0.3), calls_per_second=200))
    shift(sandbox, 0.5)
    sandbox.run_for(20 * 60)
    for version, share in (("1", 0.001), ("2", 0.3)):
        errors = sum(per_minute(sandbox, "Errors", version).values())
        calls = sum(per_minute(sandbox, "Invocations", version).values())
        assert errors / calls == pytest.approx(share, rel=0.1, abs=0.0005)


def test_errors_are_sampled_in_every_minute_also_as_zeros(sandbox: Sandbox) -> None:
    sandbox.add_traffic(Synthetic("checkout", {"1": Version()}))
    sandbox.run_for(600)
    assert set(per_minute(sandbox, "Errors").values()) == {0}
    assert per_minute(sandbox, "Errors", statistic="SampleCount") == per_minute(
        sandbox, "Invocations"
    )


def test_levels_change_in_steps_at_their_second(sandbox: Sandbox) -> None:
    sandbox.add_traffic(
        Synthetic(
            "checkout",
            {"1": Version(errors=[(0, 0.0), (150, 1.0), (240, 0.0)])},
            calls_per_second=[(0, 100), (360, 10)],
        )
    )
    sandbox.run_for(600)
    errors, calls = per_minute(sandbox, "Errors"), per_minute(sandbox, "Invocations")
    shares = [errors[minute] / calls[minute] for minute in range(5)]
    assert shares == pytest.approx([0, 0, 0.5, 1, 0], abs=0.03)
    assert calls[7] == pytest.approx(600, rel=0.15)


@pytest.mark.proves("S16")
def test_an_outage_hits_every_version_alike(sandbox: Sandbox) -> None:
    sandbox.add_traffic(
        two_versions(calls_per_second=200, outages=[Outage(start=120, end=300, errors=0.4)])
    )
    shift(sandbox, 0.5)
    sandbox.run_for(600)
    for version in ("1", "2"):
        errors = per_minute(sandbox, "Errors", version)
        calls = per_minute(sandbox, "Invocations", version)
        shares = [errors[minute] / calls[minute] for minute in range(7)]
        assert shares == pytest.approx([0, 0, 0.4, 0.4, 0.4, 0, 0], abs=0.03)


def test_clustered_errors_come_in_lumps_at_the_same_rate(sandbox: Sandbox) -> None:
    lumpy = Version(errors=0.05, cluster=10)
    sandbox.add_traffic(Synthetic("checkout", {"1": lumpy}, calls_per_second=100))
    sandbox.run_for(60 * 60)
    errors = list(per_minute(sandbox, "Errors").values())
    mean = sum(errors) / len(errors)
    variance = sum((count - mean) ** 2 for count in errors) / len(errors)
    assert mean == pytest.approx(300, rel=0.1)
    assert variance / mean > 4, "independent errors would have 0.95"


def test_latency_is_spread_around_its_median(sandbox: Sandbox) -> None:
    sandbox.add_traffic(Synthetic("checkout", {"1": Version(latency_ms=200)}))
    sandbox.run_for(300)
    for statistic, value in (("p50", 200), ("p99", 400), ("Maximum", 400)):
        found = per_minute(sandbox, "Duration", statistic=statistic)[1]
        assert found == pytest.approx(value, rel=0.1), statistic


def test_calls_that_time_out_are_errors_that_become_known_late(sandbox: Sandbox) -> None:
    hanging = Version(timeouts=0.5)
    sandbox.add_traffic(
        Synthetic(
            "checkout", {"1": hanging}, calls_per_second=[(0, 100), (60, 0)], timeout_seconds=60
        )
    )
    sandbox.run_for(120)
    known = per_minute(sandbox, "Invocations")[0]
    errors = per_minute(sandbox, "Errors")[0]
    assert known == pytest.approx(3_000, rel=0.1)
    assert errors == 0
    sandbox.run_for(60)
    assert per_minute(sandbox, "Invocations")[0] == pytest.approx(6_000, rel=0.1)
    assert per_minute(sandbox, "Errors")[0] == pytest.approx(3_000, rel=0.1)
    assert per_minute(sandbox, "Duration", statistic="Maximum")[0] == 60_000


def test_whoever_calls_gets_the_answer_of_the_version_that_was_reached(sandbox: Sandbox) -> None:
    sandbox.add_traffic(two_versions(Version(errors=1.0), calls_per_second=0))
    client = sandbox.client("lambda")
    good = client.invoke(FunctionName="checkout", Qualifier="live")
    assert (good["ExecutedVersion"], good["Payload"].read()) == ("1", b'{"version": "1"}')
    bad = client.invoke(FunctionName="checkout", Qualifier="2")
    assert bad["FunctionError"] == "Unhandled"
    sandbox.run_for(121)
    assert per_minute(sandbox, "Errors", resource="checkout:2") == {0: 1}


def test_a_call_that_hangs_ends_with_the_functions_timeout(sandbox: Sandbox) -> None:
    sandbox.add_traffic(Synthetic("checkout", {"1": Version(timeouts=1.0)}, calls_per_second=0))
    before = sandbox.clock.now
    answer = sandbox.client("lambda").invoke(FunctionName="checkout", Qualifier="live")
    assert b"timed out" in answer["Payload"].read()
    assert sandbox.clock.now - before == pytest.approx(3, abs=0.1)


def test_an_alias_that_is_gone_has_no_traffic(sandbox: Sandbox) -> None:
    sandbox.add_traffic(two_versions())
    sandbox.run_for(90)
    sandbox.client("lambda").delete_alias(FunctionName="checkout", Name="live")
    sandbox.run_for(600)
    assert list(per_minute(sandbox, "Invocations")) == [0, 1]


def test_traffic_can_be_stopped(sandbox: Sandbox) -> None:
    traffic = sandbox.add_traffic(two_versions())
    sandbox.run_for(50)
    traffic.stop()
    sandbox.run_for(600)
    assert list(per_minute(sandbox, "Invocations")) == [0]


def test_a_version_nobody_described_is_not_guessed_at(sandbox: Sandbox) -> None:
    sandbox.add_traffic(Synthetic("checkout", {"1": HEALTHY}))
    functions = sandbox.client("lambda")
    functions.update_function_code(FunctionName="checkout", ZipFile=package(2), Publish=True)
    shift(sandbox, 0.5)
    with pytest.raises(LookupError, match="version 2 of checkout"):
        sandbox.run_for(121)


def test_versions_beyond_those_described_behave_as_later_says(sandbox: Sandbox) -> None:
    sandbox.add_traffic(Synthetic("checkout", {"1": HEALTHY}, later=Version(errors=1.0)))
    functions = sandbox.client("lambda")
    functions.update_function_code(FunctionName="checkout", ZipFile=package(2), Publish=True)
    shift(sandbox, 0.5)
    sandbox.run_for(180)
    calls, errors = (per_minute(sandbox, name, "2") for name in ("Invocations", "Errors"))
    assert errors == calls
    answer = functions.invoke(FunctionName="checkout", Qualifier="2")
    assert answer["FunctionError"] == "Unhandled"


@pytest.mark.parametrize("versions", [{}, {"2": HEALTHY}, {"2": HEALTHY, "1": HEALTHY}])
def test_versions_are_numbered_from_one(versions: dict[str, Version]) -> None:
    with pytest.raises(ValueError, match="versions of checkout"):
        Synthetic("checkout", versions)


def sampled(seed: int, looks: int) -> dict[int, float]:
    """Return the canary's errors, when somebody looked that many times on the way."""
    with Sandbox(seed=seed) as sandbox:
        sandbox.add_traffic(two_versions(Version(errors=0.1)))
        shift(sandbox, 0.3)
        for _ in range(looks):
            sandbox.run_for(1_200 / looks)
            per_minute(sandbox, "Errors", "2")
        sandbox.run_for(120)
        return per_minute(sandbox, "Errors", "2", minutes=20)


def test_callers_of_an_alias_at_latest_reach_what_waits_there(sandbox: Sandbox) -> None:
    waiting = Version(errors=1.0)
    sandbox.add_traffic(two_versions(canary=waiting, published=1, calls_per_second=10))
    sandbox.client("lambda").update_alias(
        FunctionName="checkout", Name="live", FunctionVersion="$LATEST"
    )
    sandbox.run_for(180)
    calls = per_minute(sandbox, "Invocations", minutes=1)
    assert per_minute(sandbox, "Errors", minutes=1) == calls


def test_the_same_seed_gives_the_same_traffic_however_often_one_looks() -> None:
    once = sampled(seed=7, looks=1)
    assert once == sampled(seed=7, looks=9)
    assert once != sampled(seed=8, looks=1)


def test_ten_hours_of_10000_calls_a_minute_take_less_than_a_second(sandbox: Sandbox) -> None:
    traffic = sandbox.add_traffic(two_versions(calls_per_second=10_000 / 60))
    shift(sandbox, 0.1)
    sandbox.cloudwatch.sources.clear()
    sandbox.run_for(600 * 60)
    began = time.process_time()
    traffic.catch_up()
    per_minute(sandbox, "Errors", "2", minutes=600)
    assert time.process_time() - began < 5
