"""PutMetricData: what users may put, and what becomes of it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.services.cloudwatch.errors import RefusedError, UnsupportedError, invalid_value
from sandbox.services.cloudwatch.store import DAY, Metric
from sandbox.services.cloudwatch.summary import Histogram, Summary

MAX_DATA = 1_000
MAX_VALUES = 150
MAX_DIMENSIONS = 30
_HOUR = 3_600


def checked_namespace(namespace: str) -> str:
    """AWS's own namespaces are closed to users."""
    if namespace.startswith("AWS/"):
        raise invalid_value("The value AWS/ for parameter Namespace is invalid.")
    return namespace


def parse_data(
    namespace: str, data: Sequence[Mapping[str, Any]], now: float
) -> list[tuple[Metric, str, float, Summary]]:
    """(metric, unit, time, summary) of each datum; one that is bad and none is taken."""
    checked_namespace(namespace)
    if len(data) > MAX_DATA:
        raise invalid_value(
            f"The collection MetricData must not have a size greater than {MAX_DATA}."
        )
    return [
        _parse(namespace, datum, f"MetricData.member.{n}", now) for n, datum in enumerate(data, 1)
    ]


def _parse(
    namespace: str, datum: Mapping[str, Any], where: str, now: float
) -> tuple[Metric, str, float, Summary]:
    dimensions = {item["Name"]: item["Value"] for item in datum.get("Dimensions") or ()}
    if len(dimensions) > MAX_DIMENSIONS:
        raise invalid_value(
            f"The collection {where}.Dimensions must not have a size greater than {MAX_DIMENSIONS}."
        )
    if datum.get("StorageResolution", 60) != 60:
        raise UnsupportedError("metrics of high resolution (StorageResolution 1)")
    stamp = datum.get("Timestamp")
    at = now if stamp is None else float(stamp.timestamp())
    if not now - 14 * DAY <= at <= now + 2 * _HOUR:
        raise invalid_value(
            f"The parameter {where}.Timestamp must specify a time no more than two weeks in the "
            "past and no more than two hours in the future."
        )
    metric = Metric.of(namespace, datum["MetricName"], dimensions)
    return metric, datum.get("Unit", "None"), at, _summary(datum, where)


def _summary(datum: Mapping[str, Any], where: str) -> Summary:
    forms = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) is not None]
    if len(forms) != 1:
        names = " and ".join(f"{where}.{name}" for name in forms)
        raise RefusedError(
            "InvalidParameterCombination",
            f"The parameters {names} are mutually exclusive and you have specified both."
            if forms
            else f"At least one of the parameters {where}.Value, Values and StatisticValues is "
            "required.",
        )
    if forms == ["StatisticValues"]:
        return _of_aggregates(datum["StatisticValues"], where)
    values = [datum["Value"]] if forms == ["Value"] else datum["Values"]
    counts = datum.get("Counts") or [1.0] * len(values)
    if len(values) != len(counts):
        raise invalid_value(
            f"The parameters {where}.Values and {where}.Counts must be of the same size."
        )
    if not 1 <= len(values) <= MAX_VALUES:
        raise invalid_value(
            f"The collection {where}.Values must have from 1 to {MAX_VALUES} elements."
        )
    histogram: dict[float, float] = {}
    for value, count in zip(values, counts, strict=True):
        key = _finite(value, f"{where}.{forms[0]}")
        histogram[key] = histogram.get(key, 0.0) + _finite(count, f"{where}.Counts")
    return Summary.of(histogram)


def _of_aggregates(aggregates: Mapping[str, Any], where: str) -> Summary:
    count, total, minimum, maximum = (
        _finite(aggregates[name], f"{where}.StatisticValues.{name}")
        for name in ("SampleCount", "Sum", "Minimum", "Maximum")
    )
    histogram = Histogram({minimum: count}) if minimum == maximum else None
    return Summary(count, total, minimum, maximum, histogram)


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise invalid_value(f"The value {value} for parameter {where} is invalid.")
    return float(value)
