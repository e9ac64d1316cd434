"""Policies that resources have themselves: functions, topics and queues."""

from __future__ import annotations

import json

from moto.awslambda.exceptions import UnknownFunctionException
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.services.awslambda.names import aliases_of, find_function, split_name


def policy_of(resource: str) -> str | None:
    """As JSON; None where there is none, or no such resource."""
    service = resource.split(":")[2] if resource.startswith("arn:") else ""
    match service:
        case "lambda":
            return _of_function(resource)
        case "sns":
            topic = sns_backends[ACCOUNT][REGION].topics.get(resource)
            return json.dumps(topic._policy_json) if topic else None
        case "sqs":
            queue = sqs_backends[ACCOUNT][REGION].queues.get(resource.rpartition(":")[2])
            return (queue.policy or None) if queue else None
    return None


def _of_function(resource: str) -> str | None:
    """Each statement names the function, version or alias that it is for."""
    try:
        function = find_function(split_name(resource)[0])
    except UnknownFunctionException:
        return None
    of_aliases = [getattr(alias, "policy", None) for alias in aliases_of(function.function_name)]
    held = [
        statement
        for policy in (function.policy, *of_aliases)
        if policy
        for statement in policy.statements
    ]
    return json.dumps({"Statement": held}) if held else None
