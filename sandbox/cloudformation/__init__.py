"""CloudFormation enough to deploy this project: SAM, functions, updates, rollback.

A resource type, a property, a function or a section that is not known is an error that names it,
and is raised before anything is made.
"""

from sandbox.cloudformation import api
from sandbox.cloudformation.deployment import CloudFormation
from sandbox.cloudformation.engine import Engine
from sandbox.cloudformation.errors import (
    CloudFormationError,
    DeploymentFailedError,
    NothingToUpdateError,
    TemplateError,
)
from sandbox.cloudformation.preview import transformed
from sandbox.cloudformation.stack import Stack

__all__ = [
    "CloudFormation",
    "CloudFormationError",
    "DeploymentFailedError",
    "Engine",
    "NothingToUpdateError",
    "Stack",
    "TemplateError",
    "api",
    "transformed",
]
