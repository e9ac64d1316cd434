"""Metrics in log lines: CloudWatch's embedded metric format, as Powertools Metrics writes it."""

import json
from typing import Any

from sandbox.services.cloudwatch.errors import RefusedError
from sandbox.services.cloudwatch.put_data import checked_namespace
from sandbox.services.cloudwatch.service import CloudWatch
from sandbox.services.cloudwatch.store import Metric
from sandbox.services.cloudwatch.summary import Summary

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
MAX_METRICS = 100
MAX_VALUES = 100
MAX_DIMENSIONS = 30


def ingest(cloudwatch: CloudWatch, line: str) -> None:
    """Take the metrics out of one line of a log; lines that hold none, or bad ones, are only text.

    AWS does not tell the writer either when it drops a malformed object.
    """
    if '"CloudWatchMetrics"' not in line:
        return
    try:
        document = json.loads(line)
        metadata = document["_aws"]
        at = metadata["Timestamp"] / 1000
        found = [
            item
            for directive in metadata["CloudWatchMetrics"]
            for item in _metrics(document, directive)
        ]
    except (ValueError, KeyError, TypeError, RefusedError):
        return
    for metric, unit, summary in found:
        cloudwatch.put(metric, unit, at, summary)


def _metrics(
    document: dict[str, Any], directive: dict[str, Any]
) -> list[tuple[Metric, str, Summary]]:
    """Each metric of the directive, once for each of its sets of dimensions."""
    namespace = checked_namespace(directive["Namespace"])
    definitions = directive["Metrics"]
    if len(definitions) > MAX_METRICS:
        raise ValueError(f"more than {MAX_METRICS} metrics in one object")
    found = []
    for definition in definitions:
        name = definition["Name"]
        values = document[name] if isinstance(document[name], list) else [document[name]]
        if len(values) > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values of {name}")
        histogram: dict[float, float] = {}
        for value in values:
            histogram[float(value)] = histogram.get(float(value), 0.0) + 1.0
        for names in directive.get("Dimensions") or [[]]:
            if len(names) > MAX_DIMENSIONS:
                raise ValueError(f"more than {MAX_DIMENSIONS} dimensions in one set")
            dimensions = {dimension: str(document[dimension]) for dimension in names}
            metric = Metric.of(namespace, name, dimensions)
            found.append((metric, definition.get("Unit", "None"), Summary.of(histogram)))
    return found
