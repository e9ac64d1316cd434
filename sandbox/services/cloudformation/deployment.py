"""Deploys a template file, as `sam package` and `sam deploy` together do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.services.cloudformation import transforms
from sandbox.services.cloudformation.engine import Engine
from sandbox.services.cloudformation.packaging import BucketArtifacts, package
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.cloudformation.template import Template, load


class CloudFormation:
    """One account's stacks in one region; at most one for one mocked account."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        bucket = f"aws-sam-cli-managed-default-{engine.account}-{engine.region}"
        self._artifacts = BucketArtifacts(engine.client, bucket)

    def deploy(self, template: Path, stack_name: str, parameters: Mapping[str, str]) -> Stack:
        """Make the stack; TemplateError before or DeploymentFailedError after anything is made."""
        return self.engine.create(stack_name, self._ready(template, parameters), parameters)

    def update(self, stack: Stack, template: Path, parameters: Mapping[str, str]) -> None:
        """Bring the stack to the template and parameters; those not given have their defaults."""
        self.engine.update(stack, self._ready(template, parameters), parameters)

    def delete(self, stack: Stack) -> None:
        self.engine.delete(stack)

    def _ready(self, path: Path, parameters: Mapping[str, str]) -> Template:
        packaged = package(load(path), path.parent, self._artifacts)
        return transforms.processed(packaged, parameters, self.engine.region, self.engine.macros)
