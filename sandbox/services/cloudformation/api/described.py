"""Stacks, change sets and resources as the API shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.services.cloudformation.api.changeset import ChangeSet
from sandbox.services.cloudformation.api.submission import Submission, as_text
from sandbox.services.cloudformation.comparison import Detail, ResourceChange
from sandbox.services.cloudformation.stack import Stack, StackEvent

_STACK = "AWS::CloudFormation::Stack"


def stack(one: Stack, submission: Submission) -> dict[str, Any]:
    """Describe a stack as DescribeStacks does."""
    return {
        **stack_summary(one),
        "Description": one.template.get("Description"),
        "Parameters": _parameters(
            {name: as_text(value) for name, value in one.parameters.items()},
            one.secret_parameters,
        ),
        "Capabilities": list(submission.capabilities) or None,
        "Outputs": [
            {
                "OutputKey": name,
                "OutputValue": "*****" if output.no_echo else output.value,
                "Description": output.description or None,
                "ExportName": output.export,
            }
            for name, output in one.exported_outputs.items()
        ]
        or None,
        "Tags": _tags(submission),
        "DisableRollback": not one.rolls_back,
        "RoleARN": one.role,
        "DeletionMode": one.deletion_mode,
        "EnableTerminationProtection": False,
        "NotificationARNs": [],
        "RollbackConfiguration": {},
    }


def stack_summary(one: Stack) -> dict[str, Any]:
    """Describe a stack as ListStacks does."""
    own = [event for event in one.events if event.type == _STACK]
    return {
        "StackId": one.id,
        "StackName": one.name,
        "StackStatus": one.status,
        "StackStatusReason": own[-1].reason or None if own else None,
        "CreationTime": _when(one.created),
        "LastUpdatedTime": _last(own, "UPDATE_IN_PROGRESS"),
        "DeletionTime": _last(own, "DELETE_IN_PROGRESS"),
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def event(one: Stack, place: int) -> dict[str, Any]:
    """Describe an event, whose place in the stack's events is part of its id."""
    happened = one.events[place]
    return {
        "EventId": f"{happened.logical_id}-{happened.status}-{place}",
        "StackId": one.id,
        "StackName": one.name,
        "LogicalResourceId": happened.logical_id,
        "PhysicalResourceId": happened.physical_id,
        "ResourceType": happened.type,
        "Timestamp": _when(happened.at),
        "ResourceStatus": happened.status,
        "ResourceStatusReason": happened.reason or None,
        "ClientRequestToken": happened.token,
        "ResourceProperties": json.dumps(happened.properties) if happened.properties else None,
    }


def resource(one: Stack, latest: StackEvent) -> dict[str, Any]:
    """Describe a resource, by its latest event."""
    when = _when(latest.at)
    return {
        "StackId": one.id,
        "StackName": one.name,
        "Timestamp": when,
        **resource_summary(latest),
    }


def resource_summary(latest: StackEvent) -> dict[str, Any]:
    """Describe a resource as lists do."""
    return {
        "LogicalResourceId": latest.logical_id,
        "PhysicalResourceId": latest.physical_id,
        "ResourceType": latest.type,
        "LastUpdatedTimestamp": _when(latest.at),
        "ResourceStatus": latest.status,
        "ResourceStatusReason": latest.reason or None,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def change_set(one: ChangeSet, changes: list[ResourceChange], token: str | None) -> dict[str, Any]:
    """Describe a change set with these of its changes."""
    secrets = frozenset() if one.proposal is None else one.proposal.secrets
    values = {} if one.proposal is None else one.proposal.parameters
    return {
        **change_set_summary(one),
        "Parameters": _parameters({name: as_text(v) for name, v in values.items()}, secrets),
        "Capabilities": list(one.submission.capabilities) or None,
        "Tags": _tags(one.submission),
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Changes": [{"Type": "Resource", "ResourceChange": _change(row)} for row in changes],
        "NextToken": token,
    }


def change_set_summary(one: ChangeSet) -> dict[str, Any]:
    """Describe a change set as lists do."""
    return {
        "ChangeSetId": one.id,
        "ChangeSetName": one.name,
        "StackId": one.stack.id,
        "StackName": one.stack.name,
        "Description": one.description or None,
        "CreationTime": _when(one.created),
        "Status": "FAILED" if one.failure else "CREATE_COMPLETE",
        "StatusReason": one.failure or None,
        "ExecutionStatus": "UNAVAILABLE" if one.failure else one.execution,
        "IncludeNestedStacks": False,
    }


def _change(row: ResourceChange) -> dict[str, Any]:
    return {
        "Action": row.action,
        "LogicalResourceId": row.logical_id,
        "PhysicalResourceId": row.physical_id or None,
        "ResourceType": row.type,
        "Replacement": row.replacement,
        "PolicyAction": row.policy or None,
        "Scope": sorted({detail.attribute for detail in row.details}),
        "Details": [_detail(detail) for detail in row.details],
    }


def _detail(detail: Detail) -> dict[str, Any]:
    target = {"Attribute": detail.attribute, "RequiresRecreation": detail.recreation}
    if detail.name:
        target["Name"] = detail.name
    return {"Target": target, "Evaluation": "Dynamic" if detail.dynamic else "Static"}


def _parameters(values: dict[str, str], secrets: frozenset[str]) -> list[dict[str, str]]:
    return [
        {"ParameterKey": name, "ParameterValue": "****" if name in secrets else value}
        for name, value in values.items()
    ]


def _tags(submission: Submission) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in submission.tags.items()]


def _last(events: list[StackEvent], status: str) -> datetime | None:
    times = [one.at for one in events if one.status == status]
    return _when(times[-1]) if times else None


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
