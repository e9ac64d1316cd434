"""A message to be read later, through SQS."""

from typing import TYPE_CHECKING

from adapters.aws import asking

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Queue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, seconds: int) -> None:
        """Nobody gets it before so many seconds, of which SQS knows no more than 900."""
        with asking("sending to SQS"):
            self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=seconds)
