"""CloudFormation's API: what `sam deploy`, `sam delete` and `aws cloudformation` talk to.

moto parses the requests and writes the answers; stacks and change sets are the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, method_names_from_class

from sandbox.clock import Clock
from sandbox.cloudformation.api import changesets, events, stacks, templates
from sandbox.cloudformation.api.book import Book, Parameters
from sandbox.cloudformation.api.refusals import ValidationError
from sandbox.cloudformation.engine import Engine
from sandbox.cloudformation.errors import TemplateError
from sandbox.patches import Patches

Action = Callable[[Book, Parameters], dict[str, Any]]

ACTIONS: dict[str, Action] = {
    **changesets.ACTIONS,
    **events.ACTIONS,
    **stacks.ACTIONS,
    **templates.ACTIONS,
}

# What changes the meaning of an action in a way that the engine does not know.
_NOT_SUPPORTED = (
    "DeletionMode",
    "DeploymentMode",
    "DisableRollback",
    "EnableTerminationProtection",
    "ImportExistingResources",
    "IncludeNestedStacks",
    "NotificationARNs",
    "OnFailure",
    "OnStackFailure",
    "ResourceTypes",
    "ResourcesToImport",
    "RoleARN",
    "RollbackConfiguration",
    "StackPolicyBody",
    "StackPolicyURL",
    "TimeoutInMinutes",
)


def install(patches: Patches, clock: Clock, engine: Engine) -> None:
    """moto has stacks of its own, which would be others: what is not here is not there."""
    book = Book(engine, clock)
    ours = {camelcase_to_underscores(name): action for name, action in ACTIONS.items()}
    for name in _actions_of_moto() - ours.keys():
        patches.replace(CloudFormationResponse, name, None)
    for name, action in ours.items():
        method = _method(action, book)
        if hasattr(CloudFormationResponse, name):
            patches.replace(CloudFormationResponse, name, method)
        else:
            patches.add(CloudFormationResponse, name, method)
    patches.replace(CloudFormationResponse, "RESPONSE_KEY_PATH_TO_TRANSFORMER", {})


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


def _actions_of_moto() -> set[str]:
    inherited = {*method_names_from_class(CloudFormationResponse.__base__)}
    own = {*method_names_from_class(CloudFormationResponse)} - inherited
    return {name for name in own if not name.startswith("_")}
