"""What a custom resource's function answers, read as CloudFormation reads it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.services.cloudformation.errors import CloudFormationError

MOST_BYTES = 4_096
MOST_ID_BYTES = 1_024
# These are to be "copied verbatim" from the request.
_COPIED = ("StackId", "RequestId", "LogicalResourceId")


class ResponseError(CloudFormationError):
    """An answer that says FAILED, or that is none; with the physical id that it named, if any."""

    def __init__(self, message: str, physical_id: str | None = None) -> None:
        super().__init__(message)
        self.physical_id = physical_id


@dataclass(frozen=True)
class Response:
    """An answer that says SUCCESS."""

    physical_id: str
    data: dict[str, str]
    no_echo: bool


def read(body: bytes, request: Mapping[str, Any]) -> Response:
    """Read the answer to `request`. Raises ResponseError."""
    # https://github.com/aws/aws-cdk/issues/2825; exactly 4096 are taken:
    # https://github.com/awsdocs/aws-cloudformation-user-guide/pull/262
    if len(body) > MOST_BYTES:
        raise ResponseError("Response object is too long.")
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise ResponseError("Response is not valid JSON.") from error
    if not isinstance(answer, dict):
        raise ResponseError("Response is not valid JSON.")
    for name in _COPIED:
        if answer.get(name) != request[name]:
            raise ResponseError(f"Invalid {name}")
    physical_id = answer.get("PhysicalResourceId")
    # Which hides the reason: https://github.com/remind101/empire/issues/918
    if not isinstance(physical_id, str) or not 0 < len(physical_id.encode()) <= MOST_ID_BYTES:
        raise ResponseError("Invalid PhysicalResourceId")
    status = answer.get("Status")
    if status == "FAILED":
        raise ResponseError(
            f"Received response status [FAILED] from custom resource. Message returned: "
            f"{answer.get('Reason', '')} (RequestId: {request['RequestId']})",
            physical_id,
        )
    if status != "SUCCESS":
        raise ResponseError("Invalid Status", physical_id)
    data = answer.get("Data") or {}
    if not isinstance(data, dict):
        raise ResponseError("Invalid Data", physical_id)
    no_echo = str(answer.get("NoEcho", False)).lower() == "true"
    return Response(physical_id, {name: _text(item) for name, item in data.items()}, no_echo)


def _text(item: object) -> str:
    if isinstance(item, dict | list):
        raise ResponseError("The sandbox models Data of scalars alone")
    return str(item).lower() if isinstance(item, bool) else str(item)
