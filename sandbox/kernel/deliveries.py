"""What AWS's services send on to functions, topics, queues and machines of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.clients import client


def send(
    arn: str,
    payload: str,
    *,
    attributes: Mapping[str, str | int] | None = None,
    attempts: int | None = None,
) -> None:
    """Give `payload`, which is JSON, to whatever has this ARN, in the name of who calls.

    `attributes` reach topics and queues. Each call is tried `attempts` times (None: as boto3 does).
    """
    described = {name: _attribute(value) for name, value in (attributes or {}).items()}
    match arn.split(":")[2]:
        case "lambda":
            client("lambda", attempts=attempts).invoke(
                FunctionName=arn, InvocationType="Event", Payload=payload.encode()
            )
        case "states":
            client("stepfunctions", attempts=attempts).start_execution(
                stateMachineArn=arn, input=payload
            )
        case "sns":
            client("sns", attempts=attempts).publish(
                TopicArn=arn, Message=payload, MessageAttributes=described
            )
        case "sqs":
            client("sqs", attempts=attempts).send_message(
                QueueUrl=queue_url(arn), MessageBody=payload, MessageAttributes=described
            )
        case service:
            raise NotImplementedError(f"the sandbox sends nothing on to {service}")


def queue_url(arn: str) -> str:
    """Made, not asked for: who may send to a queue need not be allowed to call GetQueueUrl."""
    _, _, _, region, account, name = arn.split(":")
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"


def _attribute(value: str | int) -> dict[str, Any]:
    kind = "Number" if isinstance(value, int) else "String"
    return {"DataType": kind, "StringValue": str(value)}
