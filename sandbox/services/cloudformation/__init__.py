"""CloudFormation enough to deploy this project: SAM, functions, updates, rollback.

A resource type, a property, a function or a section that is not known is an error that names it,
and is raised before anything is made.
"""

from sandbox.services.cloudformation.api import dispatch, install
from sandbox.services.cloudformation.deployment import CloudFormation
from sandbox.services.cloudformation.engine import Engine
from sandbox.services.cloudformation.errors import (
    CloudFormationError,
    DeploymentFailedError,
    NothingToUpdateError,
    TemplateError,
)
from sandbox.services.cloudformation.preview import transformed
from sandbox.services.cloudformation.responses import Responses
from sandbox.services.cloudformation.stack import Stack

__all__ = [
    "CloudFormation",
    "CloudFormationError",
    "DeploymentFailedError",
    "Engine",
    "NothingToUpdateError",
    "Responses",
    "Stack",
    "TemplateError",
    "dispatch",
    "install",
    "transformed",
]
