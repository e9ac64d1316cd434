"""AWS::S3: Bucket, BucketPolicy, as far as SAM's bucket for artefacts needs them."""

from __future__ import annotations

import json

from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    tag_list,
    tag_map,
)
from sandbox.services.cloudformation.shapes import BOOLEAN, JSON, TAGS, TEXT, ListOf, record
from sandbox.services.cloudformation.stack import Resource, domain_of


class Bucket(ResourceType):
    """A bucket with its settings."""

    name = "AWS::S3::Bucket"
    shape = record(
        BucketEncryption=record(
            "ServerSideEncryptionConfiguration",
            ServerSideEncryptionConfiguration=ListOf(
                record(
                    BucketKeyEnabled=BOOLEAN,
                    ServerSideEncryptionByDefault=record(
                        "SSEAlgorithm", KMSMasterKeyID=TEXT, SSEAlgorithm=TEXT
                    ),
                )
            ),
        ),
        BucketName=TEXT,
        PublicAccessBlockConfiguration=record(
            BlockPublicAcls=BOOLEAN,
            BlockPublicPolicy=BOOLEAN,
            IgnorePublicAcls=BOOLEAN,
            RestrictPublicBuckets=BOOLEAN,
        ),
        Tags=TAGS,
        VersioningConfiguration=record("Status", Status=TEXT),
    )
    replaced_by = frozenset({"BucketName"})
    attributes = frozenset({"Arn", "DomainName"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("BucketName") or context.name(63).lower()
        context.client("s3").create_bucket(Bucket=name)
        context.begun = name
        self._set(context, name, properties)
        stack = context.stack
        return Made(
            name,
            {
                "Arn": f"arn:{stack.partition}:s3:::{name}",
                "DomainName": f"{name}.s3.{domain_of(stack.region)}",
            },
        )

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        self._set(context, resource.physical_id, properties)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("s3").delete_bucket(Bucket=resource.physical_id)

    def _set(self, context: Context, bucket: str, properties: Properties) -> None:
        s3 = context.client("s3")
        if "BucketEncryption" in properties:
            rules = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            named = [
                {
                    "ApplyServerSideEncryptionByDefault"
                    if key == "ServerSideEncryptionByDefault"
                    else key: value
                    for key, value in rule.items()
                }
                for rule in rules
            ]
            s3.put_bucket_encryption(
                Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": named}
            )
        else:
            s3.delete_bucket_encryption(Bucket=bucket)
        if "PublicAccessBlockConfiguration" in properties:
            s3.put_public_access_block(
                Bucket=bucket,
                PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"],
            )
        else:
            s3.delete_public_access_block(Bucket=bucket)
        if "VersioningConfiguration" in properties:
            s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"]
            )
        tags = tag_list(tag_map(properties))
        if tags:
            s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
        else:
            s3.delete_bucket_tagging(Bucket=bucket)


class BucketPolicy(ResourceType):
    """A bucket's policy, of which it has one."""

    name = "AWS::S3::BucketPolicy"
    shape = record("Bucket PolicyDocument", Bucket=TEXT, PolicyDocument=JSON)
    replaced_by = frozenset({"Bucket"})

    def create(self, context: Context, properties: Properties) -> Made:
        self._put(context, properties)
        return Made(properties["Bucket"])

    def update(self, context: Context, _resource: Resource, properties: Properties) -> None:
        self._put(context, properties)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("s3").delete_bucket_policy(Bucket=resource.properties["Bucket"])

    def _put(self, context: Context, properties: Properties) -> None:
        context.client("s3").put_bucket_policy(
            Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"])
        )
