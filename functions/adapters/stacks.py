"""Stacks of CloudFormation: which way they go, and what is theirs."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from domain.gate.direction import Moment, Standing

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class Stacks:
    """The stacks that have a gate in them, through CloudFormation's API."""

    def __init__(self, client: "CloudFormationClient") -> None:
        self._client = client

    def standing(self, stack: str, resource: str) -> Standing:
        """Return how the stack and the resource stand; nothing of what is not there."""
        try:
            with asking(f"reading stack {stack}"):
                [found] = self._client.describe_stacks(StackName=stack)["Stacks"]
                detail = self._client.describe_stack_resource(
                    StackName=stack, LogicalResourceId=resource
                )["StackResourceDetail"]
        except ClientError as error:
            # "If the stack doesn't exist, a ValidationError is returned" (API, DescribeStacks).
            if code(error) == "ValidationError":
                return Standing(stack="", resource="", since=0.0)
            raise
        deployed: Any = found.get("DeploymentConfig") or {}
        return Standing(
            stack=found["StackStatus"],
            resource=detail["ResourceStatus"],
            since=detail["LastUpdatedTimestamp"].timestamp(),
            express=deployed.get("Mode") == "EXPRESS",
            role="RoleARN" in found,
            keeps=bool(found.get("DisableRollback")),
        )

    def events(self, stack: str) -> Iterator[Moment]:
        """List the stack's events from the last to the first, as far as somebody wants them."""
        pages = self._client.get_paginator("describe_stack_events")
        with asking(f"reading the events of {stack}"):
            for page in pages.paginate(StackName=stack):
                for found in page["StackEvents"]:
                    yield Moment(
                        resource=found.get("LogicalResourceId", ""),
                        status=found.get("ResourceStatus", ""),
                        properties=_properties(found.get("ResourceProperties")),
                        of_stack=found.get("PhysicalResourceId") == stack,
                    )

    def has(self, stack: str, physical: str) -> bool:
        """Tell whether the stack has a resource with this id."""
        pages = self._client.get_paginator("list_stack_resources")
        with asking(f"listing the resources of {stack}"):
            return any(
                found.get("PhysicalResourceId") == physical
                for page in pages.paginate(StackName=stack)
                for found in page["StackResourceSummaries"]
            )


def _properties(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
