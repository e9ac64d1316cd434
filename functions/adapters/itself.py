"""The function that runs, called once more."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from adapters.aws import asking

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Itself:
    """This very function, through Lambda's API."""

    def __init__(self, client: "LambdaClient", name: str) -> None:
        self._client = client
        self._name = name

    def call(self, event: Mapping[str, Any]) -> None:
        """Have it called with this event, without waiting for it."""
        with asking("calling itself"):
            self._client.invoke(
                FunctionName=self._name, InvocationType="Event", Payload=json.dumps(event)
            )
