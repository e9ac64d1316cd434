"""What Step Functions wants of a machine's role before it makes or changes the machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.services.iam.requests import Request, arn

# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
_NO_LOGS = "The state machine IAM Role is not authorized to access the Log Destination"

# https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#sync-async-iam-policies
_MANAGED_RULE = arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule")
_RULE = ("events:PutTargets", "events:PutRule", "events:DescribeRule")


def needs(params: Mapping[str, Any], role: str) -> Iterator[tuple[Request, str]]:
    """Each with the words in which its lack is refused."""
    if params.get("loggingConfiguration", {}).get("destinations"):
        for action in _DELIVERY:
            yield Request(action, "*"), _NO_LOGS
    definition = json.loads(params.get("definition") or "{}")
    if any(".sync" in resource for resource in _resources(definition)):
        for action in _RULE:
            yield (
                Request(action, _MANAGED_RULE),
                f"'{role}' is not authorized to create managed-rule.",
            )


def _resources(part: Any) -> Iterator[str]:
    """Of every Task at any depth: those of integrations with Step Functions itself."""
    if isinstance(part, dict):
        resource = part.get("Resource")
        if isinstance(resource, str) and ":states:::states:" in resource:
            yield resource
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from _resources(inner)
