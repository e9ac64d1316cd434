"""Change sets: what an update would do, looked at before it is done.

One is computed while the client waits for the answer to CreateChangeSet: it is never seen PENDING.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sandbox.services.cloudformation.api import described, orders
from sandbox.services.cloudformation.api.book import Book, Parameters, page
from sandbox.services.cloudformation.api.changeset import ChangeSet
from sandbox.services.cloudformation.api.refusals import (
    AlreadyExists,
    ChangeSetNotFound,
    InsufficientCapabilities,
    InvalidChangeSetStatus,
    ValidationError,
)
from sandbox.services.cloudformation.api.stacks import require_name, require_updatable
from sandbox.services.cloudformation.api.submission import Submission
from sandbox.services.cloudformation.comparison import Comparison
from sandbox.services.cloudformation.errors import TemplateError
from sandbox.services.cloudformation.proposal import Proposal
from sandbox.services.cloudformation.stack import Stack

# Both are said, the second of templates with a transform:
# https://github.com/aws/aws-cdk/issues/10650
NO_CHANGES = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)
NO_UPDATES = "No updates are to be performed."


def create(book: Book, request: Parameters) -> dict[str, Any]:
    """Propose what a template would change."""
    name, operation = request["ChangeSetName"], request.get("ChangeSetType", "UPDATE")
    stack = _wanted_stack(book, request["StackName"], name, operation)
    if stack is not None and _of(book, stack, name):
        raise AlreadyExists(f"ChangeSet {name} cannot be created: it exists already")
    submission = book.read(request, stack if operation == "UPDATE" else None)
    submission.check_parameters()
    subject = stack or book.engine.subject(request["StackName"])
    proposal, failure = None, ""
    try:
        proposal = submission.proposal(subject, book.engine.macros)
    except (TemplateError, InsufficientCapabilities) as error:
        # What only shows after the transform shows in the change set:
        # https://github.com/aws-samples/serverless-patterns/issues/622
        if not submission.has_transform:
            raise
        failure = error.message if isinstance(error, InsufficientCapabilities) else str(error)
    stack = stack or book.engine.review(request["StackName"])
    made = ChangeSet(
        _arn(book, stack, name),
        name,
        stack,
        operation,
        request.get("Description", ""),
        submission,
        book.now(),
        request.get("RoleARN"),
        request.get("OnStackFailure"),
        proposal,
        failure=failure,
    )
    if proposal is not None:
        _compare(made, proposal, book.submission(stack))
    book.change_sets[made.id] = made
    return {"Id": made.id, "StackId": stack.id}


def _compare(made: ChangeSet, proposal: Proposal, before: Submission) -> None:
    comparison = Comparison(made.stack, proposal)
    made.changes = comparison.changes
    whole = made.stack.unfinished is None
    unchanged = whole and comparison.is_empty and made.submission.tags == before.tags
    if made.operation == "UPDATE" and unchanged:
        made.failure = NO_UPDATES if made.submission.has_transform else NO_CHANGES


def describe(book: Book, request: Parameters) -> dict[str, Any]:
    """Describe a change set, a page of changes at a time."""
    found = _find(book, request)
    changes, token = page(found.changes, request)
    return described.change_set(found, changes, token)


def execute(book: Book, request: Parameters) -> dict[str, Any]:
    """Make the changes that were proposed."""
    found = _find(book, request)
    if found.failure or found.proposal is None or found.execution != "AVAILABLE":
        status = "FAILED" if found.failure else found.execution
        raise InvalidChangeSetStatus(
            f"ChangeSet [{found.id}] cannot be executed in its current status of [{status}]"
        )
    order = orders.read({**request, "RoleARN": found.role}, found.operation, found.on_failure)
    if found.operation == "UPDATE":
        require_updatable(found.stack)
    book.forget_change_sets(found.stack)  # they compare with what will not be any more
    book.change_sets[found.id] = found
    found.execution = "EXECUTE_IN_PROGRESS"

    def ended(well: bool) -> None:
        found.execution = "EXECUTE_COMPLETE" if well else "EXECUTE_FAILED"

    book.begin(found.stack, found.submission, found.proposal, found.operation, order, ended)
    return {}


def delete(book: Book, request: Parameters) -> dict[str, Any]:
    """Forget a change set; one that is not there is deleted already."""
    try:
        found = _find(book, request)
    except ChangeSetNotFound:
        return {}
    if found.execution == "EXECUTE_IN_PROGRESS":
        raise InvalidChangeSetStatus(f"ChangeSet [{found.id}] is being executed")
    del book.change_sets[found.id]
    return {}


def list_all(book: Book, request: Parameters) -> dict[str, Any]:
    """List the change sets of a stack."""
    stack = book.stack(request["StackName"])
    shown, token = page(_of(book, stack), request)
    return {"Summaries": [described.change_set_summary(one) for one in shown], "NextToken": token}


ACTIONS: dict[str, Callable[[Book, Parameters], dict[str, Any]]] = {
    "CreateChangeSet": create,
    "DeleteChangeSet": delete,
    "DescribeChangeSet": describe,
    "ExecuteChangeSet": execute,
    "ListChangeSets": list_all,
}


def _wanted_stack(book: Book, name: str, change_set: str, operation: str) -> Stack | None:
    stack = book.find(name)
    if operation == "CREATE":
        require_name(name)
        if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(
                f"Stack [{name}] already exists and cannot be created again with the "
                f"changeSet [{change_set}]."
            )
    elif operation == "UPDATE":
        if stack is None:
            raise ValidationError(f"Stack [{name}] does not exist")
        require_updatable(stack)
    else:
        raise ValidationError(f"The sandbox does not support change sets of type {operation}")
    return stack


def _find(book: Book, request: Parameters) -> ChangeSet:
    name = request["ChangeSetName"]
    if name in book.change_sets:
        return book.change_sets[name]
    stack = book.find(request.get("StackName", ""))
    for found in [] if stack is None else _of(book, stack, name):
        return found
    raise ChangeSetNotFound(name)


def _of(book: Book, stack: Stack, name: str | None = None) -> list[ChangeSet]:
    """Those of the stack, or the one by that name. One that was executed is known by its ARN."""
    return [
        one
        for one in book.change_sets.values()
        if one.stack is stack and one.execution == "AVAILABLE" and name in (None, one.name)
    ]


def _arn(book: Book, stack: Stack, name: str) -> str:
    key = f"{stack.id}/{name}/{book.now()}"
    identity = uuid.uuid5(uuid.NAMESPACE_URL, key)
    owner = f"{stack.partition}:cloudformation:{stack.region}:{stack.account}"
    return f"arn:{owner}:changeSet/{name}/{identity}"
