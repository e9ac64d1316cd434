"""PutMetricData and embedded metrics in log lines."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def read(
    sandbox: Sandbox,
    statistic: str,
    metric: str = "Latency",
    namespace: str = "Shop",
    dimensions: Any = (),
) -> Any:
    answer = sandbox.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
        StartTime=NINE,
        EndTime=NINE + timedelta(minutes=5),
        Period=300,
        **{"ExtendedStatistics" if statistic[0] == "p" else "Statistics": [statistic]},
    )
    points = [point.get("ExtendedStatistics", point)[statistic] for point in answer["Datapoints"]]
    return points[0] if points else None


def put(sandbox: Sandbox, *data: Any, namespace: str = "Shop") -> None:
    sandbox.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=list(data))


def test_put_data_are_seen_after_the_delay(sandbox: Sandbox) -> None:
    put(sandbox, {"MetricName": "Latency", "Value": 7.0})
    sandbox.run_for(59)
    assert read(sandbox, "Sum") is None
    sandbox.run_for(2)
    assert read(sandbox, "Sum") == 7


def test_values_with_counts_and_aggregates_add_up(sandbox: Sandbox) -> None:
    put(
        sandbox,
        {"MetricName": "Latency", "Values": [1.0, 3.0], "Counts": [2.0, 1.0]},
        {
            "MetricName": "Latency",
            "StatisticValues": {"SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20},
        },
    )
    sandbox.run_for(61)
    expected = {"Sum": 35, "SampleCount": 5, "Minimum": 1, "Maximum": 20, "Average": 7}
    assert {name: read(sandbox, name) for name in expected} == expected


@pytest.mark.filterwarnings("ignore:.*SandboxNotImplemented")
@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({"Value": float("nan")}, "InvalidParameterValue"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterValue"),
        ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination"),
        ({}, "InvalidParameterCombination"),
        ({"Value": 1.0, "Timestamp": NINE - timedelta(days=15)}, "InvalidParameterValue"),
        ({"Value": 1.0, "Timestamp": NINE + timedelta(hours=3)}, "InvalidParameterValue"),
        ({"Value": 1.0, "StorageResolution": 1}, "SandboxNotImplemented"),
    ],
)
def test_bad_data_are_refused_and_the_good_ones_beside_them_too(
    sandbox: Sandbox, datum: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError, match=code):
        put(sandbox, {"MetricName": "Latency", "Value": 1.0}, {"MetricName": "Latency"} | datum)
    sandbox.run_for(61)
    assert read(sandbox, "Sum") is None


@pytest.mark.proves("A65", "S39")
def test_the_namespaces_of_aws_are_closed(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        put(sandbox, {"MetricName": "Errors", "Value": 1.0}, namespace="AWS/Lambda")


def embedded(values: Any, dimensions: Any = (("service",),), **properties: Any) -> str:
    """Return a line as Powertools Metrics writes it."""
    metadata = {
        "Timestamp": int(NINE.timestamp() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": "Rollouts",
                "Dimensions": [list(names) for names in dimensions],
                "Metrics": [{"Name": "Weight", "Unit": "Percent"}],
            }
        ],
    }
    return json.dumps({"_aws": metadata, "service": "canary", "Weight": values, **properties})


def log(sandbox: Sandbox, line: str) -> None:
    for listener in sandbox.signals.logged:
        listener("check-health", line)
    sandbox.run_for(61)


@pytest.mark.proves("S39")
def test_embedded_metrics_become_metrics(sandbox: Sandbox) -> None:
    log(sandbox, embedded([10.0, 20.0]))
    assert read(sandbox, "Average", "Weight", "Rollouts", [("service", "canary")]) == 15


def test_each_set_of_dimensions_gets_the_embedded_metric(sandbox: Sandbox) -> None:
    log(sandbox, embedded(10.0, dimensions=[("service",), ("service", "alias")], alias="live"))
    dimensions = [("service", "canary"), ("alias", "live")]
    assert read(sandbox, "Sum", "Weight", "Rollouts", dimensions) == 10
    assert read(sandbox, "Sum", "Weight", "Rollouts", dimensions[:1]) == 10


@pytest.mark.proves("S39")
@pytest.mark.parametrize(
    "line",
    [
        "plain text about CloudWatchMetrics",
        '{"message": "no metrics"}',
        embedded("ten"),
        embedded(10.0, dimensions=[("absent",)]),
        embedded(10.0, dimensions=[("service",) * 31]),
        embedded([10.0] * 101),
        embedded(10.0).replace("Rollouts", "AWS/Lambda"),
        embedded(10.0)[:-5],
    ],
)
def test_other_lines_are_only_text(sandbox: Sandbox, line: str) -> None:
    log(sandbox, line)
    assert sandbox.client("cloudwatch").list_metrics()["Metrics"] == []
