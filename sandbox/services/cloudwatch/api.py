"""CloudWatch's API on moto: every operation on metrics and alarms answers from the sandbox's own.

moto keeps the dashboards, the tags and the wire format. What it has besides is left aside: it keeps
each datum by itself and reads them all for each query, knows no percentiles, next to no metric
math, no delay and no composite alarms, pages nothing, and never evaluates an alarm.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from moto.cloudwatch.exceptions import CloudWatchException
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.patches import Patches
from sandbox.services.cloudwatch.alarm import Alarm
from sandbox.services.cloudwatch.describe_alarms import describe_alarm_history, describe_alarms
from sandbox.services.cloudwatch.errors import RefusedError
from sandbox.services.cloudwatch.get_data import (
    get_metric_data,
    get_metric_statistics,
    list_metrics,
)
from sandbox.services.cloudwatch.put_data import parse_data
from sandbox.services.cloudwatch.service import CloudWatch

Request = Mapping[str, Any]

# In which boto3 speaks. moto writes data point by data point, by the service's model, which takes
# longer than finding them; json.dumps writes the same.
_JSON = "application/x-amz-json"


def install(patches: Patches, cloudwatch: CloudWatch) -> None:
    """Answer CloudWatch's calls here instead of in moto."""
    backend = cloudwatch_backends[ACCOUNT][REGION]
    backend.alarms = cloudwatch.alarms.alarms  # moto tags only alarms that it can see there
    for name, answer in _operations(cloudwatch, backend.tagger).items():
        put_in_place = patches.replace if hasattr(CloudWatchResponse, name) else patches.add
        put_in_place(CloudWatchResponse, name, _operation(answer))


def _operation(answer: Callable[[Request], Mapping[str, Any] | None]) -> Callable[[Any], Any]:
    def operation(response: Any) -> Any:
        try:
            result = answer(response.params)
        except RefusedError as refused:
            raise CloudWatchException(refused.code, refused.message) from refused
        if result is None:
            return EmptyResult()
        content_type = response.headers.get("Content-Type", "")
        if "MetricDataResults" in result and content_type.startswith(_JSON):
            return 200, {"Content-Type": content_type}, json.dumps(result, default=_seconds)
        return ActionResult(result)

    return operation


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _operations(
    cloudwatch: CloudWatch, tagger: Any
) -> dict[str, Callable[[Request], Mapping[str, Any] | None]]:
    alarms = cloudwatch.alarms

    def put_metric_data(request: Request) -> None:
        data = parse_data(request["Namespace"], request.get("MetricData") or [], cloudwatch.now)
        for metric, unit, at, summary in data:
            cloudwatch.put(metric, unit, at, summary)

    def put_alarm(put: Callable[[Request], Alarm]) -> Callable[[Request], None]:
        def operation(request: Request) -> None:
            alarm = put(request)
            tagger.tag_resource(alarm.alarm_arn, request.get("Tags") or [])

        return operation

    def reading(
        read: Callable[[CloudWatch, Request], dict[str, Any]],
    ) -> Callable[[Request], dict[str, Any]]:
        def operation(request: Request) -> dict[str, Any]:
            cloudwatch.catch_up()
            return read(cloudwatch, request)

        return operation

    def describe_alarms_for_metric(request: Request) -> dict[str, Any]:
        same = ("Namespace", "MetricName")
        found = [
            alarm.described()
            for alarm in alarms.alarms.values()
            if all(alarm.definition.get(name) == request[name] for name in same)
        ]
        return {"MetricAlarms": found}

    return {
        "put_metric_data": put_metric_data,
        "get_metric_data": reading(get_metric_data),
        "get_metric_statistics": reading(get_metric_statistics),
        "list_metrics": reading(list_metrics),
        "put_metric_alarm": put_alarm(alarms.put_metric_alarm),
        "put_composite_alarm": put_alarm(alarms.put_composite_alarm),
        "describe_alarms": lambda request: describe_alarms(alarms, request),
        "describe_alarm_history": lambda request: describe_alarm_history(alarms, request),
        "describe_alarms_for_metric": describe_alarms_for_metric,
        "delete_alarms": lambda request: alarms.delete(request["AlarmNames"]),
        "set_alarm_state": lambda request: alarms.set_state(
            request["AlarmName"],
            request["StateValue"],
            request["StateReason"],
            request.get("StateReasonData"),
        ),
        "enable_alarm_actions": lambda request: alarms.enable_actions(request["AlarmNames"], True),
        "disable_alarm_actions": lambda request: alarms.enable_actions(
            request["AlarmNames"], False
        ),
    }
