"""AWS::CodeDeploy: Application, DeploymentGroup.

Records only: the sandbox deploys nothing by CodeDeploy, and refuses a template that wants it to.
"""

from __future__ import annotations

from abc import abstractmethod

from sandbox.services.cloudformation.resources.base import Context, Made, Properties, ResourceType
from sandbox.services.cloudformation.shapes import BOOLEAN, TAGS, TEXT, ListOf, record
from sandbox.services.cloudformation.stack import Resource


class _Recorded(ResourceType):
    """Something of which the stack's own record is all there is."""

    @property
    @abstractmethod
    def named_by(self) -> str:
        """The property that may name it."""

    def create(self, context: Context, properties: Properties) -> Made:
        return Made(properties.get(self.named_by) or context.name(100))

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        """Leave it to the stack's record."""

    def delete(self, context: Context, resource: Resource) -> None:
        """Leave it to the stack's record."""


class Application(_Recorded):
    """What deployment groups belong to."""

    name = "AWS::CodeDeploy::Application"
    shape = record(ApplicationName=TEXT, ComputePlatform=TEXT, Tags=TAGS)
    replaced_by = frozenset({"ApplicationName", "ComputePlatform"})
    named_by = "ApplicationName"


class DeploymentGroup(_Recorded):
    """How an alias would be shifted, and which alarms would stop that."""

    name = "AWS::CodeDeploy::DeploymentGroup"
    shape = record(
        "ApplicationName ServiceRoleArn",
        AlarmConfiguration=record(
            Alarms=ListOf(record(Name=TEXT)), Enabled=BOOLEAN, IgnorePollAlarmFailure=BOOLEAN
        ),
        ApplicationName=TEXT,
        AutoRollbackConfiguration=record(Enabled=BOOLEAN, Events=ListOf(TEXT)),
        DeploymentConfigName=TEXT,
        DeploymentGroupName=TEXT,
        DeploymentStyle=record(DeploymentOption=TEXT, DeploymentType=TEXT),
        ServiceRoleArn=TEXT,
        Tags=TAGS,
        TriggerConfigurations=ListOf(
            record(TriggerEvents=ListOf(TEXT), TriggerName=TEXT, TriggerTargetArn=TEXT)
        ),
    )
    replaced_by = frozenset({"ApplicationName", "DeploymentGroupName"})
    named_by = "DeploymentGroupName"
