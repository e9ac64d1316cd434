"""What has been recorded, as GetMetricData, GetMetricStatistics and ListMetrics answer it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.services.cloudwatch.errors import RefusedError, invalid_value, validation_error
from sandbox.services.cloudwatch.paging import offset_of, page, token_for
from sandbox.services.cloudwatch.partial_answers import COMPLETE
from sandbox.services.cloudwatch.query import Answer, Window, answer, checked_period, parse_queries
from sandbox.services.cloudwatch.service import CloudWatch
from sandbox.services.cloudwatch.statistics import PLAIN_STATISTICS, statistic
from sandbox.services.cloudwatch.store import MINUTE, RETENTION, Metric

MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800
MAX_STATISTICS_DATAPOINTS = 1_440
METRICS_PER_PAGE = 500


def get_metric_data(cloudwatch: CloudWatch, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer GetMetricData."""
    raw = request["MetricDataQueries"]
    if len(raw) > MAX_QUERIES:
        raise validation_error(
            f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
        )
    queries = parse_queries(raw, "MetricDataQueries")
    limit = request.get("MaxDatapoints") or MAX_DATAPOINTS
    if limit > MAX_DATAPOINTS:
        raise validation_error(f"The parameter MaxDatapoints must be at most {MAX_DATAPOINTS}.")
    window = _window(request, cloudwatch.now)
    answers = answer(queries, window, cloudwatch.store, cloudwatch.partial_answers)
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = [
        (query.name, query.label, answers[query.name], newest_first)
        for query in queries
        if query.returned
    ]
    return _paged(results, request.get("NextToken"), limit)


def _window(request: Mapping[str, Any], now: float) -> Window:
    """Round the start down to what is retained at its age, and the end to the minute.

    Periods follow each other from the rounded start, wherever in the hour it falls.
    """
    start, end = request["StartTime"].timestamp(), request["EndTime"].timestamp()
    if start > end:
        raise validation_error("The parameter EndTime must be greater than StartTime.")
    if start == end:
        raise validation_error("The parameter StartTime must not equal parameter EndTime.")
    step = MINUTE
    for resolution, kept in RETENTION.items():
        if now - start > kept:
            step = {MINUTE: 300}.get(resolution, 3600)
    return Window(int(start) // step * step, int(end) // MINUTE * MINUTE, now)


def _paged(
    results: Iterable[tuple[str, str, Answer, bool]], token: str | None, limit: int
) -> dict[str, Any]:
    """Count data points over all results; one that goes on in the next page is PartialData."""
    offset = offset_of(token)
    position = 0
    shown: list[dict[str, Any]] = []
    more = False
    for name, label, answered, newest_first in results:
        points = sorted(answered.points.items(), reverse=newest_first)
        first, last = max(offset - position, 0), offset + limit - position
        part = points[first : max(last, 0)]
        if part or (not points and offset <= position < offset + limit):
            partial = last < len(points) and answered.status == COMPLETE
            shown.append(
                {
                    "Id": name,
                    "Label": label,
                    "Timestamps": [_time(at) for at, _ in part],
                    "Values": [point for _, point in part],
                    "StatusCode": "PartialData" if partial else answered.status,
                }
            )
        position += len(points)
        more = position > offset + limit
    page_of_results: dict[str, Any] = {"MetricDataResults": shown, "Messages": []}
    if more:
        page_of_results["NextToken"] = token_for(offset + limit)
    return page_of_results


def get_metric_statistics(cloudwatch: CloudWatch, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer GetMetricStatistics."""
    plain = request.get("Statistics") or []
    extended = request.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise RefusedError(
            "InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics"
        )
    if unknown := [name for name in plain if name not in PLAIN_STATISTICS]:
        raise invalid_value(f"The value {unknown[0]} for parameter Statistics is not supported.")
    period = checked_period(request["Period"], "Period")
    window = _window(request, cloudwatch.now)
    wanted = (window.end - window.start) // period
    if wanted > MAX_STATISTICS_DATAPOINTS:
        raise RefusedError(
            "InvalidParameterCombination",
            f"You have requested up to {wanted:,} datapoints, which exceeds the limit of "
            f"{MAX_STATISTICS_DATAPOINTS:,}. You may reduce the datapoints requested by increasing "
            "Period, or decreasing the time range.",
        )
    metric = Metric.of(
        request["Namespace"], request["MetricName"], _dimensions(request.get("Dimensions"))
    )
    unit = request.get("Unit")
    summaries = cloudwatch.store.read(
        metric,
        start=window.start,
        end=window.end,
        period=period,
        now=window.now,
        unit=unit,
    )
    datapoints = []
    for at, summary in summaries.items():
        point: dict[str, Any] = {"Timestamp": _time(at), "Unit": unit or "None"}
        point |= {name: statistic(name)(summary) for name in plain}
        if extended:
            point["ExtendedStatistics"] = {name: statistic(name)(summary) for name in extended}
        datapoints.append(point)
    return {"Label": metric.name, "Datapoints": datapoints}


def list_metrics(cloudwatch: CloudWatch, request: Mapping[str, Any]) -> dict[str, Any]:
    """List metrics; a dimension without a value stands for any value."""
    wanted = [(item["Name"], item.get("Value")) for item in request.get("Dimensions") or ()]

    def matches(metric: Metric) -> bool:
        dimensions = dict(metric.dimensions)
        return (
            request.get("Namespace") in (None, metric.namespace)
            and request.get("MetricName") in (None, metric.name)
            and all(
                name in dimensions and value in (None, dimensions[name]) for name, value in wanted
            )
        )

    found = [metric for metric in cloudwatch.store.metrics(cloudwatch.now) if matches(metric)]
    metrics, token = page(found, request.get("NextToken"), METRICS_PER_PAGE)
    answered: dict[str, Any] = {
        "Metrics": [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric in metrics
        ]
    }
    return answered | ({"NextToken": token} if token else {})


def _dimensions(raw: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in raw or ()}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
