"""Exports: what stacks give each other, and who uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.services.cloudformation import exports
from sandbox.services.cloudformation.api.book import Book, Parameters, page
from sandbox.services.cloudformation.api.refusals import ValidationError


def list_exports(book: Book, request: Parameters) -> dict[str, Any]:
    """List every export of the account."""
    found = [
        {"ExportingStackId": stack.id, "Name": name, "Value": value}
        for stack in book.engine.stacks.values()
        for name, value in exports.of(stack).items()
    ]
    shown, token = page(sorted(found, key=lambda one: one["Name"]), request)
    return {"Exports": shown, "NextToken": token}


def list_imports(book: Book, request: Parameters) -> dict[str, Any]:
    """List the stacks that use an export."""
    users = exports.importers(book.engine.stacks, request["ExportName"])
    if not users:
        raise ValidationError(f"Export '{request['ExportName']}' is not imported by any stack.")
    shown, token = page(users, request)
    return {"Imports": shown, "NextToken": token}


ACTIONS: dict[str, Callable[[Book, Parameters], dict[str, Any]]] = {
    "ListExports": list_exports,
    "ListImports": list_imports,
}
