"""AWS::Logs::LogGroup."""

from __future__ import annotations

from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    tag_difference,
    tag_map,
)
from sandbox.services.cloudformation.shapes import INTEGER, TAGS, TEXT, record
from sandbox.services.cloudformation.stack import Resource


class LogGroup(ResourceType):
    """A log group with its retention and key."""

    name = "AWS::Logs::LogGroup"
    shape = record(KmsKeyId=TEXT, LogGroupName=TEXT, RetentionInDays=INTEGER, Tags=TAGS)
    replaced_by = frozenset({"LogGroupName"})
    attributes = frozenset({"Arn"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("LogGroupName") or context.name(512)
        key = {"kmsKeyId": properties["KmsKeyId"]} if "KmsKeyId" in properties else {}
        context.client("logs").create_log_group(logGroupName=name, tags=tag_map(properties), **key)
        context.begun = name
        self._retain(context, name, properties)
        # CloudFormation's Arn of a log group covers its streams, hence the asterisk.
        return Made(name, {"Arn": context.arn("logs", f"log-group:{name}:*")})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        logs = context.client("logs")
        self._retain(context, resource.physical_id, properties)
        if properties.get("KmsKeyId") != resource.properties.get("KmsKeyId"):
            if "KmsKeyId" in properties:
                logs.associate_kms_key(
                    logGroupName=resource.physical_id, kmsKeyId=properties["KmsKeyId"]
                )
            else:
                logs.disassociate_kms_key(logGroupName=resource.physical_id)
        gone, put = tag_difference(resource.properties, properties)
        if gone:
            logs.untag_log_group(logGroupName=resource.physical_id, tags=gone)
        if put:
            logs.tag_log_group(logGroupName=resource.physical_id, tags=put)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("logs").delete_log_group(logGroupName=resource.physical_id)

    def _retain(self, context: Context, name: str, properties: Properties) -> None:
        logs = context.client("logs")
        if "RetentionInDays" in properties:
            days = properties["RetentionInDays"]
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            logs.delete_retention_policy(logGroupName=name)
