"""`sns`: a topic, to which people, queues and functions subscribe."""

import json
from typing import TYPE_CHECKING

from adapters.aws import asking
from domain.ending.message import Message

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


class Sns:
    """The stack's topic, through SNS's API."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def send(self, message: Message) -> None:
        """Publish the text for e-mail, and the JSON body for queues, functions and HTTP."""
        with asking("publishing to SNS"):
            self._client.publish(
                TopicArn=self._arn,
                Subject=message.subject,
                MessageStructure="json",
                Message=json.dumps({"default": json.dumps(message.body), "email": message.text}),
                MessageAttributes={
                    name: _attribute(value) for name, value in message.attributes.items()
                },
            )


def _attribute(value: str | list[str]) -> "MessageAttributeValueTypeDef":
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    return {"DataType": "String", "StringValue": value}
