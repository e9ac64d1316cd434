"""How a client wants an operation to be carried out."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.gateway import caller
from sandbox.services.cloudformation.api.refusals import ValidationError
from sandbox.services.cloudformation.order import Order
from sandbox.services.cloudformation.stack import Stack


def read(request: dict[str, Any], operation: str = "", on_failure: str | None = None) -> Order:
    """Read the order from a request; `on_failure` is what a change set said."""
    wanted = request.get("OnFailure") or on_failure
    disabled = bool(request.get("DisableRollback"))
    if request.get("OnFailure") and "DisableRollback" in request:
        raise ValidationError("You can specify either DisableRollback or OnFailure, not both")
    return Order(
        caller=caller(),
        role=request.get("RoleARN"),
        token=request.get("ClientRequestToken"),
        rolls_back=not disabled and wanted != "DO_NOTHING",
        deletes_on_failure=operation == "CREATE" and wanted == "DELETE",
        retains=not request.get("RetainExceptOnCreate"),
    )


def require(stack: Stack, action: str, *statuses: str) -> None:
    """Refuse an action that the stack is in no state for."""
    if stack.status not in statuses:
        raise ValidationError(f"{action} cannot be called from current stack status")
