"""Every resource type that the sandbox can make. Any other is refused by name."""

from __future__ import annotations

from sandbox.services.cloudformation.resources import (
    awslambda,
    cloudwatch,
    codedeploy,
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
        awslambda.Alias(),
        awslambda.EventInvokeConfig(),
        awslambda.EventSourceMapping(),
        awslambda.Function(),
        awslambda.Permission(),
        awslambda.Version(),
        cloudwatch.Alarm(),
        cloudwatch.CompositeAlarm(),
        cloudwatch.Dashboard(),
        codedeploy.Application(),
        codedeploy.DeploymentGroup(),
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
