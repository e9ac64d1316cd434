"""Calling a hook and waiting for what it returns, for as long as it may take."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ReadTimeoutError

from adapters.aws import asking
from domain.model.questions import Invoked

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Hooks:
    """`client_for` makes a client that waits so many seconds for an answer, and asks only once."""

    def __init__(self, client_for: Callable[[int], "LambdaClient"]) -> None:
        self._client_for = client_for

    def answer(self, function: str, event: str, timeout: int) -> Invoked | None:
        """What the function answers to `event` (JSON text), or None where it is silent too long.

        Raises AwsUnavailable where Lambda did not take the call.
        """
        began = time.time()
        with asking(f"invoking {function}"):
            try:
                answer = self._client_for(timeout).invoke(
                    FunctionName=function, Payload=event.encode()
                )
                body = answer["Payload"].read()
            except ReadTimeoutError:
                return None
        seconds = time.time() - began
        if seconds > timeout:
            return None
        return Invoked(
            status=answer["StatusCode"],
            error=answer.get("FunctionError"),
            body=body.decode(errors="replace"),
            size=len(body),
            milliseconds=1_000 * seconds,
            version=answer.get("ExecutedVersion"),
        )
