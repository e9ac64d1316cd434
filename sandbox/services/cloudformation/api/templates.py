"""Templates: given back, summed up, judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.services.cloudformation import capabilities, transforms
from sandbox.services.cloudformation.api.book import Book, Parameters
from sandbox.services.cloudformation.api.refusals import ChangeSetNotFound, ValidationError
from sandbox.services.cloudformation.template import Template, parse

_CONSTRAINTS = (
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
)


def get(book: Book, request: Parameters) -> dict[str, Any]:
    """Return a template as it was submitted, or as it was transformed."""
    stack, name = book.stack(request["StackName"]), request.get("ChangeSetName")
    submission, processed = book.submission(stack), stack.template
    if name:
        change_sets = book.change_sets.values()
        found = [one for one in change_sets if one.stack is stack and name in (one.name, one.id)]
        if not found:
            raise ChangeSetNotFound(name)
        submission, proposal = found[0].submission, found[0].proposal
        processed = {} if proposal is None else proposal.plan.template
    elif stack.status == "REVIEW_IN_PROGRESS":
        return {"TemplateBody": "", "StagesAvailable": []}
    original = request.get("TemplateStage", "Original") == "Original"
    return {
        "TemplateBody": submission.text if original else json.dumps(processed),
        "StagesAvailable": ["Original", "Processed"],
    }


def summarize(book: Book, request: Parameters) -> dict[str, Any]:
    """Say what a template asks for: parameters, capabilities, types."""
    if "StackName" in request:
        stack = book.stack(request["StackName"])
        if stack.status == "REVIEW_IN_PROGRESS":
            raise ValidationError(
                "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks."
            )
        template = book.submission(stack).template
    else:
        template = parse(book.text(request))
    metadata = template.get("Metadata")
    return {
        **_told(template),
        "Parameters": [
            {
                **_parameter(name, declared),
                "ParameterType": declared.get("Type"),
                "ParameterConstraints": _allowed(declared),
            }
            for name, declared in (template.get("Parameters") or {}).items()
        ],
        "ResourceTypes": sorted({one["Type"] for one in template["Resources"].values()}),
        "Version": template.get("AWSTemplateFormatVersion"),
        "Metadata": None if metadata is None else json.dumps(metadata),
    }


def validate(book: Book, request: Parameters) -> dict[str, Any]:
    """Look at form alone, as CloudFormation does."""
    template = parse(book.text(request))
    parameters = (template.get("Parameters") or {}).items()
    return {**_told(template), "Parameters": [_parameter(*one) for one in parameters]}


ACTIONS: dict[str, Callable[[Book, Parameters], dict[str, Any]]] = {
    "GetTemplate": get,
    "GetTemplateSummary": summarize,
    "ValidateTemplate": validate,
}


def _told(template: Template) -> dict[str, Any]:
    wanted, types = transforms.names(template), capabilities.responsible(template)
    needed = capabilities.required(template)
    required = [needed] if needed else []
    reason = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    if wanted:
        # What a transform makes is not known here: it may need any.
        required = [needed or capabilities.IAM, capabilities.AUTO_EXPAND]
        reason = "The template contains transforms"
    return {
        "Description": template.get("Description"),
        "DeclaredTransforms": wanted or None,
        "Capabilities": required or None,
        "CapabilitiesReason": reason if required else None,
    }


def _parameter(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    default = declared.get("Default")
    return {
        "ParameterKey": name,
        "DefaultValue": None if default is None else str(default),
        "NoEcho": str(declared.get("NoEcho")).lower() == "true",
        "Description": declared.get("Description"),
    }


def _allowed(declared: dict[str, Any]) -> dict[str, Any]:
    told = {name: declared[name] for name in _CONSTRAINTS if name in declared}
    return {
        name: [str(item) for item in value] if isinstance(value, list) else str(value)
        for name, value in told.items()
    }
