"""CloudFormation's API: what `sam deploy`, `sam delete` and `aws cloudformation` talk to.

moto parses the requests and writes the answers; stacks and change sets are the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores

from sandbox.services.account import Account
from sandbox.services.cloudformation.api import changesets, events, exports, stacks, templates
from sandbox.services.cloudformation.api.book import Book, Parameters
from sandbox.services.cloudformation.api.refusals import ValidationError
from sandbox.services.cloudformation.api.response import CloudFormationResponse
from sandbox.services.cloudformation.errors import TemplateError

Action = Callable[[Book, Parameters], dict[str, Any]]

ACTIONS: dict[str, Action] = {
    **changesets.ACTIONS,
    **events.ACTIONS,
    **exports.ACTIONS,
    **stacks.ACTIONS,
    **templates.ACTIONS,
}

# What changes the meaning of an action in a way that the engine does not know.
_NOT_SUPPORTED = (
    "DeploymentConfig",
    "DeploymentMode",
    "EnableTerminationProtection",
    "ImportExistingResources",
    "IncludeNestedStacks",
    "NotificationARNs",
    "ResourceTypes",
    "ResourcesToImport",
    "RollbackConfiguration",
    "StackPolicyBody",
    "StackPolicyURL",
    "TimeoutInMinutes",
)


dispatch = CloudFormationResponse.dispatch


def install(account: Account) -> None:
    """Put CloudFormation's API, which clients call, in front of the engine."""
    book = Book(account.engine, account.clock)
    for name, action in ACTIONS.items():
        method = _method(action, book)
        account.patches.add(CloudFormationResponse, camelcase_to_underscores(name), method)


def _method(action: Action, book: Book) -> Callable[[Any], ActionResult]:
    def answer(response: Any) -> ActionResult:
        given: Parameters = response._get_params()
        for name in _NOT_SUPPORTED:
            if given.get(name):
                raise ValidationError(f"The sandbox does not support {name}")
        try:
            return ActionResult(action(book, given))
        except TemplateError as error:
            raise ValidationError(str(error)) from error

    return answer
