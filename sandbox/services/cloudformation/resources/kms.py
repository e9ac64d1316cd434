"""AWS::KMS: Key, Alias."""

from __future__ import annotations

import json
from typing import Any

from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    pick,
    tag_difference,
    tag_list,
    tag_map,
)
from sandbox.services.cloudformation.shapes import BOOLEAN, INTEGER, JSON, TAGS, TEXT, record
from sandbox.services.cloudformation.stack import Resource


class Key(ResourceType):
    """An encryption key."""

    name = "AWS::KMS::Key"
    shape = record(
        Description=TEXT,
        EnableKeyRotation=BOOLEAN,
        Enabled=BOOLEAN,
        KeyPolicy=JSON,
        KeySpec=TEXT,
        KeyUsage=TEXT,
        PendingWindowInDays=INTEGER,
        Tags=TAGS,
    )
    attributes = frozenset({"Arn", "KeyId"})

    def create(self, context: Context, properties: Properties) -> Made:
        given = pick(properties, ("Description", "KeySpec", "KeyUsage"))
        if "KeyPolicy" in properties:
            given["Policy"] = json.dumps(properties["KeyPolicy"])
        key = context.client("kms").create_key(
            Tags=tag_list(tag_map(properties), "TagKey", "TagValue"), **given
        )["KeyMetadata"]
        context.begun = key["KeyId"]
        self._switch(context, key["KeyId"], properties)
        return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        kms, key = context.client("kms"), resource.physical_id
        for fixed in ("KeySpec", "KeyUsage"):
            if properties.get(fixed) != resource.properties.get(fixed):
                raise NotImplementedError(f"{fixed} of a key that exists cannot change")
        kms.update_key_description(KeyId=key, Description=properties.get("Description", ""))
        if properties.get("KeyPolicy") != resource.properties.get("KeyPolicy"):
            policy = json.dumps(properties.get("KeyPolicy", _whole_account(context)))
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
        self._switch(context, key, properties)
        gone, put = tag_difference(resource.properties, properties)
        if gone:
            kms.untag_resource(KeyId=key, TagKeys=gone)
        if put:
            kms.tag_resource(KeyId=key, Tags=tag_list(put, "TagKey", "TagValue"))

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("kms").schedule_key_deletion(
            KeyId=resource.physical_id, **pick(resource.properties, ["PendingWindowInDays"])
        )

    def _switch(self, context: Context, key: str, properties: Properties) -> None:
        kms = context.client("kms")
        (kms.enable_key if properties.get("Enabled", True) else kms.disable_key)(KeyId=key)
        if properties.get("EnableKeyRotation"):
            kms.enable_key_rotation(KeyId=key)
        else:
            kms.disable_key_rotation(KeyId=key)


class Alias(ResourceType):
    """A key's name."""

    name = "AWS::KMS::Alias"
    shape = record("AliasName TargetKeyId", AliasName=TEXT, TargetKeyId=TEXT)
    replaced_by = frozenset({"AliasName"})

    def create(self, context: Context, properties: Properties) -> Made:
        context.client("kms").create_alias(**properties)
        return Made(properties["AliasName"])

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:  # noqa: ARG002
        context.client("kms").update_alias(**properties)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("kms").delete_alias(AliasName=resource.physical_id)


def _whole_account(context: Context) -> dict[str, Any]:
    """Return the policy of a key that was made without one."""
    root = f"arn:{context.stack.partition}:iam::{context.stack.account}:root"
    everything = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [everything]}
