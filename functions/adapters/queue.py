"""Messages to be read later, through a queue of SQS."""

from typing import TYPE_CHECKING

from adapters.aws import asking

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_COUNTS: "tuple[QueueAttributeNameType, ...]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


class Queue:
    """One queue, through SQS's API."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, seconds: int) -> None:
        """Send a message that nobody gets before so many seconds; SQS takes up to 900."""
        with asking("sending to SQS"):
            self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=seconds)

    def waiting(self) -> int:
        """Count the messages that nobody has done with: held back, to be read, or being read.

        What SQS counts may be a minute old.
        """
        with asking("counting SQS's messages"):
            found = self._client.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=list(_COUNTS)
            )
        return sum(int(found["Attributes"][name]) for name in _COUNTS)
