"""Event source mappings of queues: what Lambda refuses of them, and who polls for them.

moto calls the function while somebody sends, whatever the message's delay and the role's rights.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.sqs.models import Queue

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.patches import Patches
from sandbox.services.account import Account
from sandbox.services.awslambda.names import find_function, split_name
from sandbox.services.event_sources.polling import Pollers, queue_of, role_of
from sandbox.services.iam import Gate
from sandbox.services.iam.requests import Request

NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
KNOWN = frozenset({"BatchSize", "Enabled", "EventSourceArn", "FunctionName"})
# Beyond it, a batching window must say for how long Lambda gathers messages.
MAX_BATCH = 10


class InvalidMappingError(LambdaClientError):  # type: ignore[misc]  # moto has no types
    """The mapping is one that Lambda refuses."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValueException", message)


def install(account: Account) -> None:
    """Let functions read queues."""
    pollers = Pollers(account.clock)
    _keep_mappings(account.patches, pollers, account.iam)

    def add_message(queue: Any, message: Any) -> None:
        original(queue, message)
        pollers.note(queue, message)

    original = account.patches.replace(Queue, "add_message", add_message)


def _keep_mappings(patches: Patches, pollers: Pollers, gate: Gate) -> None:
    """Keep the mappings from moto's queues, so that they call nobody by themselves."""

    def create(backend: Any, spec: dict[str, Any]) -> Any:
        _check(spec, gate)
        function = find_function(split_name(spec["FunctionName"])[0])
        where = {"FunctionArn": function.function_arn, "RegionName": REGION, "AccountId": ACCOUNT}
        mapping = EventSourceMapping({**spec, **where})
        backend._event_source_mappings[mapping.uuid] = mapping
        pollers.add(mapping)
        return mapping

    def update(backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
        before = backend.get_event_source_mapping(uuid)
        if before is not None:
            named = {"FunctionName": before.function_name, **spec}
            _check({**named, "EventSourceArn": before.event_source_arn}, gate)
            before.function_name = named["FunctionName"]
            updated(backend, uuid, spec)
            pollers.look(before)
        return before

    def delete(backend: Any, uuid: str) -> Any:
        mapping = deleted(backend, uuid)
        if mapping is not None:
            pollers.remove(mapping)
        return mapping

    patches.replace(LambdaBackend, "create_event_source_mapping", create)
    updated = patches.replace(LambdaBackend, "update_event_source_mapping", update)
    deleted = patches.replace(LambdaBackend, "delete_event_source_mapping", delete)


def _check(spec: Mapping[str, Any], gate: Gate) -> None:
    """Refuse what Lambda refuses, and what the sandbox does not know."""
    arn = spec["EventSourceArn"]
    if arn.split(":")[2] != "sqs" or arn.endswith(".fifo"):
        raise NotImplementedError(f"event source mappings of anything but a plain queue: {arn}")
    if spec.keys() - KNOWN or spec.get("BatchSize", MAX_BATCH) > MAX_BATCH:
        raise NotImplementedError(f"event source mappings with more than {sorted(KNOWN)}")
    queue = queue_of(arn)
    if queue is None:
        raise InvalidMappingError(
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue."
        )
    function = find_function(split_name(spec["FunctionName"])[0])
    if queue.visibility_timeout < int(function.timeout):
        raise InvalidMappingError(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
            f"Function timeout: {function.timeout} seconds"
        )
    for action in NEEDED:
        if gate.refused(role_of(function), Request(action, arn)) is not None:
            name = action.partition(":")[2]
            raise InvalidMappingError(
                f"The function execution role does not have permissions to call {name} on SQS"
            )
