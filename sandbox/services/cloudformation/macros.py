"""Macros: functions of the account's own that rewrite templates.

What they are asked and must answer:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
How CloudFormation words their failures was recorded from it, by others, in
https://github.com/localstack/localstack/blob/master/tests/aws/services/cloudformation/test_template_engine.snapshot.json
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from sandbox.services.cloudformation.errors import TransformError
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.cloudformation.template import Template

MACRO = "AWS::CloudFormation::Macro"


@dataclass
class Macros:
    """The macros of an account, which are resources of its stacks, called as whoever asks."""

    client: Callable[[str], Any]
    region: str
    account: str
    stacks: Mapping[str, Stack]
    calls: int = field(default=0, init=False)

    def apply(
        self, name: str, fragment: Template, params: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Template:
        """Return what the macro makes of `fragment`. Raises TransformError."""
        full_name = f"{self.account}::{name}"
        function = functions(self.stacks).get(name)
        if function is None:
            raise TransformError(f"No transform named {full_name} found")
        self.calls += 1
        request = {
            "region": self.region,
            "accountId": self.account,
            "fragment": fragment,
            "transformId": full_name,
            "params": params,
            "requestId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{full_name}/{self.calls}")),
            "templateParameterValues": values,
        }
        try:
            answer = self.client("lambda").invoke(
                FunctionName=function, Payload=json.dumps(request)
            )
        except ClientError as error:
            raise TransformError(error.response["Error"]["Message"]) from error
        return _processed(full_name, request, answer)


def functions(stacks: Mapping[str, Stack]) -> dict[str, str]:
    """Return the function of each macro that is there, by the macro's name."""
    return {
        resource.physical_id: resource.properties["FunctionName"]
        for stack in stacks.values()
        for resource in stack.resources.values()
        if resource.type == MACRO and not resource.status.startswith("DELETE")
    }


def _processed(name: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> Template:
    malformed = TransformError(f"Received malformed response from transform {name}")
    if "FunctionError" in answer:
        raise malformed
    said = json.loads(answer["Payload"].read())
    if not isinstance(said, dict) or said.get("requestId") != request["requestId"]:
        raise malformed
    if str(said.get("status")).lower() != "success":
        message = said.get("errorMessage")
        because = f"with: {message}" if message else "without an error message."
        raise TransformError(f"Transform {name} failed {because}")
    fragment = said.get("fragment")
    if fragment is None:
        raise TransformError(f"Fragment returned by transform {name} is null")
    if not isinstance(fragment, dict) or not isinstance(fragment.get("Resources"), dict):
        raise TransformError("Template format error: unsupported structure.")
    return fragment
