"""AWS::IAM: Role, Policy, ManagedPolicy."""

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
from sandbox.services.cloudformation.shapes import INTEGER, JSON, TAGS, TEXT, ListOf, record
from sandbox.services.cloudformation.stack import Resource


class Role(ResourceType):
    """A role with its policies."""

    name = "AWS::IAM::Role"
    shape = record(
        "AssumeRolePolicyDocument",
        AssumeRolePolicyDocument=JSON,
        Description=TEXT,
        ManagedPolicyArns=ListOf(TEXT),
        MaxSessionDuration=INTEGER,
        Path=TEXT,
        PermissionsBoundary=TEXT,
        Policies=ListOf(record("PolicyDocument PolicyName", PolicyDocument=JSON, PolicyName=TEXT)),
        RoleName=TEXT,
        Tags=TAGS,
    )
    replaced_by = frozenset({"Path", "RoleName"})
    attributes = frozenset({"Arn", "RoleId"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("RoleName") or context.name(64)
        optional = ("Description", "MaxSessionDuration", "Path", "PermissionsBoundary")
        role = context.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
            Tags=tag_list(tag_map(properties)),
            **pick(properties, optional),
        )["Role"]
        context.begun = name
        self._grant(context, name, properties, {})
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        iam = context.client("iam")
        trust = properties["AssumeRolePolicyDocument"]
        if trust != resource.properties["AssumeRolePolicyDocument"]:
            iam.update_assume_role_policy(
                RoleName=resource.physical_id, PolicyDocument=json.dumps(trust)
            )
        iam.update_role(
            RoleName=resource.physical_id,
            Description=properties.get("Description", ""),
            MaxSessionDuration=properties.get("MaxSessionDuration", 3600),
        )
        if "PermissionsBoundary" in properties:
            iam.put_role_permissions_boundary(
                RoleName=resource.physical_id, PermissionsBoundary=properties["PermissionsBoundary"]
            )
        elif "PermissionsBoundary" in resource.properties:
            iam.delete_role_permissions_boundary(RoleName=resource.physical_id)
        gone, put = tag_difference(resource.properties, properties)
        if gone:
            iam.untag_role(RoleName=resource.physical_id, TagKeys=gone)
        if put:
            iam.tag_role(RoleName=resource.physical_id, Tags=tag_list(put))
        self._grant(context, resource.physical_id, properties, resource.properties)

    def delete(self, context: Context, resource: Resource) -> None:
        self._grant(context, resource.physical_id, {}, resource.properties)
        context.client("iam").delete_role(RoleName=resource.physical_id)

    def _grant(self, context: Context, name: str, now: Properties, before: Properties) -> None:
        """Make the role's policies those of `now`, where those of `before` were."""
        iam = context.client("iam")
        inline = {policy["PolicyName"]: policy for policy in now.get("Policies", [])}
        attached = now.get("ManagedPolicyArns", [])
        # An operation that is undone half-way has not given all that it was asked to.
        given = iam.list_role_policies(RoleName=name)["PolicyNames"]
        for policy in before.get("Policies", []):
            if policy["PolicyName"] in given and policy["PolicyName"] not in inline:
                iam.delete_role_policy(RoleName=name, PolicyName=policy["PolicyName"])
        given = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        for arn in {policy["PolicyArn"] for policy in given} - set(attached):
            if arn in before.get("ManagedPolicyArns", []):
                iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        for policy_name, policy in inline.items():
            iam.put_role_policy(
                RoleName=name,
                PolicyName=policy_name,
                PolicyDocument=document(policy["PolicyDocument"]),
            )
        for arn in attached:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)


class Policy(ResourceType):
    """An inline policy that stands beside its roles, which makes a circle of ARNs possible."""

    name = "AWS::IAM::Policy"
    shape = record(
        "PolicyDocument PolicyName", PolicyDocument=JSON, PolicyName=TEXT, Roles=ListOf(TEXT)
    )
    attributes = frozenset({"Id"})

    def create(self, context: Context, properties: Properties) -> Made:
        self._put(context, properties)
        name = context.name(128)
        return Made(name, {"Id": name})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        before = resource.properties
        self._put(context, properties)
        same = properties["PolicyName"] == before["PolicyName"]
        kept = properties.get("Roles", []) if same else []
        left = [role for role in before.get("Roles", []) if role not in kept]
        self._remove(context, before["PolicyName"], left)

    def delete(self, context: Context, resource: Resource) -> None:
        gone = resource.properties
        self._remove(context, gone["PolicyName"], gone.get("Roles", []))

    def _remove(self, context: Context, policy_name: str, roles: list[str]) -> None:
        for role in roles:
            context.client("iam").delete_role_policy(RoleName=role, PolicyName=policy_name)

    def _put(self, context: Context, properties: Properties) -> None:
        for role in properties.get("Roles", []):
            context.client("iam").put_role_policy(
                RoleName=role,
                PolicyName=properties["PolicyName"],
                PolicyDocument=document(properties["PolicyDocument"]),
            )


class ManagedPolicy(ResourceType):
    """A policy that roles have attached."""

    name = "AWS::IAM::ManagedPolicy"
    shape = record(
        "PolicyDocument",
        Description=TEXT,
        ManagedPolicyName=TEXT,
        Path=TEXT,
        PolicyDocument=JSON,
        Roles=ListOf(TEXT),
    )
    replaced_by = frozenset({"Description", "ManagedPolicyName", "Path"})
    attributes = frozenset({"PolicyArn"})
    ref_is_arn = True

    def create(self, context: Context, properties: Properties) -> Made:
        arn = context.client("iam").create_policy(
            PolicyName=properties.get("ManagedPolicyName") or context.name(128),
            PolicyDocument=document(properties["PolicyDocument"]),
            **pick(properties, ("Description", "Path")),
        )["Policy"]["Arn"]
        context.begun = arn
        self._attach(context, arn, properties.get("Roles", []), [])
        return Made(arn, {"PolicyArn": arn})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        iam = context.client("iam")
        if properties["PolicyDocument"] != resource.properties["PolicyDocument"]:
            # Five versions fit a policy: CloudFormation keeps the default one alone.
            old = iam.get_policy(PolicyArn=resource.physical_id)["Policy"]["DefaultVersionId"]
            iam.create_policy_version(
                PolicyArn=resource.physical_id,
                PolicyDocument=document(properties["PolicyDocument"]),
                SetAsDefault=True,
            )
            iam.delete_policy_version(PolicyArn=resource.physical_id, VersionId=old)
        self._attach(
            context,
            resource.physical_id,
            properties.get("Roles", []),
            resource.properties.get("Roles", []),
        )

    def delete(self, context: Context, resource: Resource) -> None:
        self._attach(context, resource.physical_id, [], resource.properties.get("Roles", []))
        context.client("iam").delete_policy(PolicyArn=resource.physical_id)

    def _attach(self, context: Context, arn: str, now: list[str], before: list[str]) -> None:
        iam = context.client("iam")
        for role in sorted(set(before) - set(now)):
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        for role in now:
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)


def document(policy: dict[str, Any]) -> str:
    """Write a policy with its version, which SAM leaves out and moto insists on."""
    return json.dumps({"Version": "2012-10-17", **policy})
