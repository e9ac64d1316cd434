"""Calls of functions for checks: each once, within the time that a health check has."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from adapters.aws import ONCE_SECONDS
from domain.model.questions import CouldNotAsk, Invoke, Invoked
from domain.model.text import one_line

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_KEPT = 64 * 2**20  # bytes of answers that one health check keeps in memory


class Invocations:
    """Calls through a client that never repeats one by itself: it may not be harmless."""

    def __init__(self, client: "LambdaClient", seconds_left: Callable[[], float]) -> None:
        self._client = client
        self._seconds_left = seconds_left

    def answers(self, questions: Sequence[Invoke]) -> dict[Invoke, Invoked | CouldNotAsk]:
        """Call one after the other; those for which no time or memory is left are not asked."""
        found: dict[Invoke, Invoked | CouldNotAsk] = {}
        kept = 0
        for question in questions:
            if self._seconds_left() < ONCE_SECONDS:
                found[question] = CouldNotAsk("no time left for it in this health check")
            elif kept > _KEPT:
                found[question] = CouldNotAsk(f"other answers took {kept:,} bytes before it")
            else:
                found[question] = answer = self._answer(question)
                kept += answer.size if isinstance(answer, Invoked) else 0
        return found

    def _answer(self, question: Invoke) -> Invoked | CouldNotAsk:
        whom: dict[str, Any] = {"FunctionName": question.function}
        if question.qualifier:
            whom["Qualifier"] = question.qualifier
        # The sandbox's time, as AWS's, is the one in which functions run; a step of the clock
        # during a call would at worst show in one duration.
        began = time.time()
        try:
            answer = self._client.invoke(**whom, Payload=question.payload.encode())
            body = answer["Payload"].read()
        except (ClientError, BotoCoreError) as error:
            name = ":".join(whom.values())
            return CouldNotAsk(one_line(f"invoking {name}: {error}", 300))
        return Invoked(
            status=answer["StatusCode"],
            error=answer.get("FunctionError"),
            body=body.decode(errors="replace"),
            size=len(body),
            milliseconds=1_000 * (time.time() - began),
            version=answer.get("ExecutedVersion"),
        )
