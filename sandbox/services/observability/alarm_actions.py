"""What an alarm does when its state changes: a message to its topics, and an event."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.gateway import Caller, calling
from sandbox.services.cloudwatch.alarm import Alarm, HistoryItem, Transition
from sandbox.services.cloudwatch.metric_watch import MetricWatch
from sandbox.services.cloudwatch.query import MetricStat
from sandbox.services.eventbridge import EventBridge
from sandbox.services.iam import Gate
from sandbox.services.iam.requests import Request

REGION_NAME = "US East (N. Virginia)"
MAX_SUBJECT = 100


def publish(gate: Gate, transition: Transition) -> None:
    """Tell the topics of the new state; one that cannot be told is only a line in the history."""
    alarm = transition.alarm
    if not alarm.actions_enabled:
        return
    subject = f'{transition.new}: "{alarm.name}" in {REGION_NAME}'[:MAX_SUBJECT]
    message = json.dumps(_message(transition))
    service = "cloudwatch.amazonaws.com"
    caller = Caller(service, service=service, source=alarm.alarm_arn)
    for topic in alarm.actions(transition.new):
        try:
            refusal = gate.refused(caller, Request("sns:Publish", topic))
            if refusal is not None:
                raise ServiceException(refusal)
            with calling(caller):
                sns_backends[ACCOUNT][REGION].publish(message, topic, subject=subject)
            outcome = "Successfully executed"
        except ServiceException as error:
            outcome = f"Failed to execute ({error})"
        alarm.history.append(
            HistoryItem(transition.at, "Action", f"{outcome} action {topic}", message)
        )


def _message(transition: Transition) -> dict[str, Any]:
    """As CloudWatch writes it to SNS."""
    alarm, definition = transition.alarm, transition.alarm.definition
    written: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": definition.get("AlarmDescription"),
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": _stamp(alarm.configured),
        "NewStateValue": transition.new,
        "NewStateReason": transition.reason,
        "StateChangeTime": _stamp(transition.at),
        "Region": REGION_NAME,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": transition.old,
        "OKActions": alarm.actions("OK"),
        "AlarmActions": alarm.actions("ALARM"),
        "InsufficientDataActions": alarm.actions("INSUFFICIENT_DATA"),
    }
    if isinstance(alarm.condition, MetricWatch):
        return written | {"Trigger": _trigger(alarm.condition, definition)}
    return written | {"AlarmRule": definition["AlarmRule"]}


def _trigger(watch: MetricWatch, definition: Mapping[str, Any]) -> dict[str, Any]:
    common = {
        "Period": watch.period,
        "EvaluationPeriods": watch.evaluated,
        "DatapointsToAlarm": watch.to_alarm,
        "ComparisonOperator": watch.comparison,
        "Threshold": watch.threshold,
        "TreatMissingData": watch.treatment,
        "EvaluateLowSampleCountPercentile": "",
    }
    if definition.get("Metrics"):
        return common | {"Metrics": definition["Metrics"]}
    extended = definition.get("ExtendedStatistic")
    return common | {
        "MetricName": definition["MetricName"],
        "Namespace": definition["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        "Statistic": extended or definition["Statistic"].upper(),
        "Unit": definition.get("Unit"),
        "Dimensions": [
            {"value": item["Value"], "name": item["Name"]}
            for item in definition.get("Dimensions") or ()
        ],
    }


def emit(bus: EventBridge, transition: Transition) -> None:
    """Send the event `CloudWatch Alarm State Change`."""
    alarm = transition.alarm
    state: dict[str, Any] = {
        "value": transition.new,
        "reason": transition.reason,
        "timestamp": _stamp(transition.at),
    }
    if alarm.reason_data is not None:
        state["reasonData"] = alarm.reason_data
    detail = {
        "alarmName": alarm.name,
        "state": state,
        "previousState": {"value": transition.old},
        "configuration": _configuration(alarm),
    }
    bus.emit("aws.cloudwatch", "CloudWatch Alarm State Change", [alarm.alarm_arn], detail)


def _configuration(alarm: Alarm) -> dict[str, Any]:
    if not isinstance(alarm.condition, MetricWatch):
        return {"alarmRule": alarm.definition["AlarmRule"]}
    metrics = []
    for query in alarm.condition.queries:
        item: dict[str, Any] = {"id": query.name, "returnData": query.returned}
        if isinstance(query.source, MetricStat):
            metric = query.source.metric
            item["metricStat"] = {
                "metric": {
                    "namespace": metric.namespace,
                    "name": metric.name,
                    "dimensions": dict(metric.dimensions),
                },
                "period": query.source.period,
            }
        metrics.append(item)
    return {"metrics": metrics}


def _stamp(seconds: float) -> str:
    return (
        datetime.fromtimestamp(seconds, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "+0000")
    )
