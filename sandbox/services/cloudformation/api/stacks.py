"""Stacks: made, changed and deleted without a change set, described, listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.services.cloudformation import capabilities
from sandbox.services.cloudformation.api import described, orders
from sandbox.services.cloudformation.api.book import Book, Parameters, page
from sandbox.services.cloudformation.api.refusals import (
    AlreadyExists,
    InsufficientCapabilities,
    ValidationError,
)
from sandbox.services.cloudformation.api.submission import Submission
from sandbox.services.cloudformation.comparison import Comparison
from sandbox.services.cloudformation.proposal import Proposal
from sandbox.services.cloudformation.stack import Stack

# What an update or its change set may start from.
_UPDATABLE = {
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
}
# From which nothing but waiting leads on; a creation can be ended by deleting the stack.
_BUSY = ("UPDATE_", "ROLLBACK_")


def create(book: Book, request: Parameters) -> dict[str, Any]:
    """Begin to create a stack."""
    name = request["StackName"]
    require_name(name)
    if book.find(name) is not None:
        raise AlreadyExists(f"Stack [{name}] already exists")
    submission = book.read(request, None)
    subject = book.engine.subject(name)
    proposal = _proposal(book, subject, submission)
    stack = book.engine.add(name)
    book.begin(stack, submission, proposal, "CREATE", orders.read(request, "CREATE"))
    return {"StackId": stack.id}


def update(book: Book, request: Parameters) -> dict[str, Any]:
    """Begin to update a stack, if that changes anything."""
    stack = book.stack(request["StackName"])
    require_updatable(stack)
    submission = book.read(request, stack)
    proposal = _proposal(book, stack, submission)
    unchanged = stack.unfinished is None and Comparison(stack, proposal).is_empty
    if unchanged and submission.tags == book.submission(stack).tags:
        raise ValidationError("No updates are to be performed.")
    book.begin(stack, submission, proposal, "UPDATE", orders.read(request))
    return {"StackId": stack.id}


def cancel(book: Book, request: Parameters) -> dict[str, Any]:
    """Let an update be rolled back that is under way."""
    stack = book.stack(request["StackName"])
    orders.require(stack, "CancelUpdateStack", "UPDATE_IN_PROGRESS")
    book.engine.cancel(stack)
    return {}


def continue_rollback(book: Book, request: Parameters) -> dict[str, Any]:
    """Try once more to bring back what a failed rollback has left, but for what is skipped."""
    stack, skip = book.stack(request["StackName"]), request.get("ResourcesToSkip") or []
    if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.unfinished is None:
        raise ValidationError(
            f"Stack:{stack.id} is in {stack.status} state and can not continue its rollback."
        )
    others = sorted({*skip} - stack.unfinished.not_restored)
    if others:
        raise ValidationError(
            f"The following resources cannot be skipped, since no rollback of theirs failed: "
            f"[{', '.join(others)}]"
        )
    book.begin_to_roll_back(stack, orders.read(request), skip)
    return {}


def roll_back(book: Book, request: Parameters) -> dict[str, Any]:
    """Take back an operation that failed and was to leave what it had done."""
    stack = book.stack(request["StackName"])
    orders.require(stack, "RollbackStack", "CREATE_FAILED", "UPDATE_FAILED")
    book.begin_to_roll_back(stack, orders.read(request), [])
    return {"StackId": stack.id}


def delete(book: Book, request: Parameters) -> dict[str, Any]:
    """Begin to delete a stack; one that is not there is deleted already."""
    stack, retain = book.find(request["StackName"]), request.get("RetainResources") or []
    if stack is None or stack.status in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
        return {}
    if retain and stack.status != "DELETE_FAILED":
        raise ValidationError(
            f"Invalid operation on stack [{stack.id}]. When you delete a stack, specify which "
            "resources to retain only when the stack is in the DELETE_FAILED state."
        )
    mode = request.get("DeletionMode")
    if mode == "FORCE_DELETE_STACK":
        orders.require(stack, "DeleteStack with FORCE_DELETE_STACK", "DELETE_FAILED")
    if stack.status.endswith("_IN_PROGRESS") and stack.status.startswith(_BUSY):
        raise ValidationError(
            f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
        )
    stack.deletion_mode = mode
    book.begin_to_delete(stack, retain, orders.read(request), force=mode == "FORCE_DELETE_STACK")
    return {}


def describe(book: Book, request: Parameters) -> dict[str, Any]:
    """Describe one stack, or all that are not deleted."""
    if request.get("StackName"):
        stacks = [book.stack(request["StackName"])]
    else:
        stacks = [one for one in _newest_first(book) if one.status != "DELETE_COMPLETE"]
    shown, token = page(stacks, request)
    answers = [described.stack(one, book.submission(one)) for one in shown]
    return {"Stacks": answers, "NextToken": token}


def list_all(book: Book, request: Parameters) -> dict[str, Any]:
    """List all stacks, deleted ones too, or those of some statuses."""
    wanted = request.get("StackStatusFilter")
    stacks = [one for one in _newest_first(book) if not wanted or one.status in wanted]
    shown, token = page(stacks, request)
    return {"StackSummaries": [described.stack_summary(one) for one in shown], "NextToken": token}


ACTIONS: dict[str, Callable[[Book, Parameters], dict[str, Any]]] = {
    "CancelUpdateStack": cancel,
    "ContinueUpdateRollback": continue_rollback,
    "CreateStack": create,
    "DeleteStack": delete,
    "DescribeStacks": describe,
    "ListStacks": list_all,
    "RollbackStack": roll_back,
    "UpdateStack": update,
}


def require_name(name: str) -> None:
    """Refuse a name that no stack can have."""
    if not re.fullmatch("[a-zA-Z][-a-zA-Z0-9]{0,127}", name):
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


def require_updatable(stack: Stack) -> None:
    """Refuse to update a stack that is busy or broken."""
    if stack.status not in _UPDATABLE:
        raise ValidationError(
            f"Stack:{stack.id} is in {stack.status} state and can not be updated."
        )


def _proposal(book: Book, stack: Stack, submission: Submission) -> Proposal:
    submission.check_parameters()
    # Of a change set one sees what the transform makes; here one has to take it as it comes.
    if submission.has_transform and capabilities.AUTO_EXPAND not in submission.capabilities:
        raise InsufficientCapabilities(capabilities.AUTO_EXPAND)
    return submission.proposal(stack, book.engine.macros)


def _newest_first(book: Book) -> list[Stack]:
    return list(reversed(book.engine.stacks.values()))
