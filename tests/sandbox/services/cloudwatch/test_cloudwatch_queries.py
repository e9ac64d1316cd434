"""GetMetricData and its kin, through boto3."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from sandbox.services.cloudwatch.partial_answers import PartialAnswer
from sandbox.services.cloudwatch.store import Metric
from sandbox.services.cloudwatch.summary import Summary
from tests.long import long

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
DIMENSIONS = [{"Name": "FunctionName", "Value": "checkout"}]
ERRORS = Metric.of("AWS/Lambda", "Errors", {"FunctionName": "checkout"})
RETRIES = Metric.of("AWS/Lambda", "Retries", {"FunctionName": "checkout"})


def stat(
    name: str = "m", metric: str = "Errors", statistic: str = "Sum", period: int = 60, **more: Any
) -> dict[str, Any]:
    measured = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": DIMENSIONS}
    return {
        "Id": name,
        "MetricStat": {"Metric": measured, "Period": period, "Stat": statistic},
    } | more


def ask(
    sandbox: Sandbox,
    *queries: Any,
    start: datetime = NINE,
    end: datetime = NINE + timedelta(hours=1),
    **more: Any,
) -> dict[str, list[float]]:
    """Return the values by id, oldest first."""
    more = {"ScanBy": "TimestampAscending"} | more
    answer = sandbox.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries), StartTime=start, EndTime=end, **more
    )
    return {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}


def refusal(call: Callable[..., object], *args: Any, **kwargs: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(*args, **kwargs)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def measured(sandbox: Sandbox) -> Sandbox:
    """Minute n has n errors and 2n retries, n = 1 to 5; the sandbox stands at 09:10."""
    for minute in range(1, 6):
        at = NINE.timestamp() + 60 * minute
        for metric, value in ((ERRORS, 1.0), (RETRIES, 2.0)):
            summary = Summary.of({value: float(minute)})
            sandbox.cloudwatch.record(metric, summary, started=at, ended=at, unit="Count")
    sandbox.run_for(600)
    return sandbox


def test_the_start_is_inclusive_and_the_end_exclusive(measured: Sandbox) -> None:
    start, end = NINE + timedelta(minutes=2), NINE + timedelta(minutes=4)
    assert ask(measured, stat(), start=start, end=end) == {"m": [2, 3]}


def test_seconds_of_start_and_end_are_dropped(measured: Sandbox) -> None:
    start, end = NINE + timedelta(minutes=2, seconds=59), NINE + timedelta(minutes=4, seconds=59)
    assert ask(measured, stat(), start=start, end=end) == {"m": [2, 3]}


def test_newest_first_unless_asked_otherwise(measured: Sandbox) -> None:
    assert ask(measured, stat(), ScanBy="TimestampDescending") == {"m": [5, 4, 3, 2, 1]}


@pytest.mark.proves("S36")
def test_periods_add_up_minutes_from_the_start(measured: Sandbox) -> None:
    start = NINE + timedelta(minutes=1)
    assert ask(measured, stat(period=120), start=start) == {"m": [3, 7, 5]}


def test_empty_is_not_zero(measured: Sandbox) -> None:
    answer = measured.client("cloudwatch").get_metric_data(
        MetricDataQueries=[stat(metric="Throttles")], StartTime=NINE, EndTime=NINE + timedelta(1)
    )
    (result,) = answer["MetricDataResults"]
    assert (result["Values"], result["StatusCode"]) == ([], "Complete")


def test_the_namespace_counts_also_with_dimensions(measured: Sandbox) -> None:
    query = stat()
    query["MetricStat"]["Metric"]["Namespace"] = "Elsewhere"
    assert ask(measured, query) == {"m": []}


def test_a_label_names_the_result(measured: Sandbox) -> None:
    answer = measured.client("cloudwatch").get_metric_data(
        MetricDataQueries=[stat("a"), stat("b", Label="failures")],
        StartTime=NINE,
        EndTime=NINE + timedelta(1),
    )
    assert [result["Label"] for result in answer["MetricDataResults"]] == ["Errors", "failures"]


def test_an_invocation_counts_in_the_minute_it_started_and_is_seen_after_it_ended(
    sandbox: Sandbox,
) -> None:
    start = NINE.timestamp()
    sandbox.cloudwatch.record(
        ERRORS, Summary.of({1.0: 1.0}), started=start + 10, ended=start + 130, unit="Count"
    )
    sandbox.run_for(239)
    assert ask(sandbox, stat()) == {"m": []}
    sandbox.run_for(1)
    assert ask(sandbox, stat(), end=NINE + timedelta(minutes=1)) == {"m": [1]}


@pytest.mark.proves("S37")
@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m * 100 / n", [50, 50, 50, 50, 50]),
        ("-m + 2^2 * 3", [11, 10, 9, 8, 7]),
        ("(m + n) / (m - m)", []),
        ("m > 3", [0, 0, 0, 1, 1]),
        ("IF(m > 3, m, 0)", [0, 0, 0, 4, 5]),
        ("IF(m > 3, m)", [4, 5]),
        ("m >= 2 AND m <= 3 || m == 5", [0, 1, 1, 0, 1]),
        ("FILL(m, 0)", [0, 1, 2, 3, 4, 5, 0]),
        ("FILL(m, REPEAT)", [1, 2, 3, 4, 5, 5]),
        ("m - SUM(m)", [-14, -13, -12, -11, -10]),
        ("SUM([m, n])", [3, 6, 9, 12, 15]),
        ("SUM(METRICS())", [3, 6, 9, 12, 15]),
        ("MAX(METRICS()) - MIN(METRICS())", [1, 2, 3, 4, 5]),
        ("RUNNING_SUM(m)", [1, 3, 6, 10, 15]),
        ("m * AVG(m) / DATAPOINT_COUNT(m)", [0.6, 1.2, 1.8, 2.4, 3.0]),
        ("quiet / m", []),
        ("FILL(quiet, 0) + m", [1, 2, 3, 4, 5]),
        ("SUM(quiet) + m", []),
    ],
)
def test_metric_math(measured: Sandbox, expression: str, values: list[float]) -> None:
    queries = [
        stat("m", ReturnData=False),
        stat("n", metric="Retries", ReturnData=False),
        stat("quiet", metric="Throttles", ReturnData=False),
        {"Id": "e", "Expression": expression},
    ]
    found = ask(measured, *queries, end=NINE + timedelta(minutes=7))
    assert found == {"e": pytest.approx(values)}


def test_expressions_may_refer_to_later_expressions(measured: Sandbox) -> None:
    queries = [
        {"Id": "c", "Expression": "b + 1"},
        {"Id": "b", "Expression": "m * 10", "ReturnData": False},
        stat("m", ReturnData=False),
    ]
    assert ask(measured, *queries) == {"c": [11, 21, 31, 41, 51]}


@pytest.mark.proves("S37")
@pytest.mark.filterwarnings("ignore:.*SandboxNotImplemented")
@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("ANOMALY_DETECTION_BAND(m)", "ANOMALY_DETECTION_BAND()"),
        ("SEARCH('{AWS/Lambda}', 'Sum')", "SEARCH()"),
        ("FILL(m, LINEAR)", "LINEAR"),
        ('SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda")', "Metrics Insights"),
    ],
)
def test_math_that_is_not_modelled_is_refused_by_name(
    measured: Sandbox, expression: str, told: str
) -> None:
    code, message = refusal(ask, measured, stat(), {"Id": "e", "Expression": expression})
    assert code == "SandboxNotImplemented"
    assert told in message


@pytest.mark.parametrize(
    "expression", ["m +", "(m", "m n", "IF(m)", "$", "'text'", "e + 1", "absent * 2"]
)
def test_math_that_aws_cannot_read_is_refused(measured: Sandbox, expression: str) -> None:
    code, _ = refusal(ask, measured, stat(), {"Id": "e", "Expression": expression})
    assert code == "ValidationError"


@pytest.mark.parametrize(
    "queries",
    [
        [stat(period=90)],
        [stat("Upper")],
        [stat("a"), stat("a")],
        [stat(statistic="Median")],
        [{"Id": "a"}],
        [stat(f"q{n}") for n in range(501)],
    ],
    ids=["period", "id", "twice", "statistic", "nothing", "too many"],
)
def test_bad_queries_are_refused(measured: Sandbox, queries: Any) -> None:
    assert refusal(ask, measured, *queries)[0] == "ValidationError"


def test_500_queries_are_answered_at_once(measured: Sandbox) -> None:
    assert len(ask(measured, *(stat(f"q{n}") for n in range(500)))) == 500


def test_the_end_must_be_after_the_start(measured: Sandbox) -> None:
    assert refusal(ask, measured, stat(), end=NINE)[0] == "ValidationError"
    assert refusal(ask, measured, stat(), end=NINE - timedelta(1))[0] == "ValidationError"


def test_data_points_come_in_pages(measured: Sandbox) -> None:
    pages = (
        measured.client("cloudwatch")
        .get_paginator("get_metric_data")
        .paginate(
            MetricDataQueries=[stat("a"), stat("b", metric="Throttles"), stat("c")],
            StartTime=NINE,
            EndTime=NINE + timedelta(1),
            ScanBy="TimestampAscending",
            MaxDatapoints=4,
        )
    )
    shown = [
        [
            (result["Id"], result["Values"], result["StatusCode"])
            for result in page["MetricDataResults"]
        ]
        for page in pages
    ]
    assert shown == [
        [("a", [1, 2, 3, 4], "PartialData")],
        [("a", [5], "Complete"), ("b", [], "Complete"), ("c", [1, 2, 3], "PartialData")],
        [("c", [4, 5], "Complete")],
    ]


def test_a_token_that_was_made_up_is_refused(measured: Sandbox) -> None:
    assert refusal(ask, measured, stat(), NextToken="made-up")[0] == "InvalidNextToken"


@long
def test_minutes_older_than_fifteen_days_are_gone_and_hours_are_not(measured: Sandbox) -> None:
    measured.run_for(16 * 86_400)
    end = NINE + timedelta(hours=1)
    assert ask(measured, stat(), end=end) == {"m": []}
    assert ask(measured, stat(period=300), end=end) == {"m": [10, 5]}
    assert ask(measured, stat(period=3600), end=end) == {"m": [15]}


@pytest.mark.proves("S36")
@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_a_bad_day_shows_in_the_status_of_what_it_spoils(measured: Sandbox, status: str) -> None:
    measured.cloudwatch.partial_answers.append(PartialAnswer(status, metric="Errors", times=1))
    queries = [stat(), {"Id": "e", "Expression": "m + 1"}, stat("other", metric="Throttles")]

    def statuses() -> list[str]:
        answer = measured.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries, StartTime=NINE, EndTime=NINE + timedelta(1)
        )
        return [result["StatusCode"] for result in answer["MetricDataResults"]]

    assert statuses() == [status, status, "Complete"]
    assert statuses() == ["Complete", "Complete", "Complete"]


def test_metric_statistics_agree_with_metric_data(measured: Sandbox) -> None:
    answer = measured.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=DIMENSIONS,
        StartTime=NINE,
        EndTime=NINE + timedelta(minutes=3),
        Period=60,
        Statistics=["Sum", "SampleCount"],
        ExtendedStatistics=["p90"],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    assert [(p["Sum"], p["SampleCount"], p["ExtendedStatistics"]["p90"]) for p in points] == [
        (1, 1, 1),
        (2, 2, 1),
    ]


def test_metrics_are_listed_by_namespace_name_and_dimension(measured: Sandbox) -> None:
    client = measured.client("cloudwatch")
    assert client.list_metrics(Namespace="Elsewhere")["Metrics"] == []
    listed = client.list_metrics(MetricName="Errors", Dimensions=[{"Name": "FunctionName"}])[
        "Metrics"
    ]
    assert listed == [{"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": DIMENSIONS}]
