"""AWS::CloudWatch: Alarm, CompositeAlarm, Dashboard."""

from __future__ import annotations

from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    tag_list,
    tag_map,
)
from sandbox.services.cloudformation.shapes import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    TAGS,
    TEXT,
    ListOf,
    Shape,
    record,
)
from sandbox.services.cloudformation.stack import Resource

_DIMENSIONS = ListOf(record("Name Value", Name=TEXT, Value=TEXT))
_METRIC = record(
    "Id",
    AccountId=TEXT,
    Expression=TEXT,
    Id=TEXT,
    Label=TEXT,
    MetricStat=record(
        "Metric Period Stat",
        Metric=record(Dimensions=_DIMENSIONS, MetricName=TEXT, Namespace=TEXT),
        Period=INTEGER,
        Stat=TEXT,
        Unit=TEXT,
    ),
    Period=INTEGER,
    ReturnData=BOOLEAN,
)


_OF_ANY_ALARM: dict[str, Shape] = {
    "ActionsEnabled": BOOLEAN,
    "AlarmActions": ListOf(TEXT),
    "AlarmDescription": TEXT,
    "AlarmName": TEXT,
    "InsufficientDataActions": ListOf(TEXT),
    "OKActions": ListOf(TEXT),
    "Tags": TAGS,
}


class _AnyAlarm(ResourceType):
    replaced_by = frozenset({"AlarmName"})
    attributes = frozenset({"Arn"})
    operation: str

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("AlarmName") or context.name()
        self._put(context, name, properties)
        return Made(name, {"Arn": context.arn("cloudwatch", f"alarm:{name}")})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        self._put(context, resource.physical_id, properties)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("cloudwatch").delete_alarms(AlarmNames=[resource.physical_id])

    def _put(self, context: Context, name: str, properties: Properties) -> None:
        arguments = {**properties, "AlarmName": name, "Tags": tag_list(tag_map(properties))}
        getattr(context.client("cloudwatch"), self.operation)(**arguments)


class Alarm(_AnyAlarm):
    """An alarm on a metric, or on metric math."""

    name = "AWS::CloudWatch::Alarm"
    operation = "put_metric_alarm"
    shape = record(
        "ComparisonOperator EvaluationPeriods",
        **_OF_ANY_ALARM,
        ComparisonOperator=TEXT,
        DatapointsToAlarm=INTEGER,
        Dimensions=_DIMENSIONS,
        EvaluateLowSampleCountPercentile=TEXT,
        EvaluationPeriods=INTEGER,
        ExtendedStatistic=TEXT,
        MetricName=TEXT,
        Metrics=ListOf(_METRIC),
        Namespace=TEXT,
        Period=INTEGER,
        Statistic=TEXT,
        Threshold=NUMBER,
        TreatMissingData=TEXT,
        Unit=TEXT,
    )


class CompositeAlarm(_AnyAlarm):
    """An alarm on other alarms."""

    name = "AWS::CloudWatch::CompositeAlarm"
    operation = "put_composite_alarm"
    shape = record("AlarmRule", **_OF_ANY_ALARM, AlarmRule=TEXT)


class Dashboard(ResourceType):
    """A dashboard, which is kept and never drawn."""

    name = "AWS::CloudWatch::Dashboard"
    shape = record("DashboardBody", DashboardBody=TEXT, DashboardName=TEXT)
    replaced_by = frozenset({"DashboardName"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("DashboardName") or context.name(255, with_stack=False)
        self._put(context, name, properties)
        return Made(name)

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        self._put(context, resource.physical_id, properties)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("cloudwatch").delete_dashboards(DashboardNames=[resource.physical_id])

    def _put(self, context: Context, name: str, properties: Properties) -> None:
        context.client("cloudwatch").put_dashboard(
            DashboardName=name, DashboardBody=properties["DashboardBody"]
        )
