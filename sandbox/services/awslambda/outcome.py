"""How an asynchronous call ended, as Lambda records it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from moto.awslambda.exceptions import LambdaClientError

from sandbox.services.awslambda.attempts import Call
from sandbox.services.awslambda.names import find_function
from sandbox.services.awslambda.runtime import Invocation

Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"]
MAX_ERROR_MESSAGE = 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """`count` is about how often it was tried; the last time it either ran or was refused."""

    call: Call
    condition: Condition
    count: int
    last: Invocation | LambdaClientError

    @property
    def status(self) -> int:
        """Of the last try, as over HTTP: 200 also where the function failed."""
        return self.last.code if isinstance(self.last, LambdaClientError) else 200

    @property
    def function_arn(self) -> str:
        """Qualified, also where the call was not."""
        return f"{find_function(self.call.name).function_arn}:{self.call.qualifier or '$LATEST'}"

    def record(self, now: float) -> dict[str, Any]:
        """Return what destinations get."""
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": datetime.fromtimestamp(now, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "requestContext": {
                "requestId": self.call.request_id,
                "functionArn": self.function_arn,
                "condition": self.condition,
                "approximateInvokeCount": self.count,
            },
            "requestPayload": json.loads(self.call.event),
        }
        if isinstance(self.last, Invocation):
            record["responseContext"] = {
                "statusCode": self.status,
                "executedVersion": str(self.last.function.version),
            }
            if self.last.error:
                record["responseContext"]["functionError"] = "Unhandled"
            record["responsePayload"] = json.loads(self.last.payload)
        elif self.condition != "ZeroReservedConcurrency":
            record["responseContext"] = {"statusCode": self.status}
        return record

    def attributes(self) -> dict[str, str | int]:
        """Return what a dead-letter queue gets beside the event itself."""
        return {
            "RequestID": self.call.request_id,
            "ErrorCode": self.status,
            "ErrorMessage": self._error_message()[:MAX_ERROR_MESSAGE],
        }

    def _error_message(self) -> str:
        if isinstance(self.last, LambdaClientError):
            return str(self.last.message)
        answer = json.loads(self.last.payload)
        return str(answer.get("errorMessage", "")) if isinstance(answer, dict) else ""
