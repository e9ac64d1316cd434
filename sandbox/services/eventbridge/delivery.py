"""One event on its way from a rule to a target: tried again for a while, then put aside.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ReadTimeoutError
from moto.events.utils import EventTemplateParser

from sandbox.kernel import deliveries
from sandbox.kernel.clock import Clock
from sandbox.kernel.gateway import calling_as

CALLER = "events.amazonaws.com"
MAX_PAUSE = 900.0
THROTTLING = ("Throttling", "ThrottlingException", "Throttled", "TooManyRequestsException")
# EventBridge tries again after throttles, errors of the target's service, and silence alone:
# https://repost.aws/knowledge-center/eventbridge-resolve-failedinvocation-errors
FINAL = ("NO_PERMISSIONS", "NO_RESOURCE", "SDK_CLIENT_ERROR")


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """Why, of the documented names; `exhausted` is the condition that ended the retries, if any."""

    name: str
    message: str
    retries: int
    exhausted: str | None = None


class Delivery:
    """One event on its way to one target, with EventBridge's retries."""

    def __init__(
        self, clock: Clock, rule_arn: str, target: Mapping[str, Any], event: Mapping[str, Any]
    ) -> None:
        self._clock = clock
        self._rule_arn = rule_arn
        self._target = target
        self._event = event
        self._payload = _payload(target, event)

    def run(self) -> None:
        role = self._target.get("RoleArn")
        with calling_as(CALLER, role=role, service=CALLER, source=self._rule_arn):
            given_up = self._try_until_it_ends()
            if given_up is not None:
                self._put_aside(given_up)

    def _try_until_it_ends(self) -> _GivenUp | None:
        policy = self._target.get("RetryPolicy") or {}
        limit = policy.get("MaximumRetryAttempts", 185)
        deadline = self._clock.now + policy.get("MaximumEventAgeInSeconds", 86_400)
        retries = 0
        while True:
            try:
                # Once each time: trying again is EventBridge's own business.
                deliveries.send(self._target["Arn"], self._payload, attempts=1)
            except (ClientError, BotoCoreError) as error:
                pause = min(2.0**retries, MAX_PAUSE)
                name = _name_of(error)
                if name in FINAL:
                    return _GivenUp(name, str(error), retries)
                if retries == limit:
                    return _GivenUp(name, str(error), retries, "MaximumRetryAttempts")
                if self._clock.now + pause > deadline:
                    return _GivenUp(name, str(error), retries, "MaximumEventAgeInSeconds")
            else:
                return None
            self._clock.sleep(pause)
            retries += 1

    def _put_aside(self, given_up: _GivenUp) -> None:
        """Put the event aside as it came, not as the target would have got it.

        Where it cannot be put, it is gone.
        """
        queue = (self._target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        attributes: dict[str, str | int] = {
            "RULE_ARN": self._rule_arn,
            "TARGET_ARN": self._target["Arn"],
            "ERROR_CODE": given_up.name,
            "ERROR_MESSAGE": given_up.message,
            "RETRY_ATTEMPTS": str(given_up.retries),
        }
        if given_up.exhausted:
            attributes["EXHAUSTED_RETRY_CONDITION"] = given_up.exhausted
        try:
            deliveries.send(queue, json.dumps(self._event), attributes=attributes)
        except (ClientError, BotoCoreError):
            return


def _payload(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        raise NotImplementedError("EventBridge targets with InputPath")
    if transformer := target.get("InputTransformer"):
        parsed = EventTemplateParser.parse(
            transformer["InputTemplate"],
            transformer.get("InputPathsMap", {}),
            # The parser knows <aws.events.event.ingestion-time> by this name.
            {**event, "ingestion-time": event["time"]},
        )
        return parsed if isinstance(parsed, str) else json.dumps(parsed)
    return json.dumps(event)


def _name_of(error: ClientError | BotoCoreError) -> str:
    """As ERROR_CODE has it, of the documented ones."""
    if isinstance(error, ReadTimeoutError):
        return "TIMEOUT"
    if isinstance(error, HTTPClientError):
        return "CONNECTION_FAILURE"
    if not isinstance(error, ClientError):
        return "SDK_CLIENT_ERROR"
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in THROTTLING or status == 429:
        return "THROTTLING"
    if status >= 500:
        return "ERROR_FROM_TARGET"
    if "AccessDenied" in code or status == 403:
        return "NO_PERMISSIONS"
    if any(word in code for word in ("NotFound", "NonExistent", "DoesNotExist")) or status == 404:
        return "NO_RESOURCE"
    return "SDK_CLIENT_ERROR"
