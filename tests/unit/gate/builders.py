"""Events as CloudFormation sends them, and stacks as it describes them."""

from typing import Any

from domain.gate.direction import Standing
from domain.gate.event import Asked, asked_of
from tests.unit.builders import HOME, NOW

STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1"


def properties(version: str, function: str = "checkout") -> dict[str, Any]:
    return {"FunctionName": function, "AliasName": "live", "NewVersion": version}


def event(
    given: dict[str, Any] | None = None, before: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    written = {
        "RequestType": "Update",
        "StackId": STACK,
        "LogicalResourceId": "CheckoutRollout",
        "RequestId": "request-1",
        "ResponseURL": "https://example.com/answer?secret=1",
        "PhysicalResourceId": "checkout:live",
        "ResourceProperties": given if given is not None else properties("2"),
    }
    return written | ({"OldResourceProperties": before} if before else {}) | more


def asked(given: dict[str, Any] | None = None, before: str = "1", **more: Any) -> Asked:
    return asked_of(event(given, properties(before), **more), HOME)


def standing(stack: str = "UPDATE_IN_PROGRESS", **changes: Any) -> Standing:
    return Standing(**{"stack": stack, "resource": "UPDATE_IN_PROGRESS", "since": NOW, **changes})
