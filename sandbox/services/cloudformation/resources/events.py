"""AWS::Events::Rule."""

from __future__ import annotations

import json

from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    pick,
)
from sandbox.services.cloudformation.shapes import INTEGER, JSON, TEXT, ListOf, MapOf, record
from sandbox.services.cloudformation.stack import Resource

_TARGET = record(
    "Arn Id",
    Arn=TEXT,
    DeadLetterConfig=record(Arn=TEXT),
    Id=TEXT,
    Input=TEXT,
    InputPath=TEXT,
    InputTransformer=record("InputTemplate", InputPathsMap=MapOf(TEXT), InputTemplate=TEXT),
    RetryPolicy=record(MaximumEventAgeInSeconds=INTEGER, MaximumRetryAttempts=INTEGER),
    RoleArn=TEXT,
)


class Rule(ResourceType):
    """A rule of EventBridge with its targets."""

    name = "AWS::Events::Rule"
    shape = record(
        Description=TEXT,
        EventBusName=TEXT,
        EventPattern=JSON,
        Name=TEXT,
        RoleArn=TEXT,
        ScheduleExpression=TEXT,
        State=TEXT,
        Targets=ListOf(_TARGET),
    )
    # The schema has the bus changeable on some conditions; another bus is another rule.
    replaced_by = frozenset({"EventBusName", "Name"})
    attributes = frozenset({"Arn"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or context.name(64)
        context.begun = name
        return Made(name, {"Arn": self._put(context, name, properties)})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        now = {target["Id"] for target in properties.get("Targets", [])}
        left = [t for t in resource.properties.get("Targets", []) if t["Id"] not in now]
        self._remove(context, resource.physical_id, {**resource.properties, "Targets": left})
        self._put(context, resource.physical_id, properties)

    def delete(self, context: Context, resource: Resource) -> None:
        self._remove(context, resource.physical_id, resource.properties)
        bus = pick(resource.properties, ["EventBusName"])
        context.client("events").delete_rule(Name=resource.physical_id, **bus)

    def _put(self, context: Context, name: str, properties: Properties) -> str:
        events = context.client("events")
        plain = ("Description", "EventBusName", "RoleArn", "ScheduleExpression", "State")
        rule = pick(properties, plain)
        if "EventPattern" in properties:
            rule["EventPattern"] = json.dumps(properties["EventPattern"])
        arn: str = events.put_rule(Name=name, **rule)["RuleArn"]
        if properties.get("Targets"):
            events.put_targets(Rule=name, **pick(properties, ("EventBusName", "Targets")))
        return arn

    def _remove(self, context: Context, name: str, properties: Properties) -> None:
        ids = [target["Id"] for target in properties.get("Targets", [])]
        if ids:
            bus = pick(properties, ["EventBusName"])
            context.client("events").remove_targets(Rule=name, Ids=ids, **bus)
