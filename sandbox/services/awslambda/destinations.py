"""Where the outcome of an asynchronous call goes: destinations and the dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.kernel import deliveries
from sandbox.kernel import signals as told
from sandbox.kernel.clients import client
from sandbox.kernel.clock import Clock
from sandbox.kernel.gateway import calling_as
from sandbox.services.awslambda.attempts import Call, targets
from sandbox.services.awslambda.event_invoke_config import settings_of
from sandbox.services.awslambda.names import find_function
from sandbox.services.awslambda.outcome import Outcome


class Destinations:
    """Lambda sends with the rights of the function's own role: the function is who calls."""

    def __init__(self, clock: Clock, signals: told.Signals) -> None:
        self._clock = clock
        self._signals = signals

    def tell(self, outcome: Outcome) -> None:
        call = outcome.call
        settings = settings_of(call.name, call.qualifier)
        failed = outcome.condition != "Success"
        destination = settings.on_failure if failed else settings.on_success
        if destination:
            record = json.dumps(outcome.record(self._clock.now))
            self._try(
                call,
                "DestinationDeliveryFailures",
                lambda: _send_record(destination, record, outcome),
            )
        dead_letters = _dead_letters(outcome)
        if failed and dead_letters:
            attributes = outcome.attributes()
            self._try(
                call,
                "DeadLetterErrors",
                lambda: deliveries.send(dead_letters, call.event, attributes=attributes),
            )

    def _try(self, call: Call, metric: str, send: Callable[[], None]) -> None:
        try:
            role = find_function(call.name).role
            with calling_as(call.name, role=role, service="lambda.amazonaws.com"):
                send()
        except (ClientError, BotoCoreError):
            self._signals.meter(
                told.Metered(call.name, call.qualifier, metric, 1.0, "Count", self._clock.now)
            )


def _send_record(destination: str, record: str, outcome: Outcome) -> None:
    if destination.split(":")[2] != "events":
        deliveries.send(destination, record)
        return
    kind = "Success" if outcome.condition == "Success" else "Failure"
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {kind}",
        "Detail": record,
        "Resources": [outcome.function_arn, destination],
        "EventBusName": destination,
    }
    client("events").put_events(Entries=[entry])


def _dead_letters(outcome: Outcome) -> str | None:
    """Part of a version's configuration; both versions of an alias have the same."""
    shares, _ = targets(outcome.call)
    version = find_function(outcome.call.name, next(iter(shares)))
    arn: str | None = version.dead_letter_config.get("TargetArn")
    return arn
