"""Custom resources: a function of the user's makes them, and answers by a URL.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from moto.moto_api._internal import mock_random

from sandbox.kernel.faults import OPERATOR
from sandbox.kernel.gateway import Caller, calling
from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.resources.base import (
    Context,
    HalfMadeError,
    Made,
    Properties,
    ResourceType,
)
from sandbox.services.cloudformation.resources.custom_response import Response, ResponseError, read
from sandbox.services.cloudformation.shapes import TEXT, OpenRecord, PropertyError
from sandbox.services.cloudformation.stack import Resource

SERVICE = "cloudformation.amazonaws.com"
# Seconds until an answer must be there: the least, the most, which is the default too.
SHORTEST, LONGEST = 1, 3_600

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
_NAME = re.compile("Custom::[A-Za-z0-9_@-]+")
_LONGEST_NAME = 60

RequestType = Literal["Create", "Update", "Delete"]

SILENT = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs "
    "for requestId [{}]. If you are using the Python cfn-response module, you may need to update "
    "your Lambda function code so that CloudFormation can attach the updated version."
)


def is_custom(name: str) -> bool:
    """Whether a resource type is one that the template's author has made up."""
    return bool(_NAME.fullmatch(name)) and len(name) <= _LONGEST_NAME


@dataclass(frozen=True)
class _Texts:
    """Anything, whose scalars become text: so CloudFormation sends them."""

    def problems(self, value: object, at: str) -> Iterator[str]:  # noqa: ARG002
        yield from ()

    def convert(self, value: object, at: str) -> Any:
        if isinstance(value, dict):
            return {key: self.convert(item, at) for key, item in value.items()}
        if isinstance(value, list):
            return [self.convert(item, at) for item in value]
        return TEXT.convert(value, at)


class _Properties(OpenRecord):
    def convert(self, value: object, at: str) -> Any:
        properties = super().convert(value, at)
        token, timeout = properties["ServiceToken"], properties.get("ServiceTimeout", str(LONGEST))
        if not re.match("arn:[^:]+:lambda:", token):
            raise PropertyError(f"{at}: the sandbox models functions as ServiceToken, not {token}")
        if not (re.fullmatch("[0-9]{1,4}", timeout) and SHORTEST <= int(timeout) <= LONGEST):
            raise PropertyError(
                f"{at}: ServiceTimeout must be an integer from {SHORTEST} to {LONGEST}, "
                f"not {timeout!r}"
            )
        return properties


class CustomResource(ResourceType):
    """Whatever a function makes of it."""

    name = "AWS::CloudFormation::CustomResource"
    shape = _Properties({"ServiceToken": TEXT}, frozenset({"ServiceToken"}), _Texts())
    # https://github.com/cloudcomponents/cdk-constructs/issues/197
    fixed: ClassVar[Mapping[str, str]] = {"ServiceToken": "Modifying service token is not allowed."}
    waits = True

    def has_attribute(self, name: str) -> bool:  # noqa: ARG002
        """Only the answer tells which there are."""
        return True

    def create(self, context: Context, properties: Properties) -> Made:
        try:
            response = _asked(context, "Create", properties)
        except ResponseError as error:
            made_up = error.physical_id or context.name()
            raise HalfMadeError(str(error), made_up) from error
        except CloudFormationError as error:
            raise HalfMadeError(str(error), context.name()) from error
        return _made(response)

    def update(self, context: Context, resource: Resource, properties: Properties) -> Made:
        try:
            response = _asked(
                context,
                "Update",
                properties,
                PhysicalResourceId=resource.physical_id,
                OldResourceProperties=resource.properties,
            )
        except ResponseError as error:
            if error.physical_id in (None, resource.physical_id):
                raise
            raise HalfMadeError(str(error), error.physical_id) from error
        return _made(response)

    def delete(self, context: Context, resource: Resource) -> None:
        _asked(context, "Delete", resource.properties, PhysicalResourceId=resource.physical_id)


def _made(response: Response) -> Made:
    return Made(response.physical_id, response.data, response.no_echo)


def _asked(context: Context, kind: RequestType, properties: Properties, **more: object) -> Response:
    """Send the request, and return the answer that says that it went well."""
    if context.responses is None:
        raise NotImplementedError("a custom resource needs a whole sandbox")
    stack, bodies, patience = context.stack, list[bytes](), context.patience
    asked = json.dumps([context.logical_id, kind, properties, more], sort_keys=True)
    request_id = stack.failed_requests.get(asked) or str(mock_random.uuid4())
    stack.failed_requests[asked] = request_id

    def receive(body: bytes) -> None:
        """Take the answer, unless nobody waits for this one any more."""
        if is_open:
            bodies.append(body)
            patience.answered()

    patience.begin()
    is_open = True
    request = {
        "RequestType": kind,
        "ServiceToken": properties["ServiceToken"],
        "ResponseURL": context.responses.url(
            f"{stack.id}|{context.logical_id}|{request_id}", receive
        ),
        "StackId": stack.id,
        "RequestId": request_id,
        "LogicalResourceId": context.logical_id,
        "ResourceType": context.type_name,
        "ResourceProperties": properties,
        **more,
    }
    try:
        _invoke(context, properties["ServiceToken"], request)
        if not patience.wait(int(properties.get("ServiceTimeout", LONGEST))):
            raise CloudFormationError(SILENT.format(request_id))
    finally:
        is_open = False
    response = read(bodies[0], request)
    del stack.failed_requests[asked]
    return response


def _invoke(context: Context, function: str, request: dict[str, object]) -> None:
    """In the name of the service role, or of whoever ordered the operation."""
    role = context.order.role
    who = context.order.caller if role is None else Caller(role, role, SERVICE)
    with calling(who or Caller(OPERATOR)):
        context.client("lambda").invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(request).encode()
        )
