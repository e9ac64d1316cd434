"""What happened to a stack's resources, and how each stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.services.cloudformation.api import described
from sandbox.services.cloudformation.api.book import Book, Parameters, page
from sandbox.services.cloudformation.api.refusals import ValidationError
from sandbox.services.cloudformation.stack import Stack, StackEvent

PAGE = 100


def describe_events(book: Book, request: Parameters) -> dict[str, Any]:
    """List a stack's events, the newest first."""
    stack = book.find(request["StackName"])
    if stack is None:
        raise ValidationError(f"Stack [{request['StackName']}] does not exist")
    # The token is a place in the past, which does not move while events are added.
    end = int(request.get("NextToken") or len(stack.events))
    begin = max(0, end - PAGE)
    newest_first = [described.event(stack, at) for at in reversed(range(begin, end))]
    return {"StackEvents": newest_first, "NextToken": str(begin) if begin else None}


def describe_resources(book: Book, request: Parameters) -> dict[str, Any]:
    """Describe the stack's resources, or one of them."""
    stack = _asked_for(book, request)
    wanted = request.get("LogicalResourceId")
    found = [one for one in _newest(stack) if wanted in (None, one.logical_id)]
    return {"StackResources": [described.resource(stack, one) for one in found[:PAGE]]}


def describe_resource(book: Book, request: Parameters) -> dict[str, Any]:
    """Describe one resource of the stack."""
    stack, wanted = _asked_for(book, request), request["LogicalResourceId"]
    for event in _newest(stack):
        if event.logical_id == wanted:
            return {"StackResourceDetail": described.resource(stack, event)}
    raise ValidationError(f"Resource {wanted} does not exist for stack {stack.name}")


def list_resources(book: Book, request: Parameters) -> dict[str, Any]:
    """List the stack's resources."""
    shown, token = page(_newest(_asked_for(book, request)), request)
    answers = [described.resource_summary(event) for event in shown]
    return {"StackResourceSummaries": answers, "NextToken": token}


ACTIONS: dict[str, Callable[[Book, Parameters], dict[str, Any]]] = {
    "DescribeStackEvents": describe_events,
    "DescribeStackResource": describe_resource,
    "DescribeStackResources": describe_resources,
    "ListStackResources": list_resources,
}


def _asked_for(book: Book, request: Parameters) -> Stack:
    if "StackName" in request:
        return book.stack(request["StackName"])
    wanted = request.get("PhysicalResourceId")
    for stack in book.engine.stacks.values():
        if any(resource.physical_id == wanted for resource in stack.resources.values()):
            return stack
    raise ValidationError(f"Stack for {wanted} does not exist")


def _newest(stack: Stack) -> list[StackEvent]:
    """List the latest event of every resource, which tells how it stands.

    Those deleted with the stack are told too, those that an update deleted are not.
    """
    latest: dict[str, StackEvent] = {}
    for event in stack.events:
        if event.physical_id == stack.id:
            continue
        known = latest.get(event.logical_id)
        superseded = (
            event.status.startswith("DELETE")
            and known is not None
            and known.physical_id != event.physical_id
        )
        if not superseded:
            latest[event.logical_id] = event
    lives = stack.status.startswith(("CREATE_COMPLETE", "UPDATE"))
    gone = {"DELETE_COMPLETE"} if lives else set()
    return sorted(
        (event for event in latest.values() if event.status not in gone),
        key=lambda event: event.logical_id,
    )
