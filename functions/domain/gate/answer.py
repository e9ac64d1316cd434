"""The gate's answer, as CloudFormation takes it: at most 4,096 bytes of JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.gate.event import Address, Asked

MOST = 4_096  # bytes; https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html


@dataclass(frozen=True)
class Answer:
    """SUCCESS or FAILED with its reason, as people read it beside the resource's event."""

    status: Literal["SUCCESS", "FAILED"]
    reason: str
    physical: str
    data: Mapping[str, str] = field(default_factory=dict)


def granted(asked: Asked, reason: str) -> Answer:
    """Tell CloudFormation to go on: the versions are those asked for, always."""
    return Answer("SUCCESS", reason, asked.physical, asked.data)


def refused(address: Address, reason: str, physical: str = "") -> Answer:
    """Tell CloudFormation to go back. The id is the one that the resource has, if it has one.

    With another it would send a Delete for that.
    """
    return Answer("FAILED", reason, address.physical or physical or "none")


def body(address: Address, answer: Answer) -> bytes:
    """Write the answer; where it is too long, the reason is cut and nothing else."""
    said = answer.reason
    while True:
        written = json.dumps(
            {
                "Status": answer.status,
                "StackId": address.stack,
                "RequestId": address.request,
                "LogicalResourceId": address.resource,
                "PhysicalResourceId": answer.physical,
                "Data": dict(answer.data),
                "Reason": said,
            }
        ).encode()
        over = len(written) - MOST
        if over <= 0 or not said:
            return written
        # A character is written in twelve bytes at most.
        said = said[: max(0, len(said) - max(1, over // 12) - 4)].removesuffix(" ...") + " ..."
        said = "" if said == " ..." else said
