"""Tasks call AWS in the name of their execution, through clients that are made once."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import boto3
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path

from sandbox.kernel.gateway import calling_as
from sandbox.kernel.patches import Patches


def install(patches: Patches) -> None:
    """Call services in the execution's own name, with what can be shared made once."""
    _call_as_the_execution(patches)
    _make_things_once(patches)


def _call_as_the_execution(patches: Patches) -> None:
    def evaluate(task: Any, env: Any) -> None:
        execution = env.states.context_object.context_object_data["Execution"]
        role = env.aws_execution_details.role_arn
        with calling_as(execution["Id"], role=role, service="states.amazonaws.com"):
            original(task, env)

    original = patches.replace(StateTaskService, "_eval_execution", evaluate)


def _make_things_once(patches: Patches) -> None:
    """Make clients once, and parse once; moto does so for each task.

    What it parses keeps nothing of an execution, so executions may share it.
    """
    clients: dict[str, Any] = {}

    def client(*, service_name: str, **settings: Any) -> Any:
        if service_name not in clients:
            make: Any = boto3.client
            clients[service_name] = make(service_name=service_name, **settings)
        return clients[service_name]

    patches.replace(boto_client, "boto3", SimpleNamespace(client=client))
    for module in (json_path, result_path):
        patches.replace(module, "parse", lru_cache(4096)(module.parse))
    patches.replace(
        AmazonStateLanguageParser,
        "parse",
        staticmethod(lru_cache(64)(AmazonStateLanguageParser.parse)),
    )
