"""A template and parameters for a stack, found to be sound: nothing of it is made yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.services.cloudformation import parameters as template_parameters
from sandbox.services.cloudformation.plan import Plan, plan
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.cloudformation.template import Template


@dataclass(frozen=True)
class Proposal:
    """A template with the values of its parameters, and the plan that comes of both."""

    parameters: template_parameters.Values
    secrets: frozenset[str]
    plan: Plan


def propose(stack: Stack, template: Template, given: Mapping[str, str]) -> Proposal:
    """Propose what would be made of `stack`. Raises TemplateError, which names every problem."""
    values = template_parameters.resolve(template, given)
    secrets = template_parameters.secrets(template)
    return Proposal(values, secrets, plan(template, replace(stack, parameters=dict(values))))
