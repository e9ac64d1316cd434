"""AWS::SQS: Queue, QueuePolicy."""

from __future__ import annotations

import json
from typing import Any

from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    tag_difference,
    tag_map,
)
from sandbox.services.cloudformation.shapes import (
    BOOLEAN,
    INTEGER,
    JSON,
    TAGS,
    TEXT,
    ListOf,
    record,
)
from sandbox.services.cloudformation.stack import Resource

# What SetQueueAttributes must be given to undo each setting.
_DEFAULTS: dict[str, Any] = {
    "DelaySeconds": 0,
    "KmsDataKeyReusePeriodSeconds": 300,
    "KmsMasterKeyId": "",
    "MaximumMessageSize": 262144,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": True,
    "VisibilityTimeout": 30,
}


class Queue(ResourceType):
    """A queue with its settings."""

    name = "AWS::SQS::Queue"
    shape = record(
        DelaySeconds=INTEGER,
        KmsDataKeyReusePeriodSeconds=INTEGER,
        KmsMasterKeyId=TEXT,
        MaximumMessageSize=INTEGER,
        MessageRetentionPeriod=INTEGER,
        QueueName=TEXT,
        ReceiveMessageWaitTimeSeconds=INTEGER,
        RedrivePolicy=JSON,
        SqsManagedSseEnabled=BOOLEAN,
        Tags=TAGS,
        VisibilityTimeout=INTEGER,
    )
    replaced_by = frozenset({"QueueName"})
    attributes = frozenset({"Arn", "QueueName", "QueueUrl"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("QueueName") or context.name(80)
        settings = {key: _text(properties[key]) for key in _DEFAULTS if key in properties}
        url = context.client("sqs").create_queue(
            QueueName=name, Attributes=settings, tags=tag_map(properties)
        )["QueueUrl"]
        attributes = {"Arn": context.arn("sqs", name), "QueueName": name, "QueueUrl": url}
        return Made(url, attributes)

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        sqs = context.client("sqs")
        changed = {
            key: _text(properties.get(key, undone))
            for key, undone in _DEFAULTS.items()
            if properties.get(key) != resource.properties.get(key)
        }
        if changed:
            sqs.set_queue_attributes(QueueUrl=resource.physical_id, Attributes=changed)
        gone, put = tag_difference(resource.properties, properties)
        if gone:
            sqs.untag_queue(QueueUrl=resource.physical_id, TagKeys=gone)
        if put:
            sqs.tag_queue(QueueUrl=resource.physical_id, Tags=put)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("sqs").delete_queue(QueueUrl=resource.physical_id)


class QueuePolicy(ResourceType):
    """A policy that several queues may have."""

    name = "AWS::SQS::QueuePolicy"
    shape = record("PolicyDocument Queues", PolicyDocument=JSON, Queues=ListOf(TEXT))
    attributes = frozenset({"Id"})

    def create(self, context: Context, properties: Properties) -> Made:
        self._set(context, properties["Queues"], json.dumps(properties["PolicyDocument"]))
        name = context.name()
        return Made(name, {"Id": name})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        self._set(
            context, [q for q in resource.properties["Queues"] if q not in properties["Queues"]], ""
        )
        self._set(context, properties["Queues"], json.dumps(properties["PolicyDocument"]))

    def delete(self, context: Context, resource: Resource) -> None:
        self._set(context, resource.properties["Queues"], "")

    def _set(self, context: Context, queues: list[str], policy: str) -> None:
        for url in queues:
            context.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _text(value: Any) -> str:
    """SQS attributes are text; objects and booleans are their JSON."""
    return value if isinstance(value, str) else json.dumps(value)
