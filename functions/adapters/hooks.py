"""Hooks in return mode: functions that are called and waited for, as long as they may take."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ReadTimeoutError

from adapters.aws import asking
from domain.model.questions import Invoked

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Hooks:
    """Calls of hooks, each through a client of its own.

    `client_for` makes one that waits so many seconds for an answer, and asks only once.
    """

    def __init__(self, client_for: Callable[[int], "LambdaClient"]) -> None:
        self._client_for = client_for

    def answer(self, function: str, event: str, timeout: int) -> Invoked | None:
        """Return what the function answers to `event` (JSON text), or None if that takes too long.

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
