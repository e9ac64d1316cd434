"""Every resource type that the sandbox can make. Any other is refused by name."""

from __future__ import annotations

from sandbox.services.cloudformation.resources import (
    apigateway,
    awslambda,
    cloudwatch,
    codedeploy,
    custom,
    events,
    iam,
    kms,
    logs,
    macro,
    s3,
    sns,
    sqs,
    ssm,
    stepfunctions,
)
from sandbox.services.cloudformation.resources.base import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    kind.name: kind
    for kind in (
        apigateway.Api(),
        apigateway.Deployment(),
        apigateway.HttpStage(),
        apigateway.Integration(),
        apigateway.RestApi(),
        apigateway.Route(),
        apigateway.Stage(),
        awslambda.Alias(),
        awslambda.EventInvokeConfig(),
        awslambda.EventSourceMapping(),
        awslambda.Function(),
        awslambda.Permission(),
        awslambda.Url(),
        awslambda.Version(),
        cloudwatch.Alarm(),
        cloudwatch.CompositeAlarm(),
        cloudwatch.Dashboard(),
        codedeploy.Application(),
        codedeploy.DeploymentGroup(),
        custom.CustomResource(),
        events.Rule(),
        iam.ManagedPolicy(),
        iam.Policy(),
        iam.Role(),
        kms.Alias(),
        kms.Key(),
        logs.LogGroup(),
        macro.Macro(),
        s3.Bucket(),
        s3.BucketPolicy(),
        sns.Subscription(),
        sns.Topic(),
        sns.TopicPolicy(),
        sqs.Queue(),
        sqs.QueuePolicy(),
        ssm.Parameter(),
        stepfunctions.StateMachine(),
    )
}


def kind_of(name: str) -> ResourceType | None:
    """Return the resource type of this name, of which anybody may make one up: `Custom::Mine`."""
    known = custom.CustomResource.name if custom.is_custom(name) else name
    return RESOURCE_TYPES.get(known)


def known_kind(name: str) -> ResourceType:
    """Return the resource type of something that a plan has found to be known."""
    kind = kind_of(name)
    assert kind is not None, name
    return kind
