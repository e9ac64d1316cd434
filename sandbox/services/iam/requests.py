"""What an API call is authorised on: the action, the resources, and what conditions may ask of it.

By the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
which a test holds this table against. A call that is not in it is refused as one that the sandbox
does not do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.services.awslambda.names import split_name

Params = Mapping[str, Any]
Resources = Callable[[Params], list[str]]

# Where IAM's prefix is not boto3's name of the service, or the action not the operation.
_PREFIXES = {"stepfunctions": "states"}
_ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}


Context = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Request:
    """May this be done to this? The context's keys are in lower case, as IAM compares them."""

    action: str
    resource: str
    context: Context = ()


def arn(service: str, resource: str) -> str:
    """Write the ARN of something in the sandbox's account."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _nothing(_: Params) -> list[str]:
    """Return `*`: the action knows no resources, so only a grant on that allows it."""
    return ["*"]


def _function(params: Params) -> list[str]:
    """Also of an alias's own operations: UpdateAlias is refused on the function's bare ARN."""
    name, _ = split_name(params["FunctionName"])
    return [arn("lambda", f"function:{name}")]


def _qualified(params: Params) -> list[str]:
    """Return the version or alias, where the call names one.

    https://github.com/alexcasalboni/aws-lambda-power-tuning/issues/260: GetFunctionConfiguration of
    $LATEST, if asked for by that name, is refused on `function:NAME:$LATEST`.
    """
    name, qualifier = split_name(params["FunctionName"], params.get("Qualifier"))
    return [arn("lambda", f"function:{name}:{qualifier}" if qualifier else f"function:{name}")]


def _alarms(params: Params) -> list[str]:
    """Composite alarms, and their histories, are shown only to those who may describe everything.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    composite = "CompositeAlarm" in params.get("AlarmTypes", [])
    return ["*" if composite else arn("cloudwatch", "alarm:*")]


def _parameter(params: Params) -> list[str]:
    return [arn("ssm", f"parameter/{params['Name'].lstrip('/')}")]


def _parameters(params: Params) -> list[str]:
    return [arn("ssm", f"parameter/{name.lstrip('/')}") for name in params["Names"]]


def _queue(params: Params) -> list[str]:
    return [arn("sqs", params.get("QueueName") or params["QueueUrl"].rpartition("/")[2])]


def _rule(params: Params) -> list[str]:
    return [arn("events", f"rule/{params.get('Name') or params['Rule']}")]


def _buses(params: Params) -> list[str]:
    buses = {entry.get("EventBusName", "default") for entry in params["Entries"]}
    return [arn("events", f"event-bus/{bus.rpartition('/')[2]}") for bus in sorted(buses)]


def _stack(params: Params) -> list[str]:
    """Return the stack, whose id is not known where its name alone, or one of its resources, is."""
    name = params.get("StackName")
    if name is None:
        return ["*"]
    return [name if name.startswith("arn:") else arn("cloudformation", f"stack/{name}/*")]


def _named(parameter: str) -> Resources:
    return lambda params: [params[parameter]]


_execution, _machine = _named("executionArn"), _named("stateMachineArn")
_topic = _named("TopicArn")

_RESOURCES: dict[str, Resources] = {
    "cloudformation:CancelUpdateStack": _stack,
    "cloudformation:ContinueUpdateRollback": _stack,
    "cloudformation:CreateChangeSet": _stack,
    "cloudformation:CreateStack": _stack,
    "cloudformation:DeleteStack": _stack,
    "cloudformation:DescribeChangeSet": _stack,
    "cloudformation:DescribeStackEvents": _stack,
    "cloudformation:DescribeStackResource": _stack,
    "cloudformation:DescribeStackResources": _stack,
    "cloudformation:DescribeStacks": _stack,
    "cloudformation:ExecuteChangeSet": _stack,
    "cloudformation:GetTemplate": _stack,
    "cloudformation:GetTemplateSummary": _stack,
    "cloudformation:ListExports": _nothing,
    "cloudformation:ListImports": _nothing,
    "cloudformation:ListStackResources": _stack,
    "cloudformation:ListStacks": _nothing,
    "cloudformation:RollbackStack": _stack,
    "cloudformation:UpdateStack": _stack,
    "cloudwatch:DescribeAlarmHistory": _alarms,
    "cloudwatch:DescribeAlarms": _alarms,
    "cloudwatch:GetMetricData": _nothing,
    "cloudwatch:GetMetricStatistics": _nothing,
    "cloudwatch:ListMetrics": _nothing,
    "cloudwatch:PutMetricData": _nothing,
    "events:DescribeRule": _rule,
    "events:PutEvents": _buses,
    "events:PutRule": _rule,
    "events:PutTargets": _rule,
    "lambda:CreateAlias": _function,
    "lambda:DeleteAlias": _function,
    "lambda:GetAlias": _function,
    "lambda:GetFunction": _qualified,
    "lambda:GetFunctionConfiguration": _qualified,
    "lambda:GetProvisionedConcurrencyConfig": _qualified,
    "lambda:InvokeFunction": _qualified,
    "lambda:ListAliases": _function,
    "lambda:ListTags": _named("Resource"),
    "lambda:ListVersionsByFunction": _function,
    "lambda:PublishVersion": _function,
    "lambda:UpdateAlias": _function,
    "lambda:UpdateFunctionCode": _function,
    "lambda:UpdateFunctionConfiguration": _function,
    "logs:CreateLogDelivery": _nothing,
    "logs:DeleteLogDelivery": _nothing,
    "logs:DescribeLogGroups": _nothing,
    "logs:DescribeResourcePolicies": _nothing,
    "logs:GetLogDelivery": _nothing,
    "logs:ListLogDeliveries": _nothing,
    "logs:PutResourcePolicy": _nothing,
    "logs:UpdateLogDelivery": _nothing,
    "sns:Publish": _topic,
    "sns:Subscribe": _topic,
    "sqs:DeleteMessage": _queue,
    "sqs:GetQueueAttributes": _queue,
    "sqs:GetQueueUrl": _queue,
    "sqs:ReceiveMessage": _queue,
    "sqs:SendMessage": _queue,
    "ssm:DeleteParameter": _parameter,
    "ssm:GetParameter": _parameter,
    "ssm:GetParameterHistory": _parameter,
    "ssm:GetParameters": _parameters,
    "ssm:PutParameter": _parameter,
    "states:DescribeExecution": _execution,
    "states:DescribeStateMachine": _machine,
    "states:GetExecutionHistory": _execution,
    "states:ListExecutions": _machine,
    "states:ListStateMachines": _nothing,
    "states:RedriveExecution": _execution,
    # A token names its task; the reference lists no resource for these three.
    "states:SendTaskFailure": _nothing,
    "states:SendTaskHeartbeat": _nothing,
    "states:SendTaskSuccess": _nothing,
    "states:StartExecution": _machine,
    "states:StopExecution": _execution,
    "xray:PutTelemetryRecords": _nothing,
    "xray:PutTraceSegments": _nothing,
}

ACTIONS = frozenset(_RESOURCES)

# The condition keys that a call's own parameters answer.
_CONTEXT: dict[str, Callable[[Params], dict[str, tuple[str, ...]]]] = {
    "cloudwatch:PutMetricData": lambda given: {"cloudwatch:namespace": (given["Namespace"],)},
    "events:PutEvents": lambda given: {
        "events:source": tuple(entry["Source"] for entry in given["Entries"]),
        "events:detail-type": tuple(entry["DetailType"] for entry in given["Entries"]),
    },
    "ssm:PutParameter": lambda given: {
        "ssm:overwrite": (str(bool(given.get("Overwrite"))).lower(),)
    },
}


def requests_of(service: str, operation: str, params: Params) -> list[Request]:
    """List all that this call of boto3's service and operation needs."""
    named = f"{_PREFIXES.get(service, service)}:{operation}"
    action = _ACTIONS.get(named, named)
    if action not in _RESOURCES:
        raise NotImplementedError(
            f"it does not know on which resources {named} is authorised, so that nobody with a "
            "role can call it there"
        )
    context = tuple(_CONTEXT[action](params).items()) if action in _CONTEXT else ()
    return [Request(action, resource, context) for resource in _RESOURCES[action](params)]
