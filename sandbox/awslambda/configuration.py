"""A function's configuration: what moto forgets of it."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.patches import Patches

_FORGOTTEN = ("DeadLetterConfig", "LoggingConfig")


def install(patches: Patches) -> None:
    _keep_what_is_configured(patches)
    _keep_what_is_updated(patches)


def _keep_what_is_configured(patches: Patches) -> None:
    """moto takes DeadLetterConfig and LoggingConfig, and answers neither."""

    def init(
        function: Any, account_id: str, spec: dict[str, Any], *rest: Any, **named: Any
    ) -> None:
        original_init(function, account_id, spec, *rest, **named)
        _remember(function, spec)

    def get_configuration(function: Any, on_create: bool = False) -> dict[str, Any]:
        configuration: dict[str, Any] = original_get(function, on_create)
        for name in _FORGOTTEN:
            if name in vars(function):
                configuration[name] = vars(function)[name]
        return configuration

    original_init = patches.replace(LambdaFunction, "__init__", init)
    original_get = patches.replace(LambdaFunction, "get_configuration", get_configuration)


def _keep_what_is_updated(patches: Patches) -> None:
    """moto ignores these in UpdateFunctionConfiguration, and Architectures beside new code."""

    def update_configuration(function: Any, updates: dict[str, Any]) -> dict[str, Any]:
        _remember(function, updates)
        if "TracingConfig" in updates:
            function.tracing_config = updates["TracingConfig"]
        if "EphemeralStorage" in updates:
            function.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        answer: dict[str, Any] = original_configuration(function, updates)
        return answer

    def update_function_code(function: Any, spec: dict[str, Any]) -> dict[str, Any]:
        if "Architectures" in spec:
            function.architectures = spec["Architectures"]
        answer: dict[str, Any] = original_code(function, spec)
        return answer

    original_configuration = patches.replace(
        LambdaFunction, "update_configuration", update_configuration
    )
    original_code = patches.replace(LambdaFunction, "update_function_code", update_function_code)


def _remember(function: Any, given: dict[str, Any]) -> None:
    """Keep, in AWS's form, what is in `given` of what moto forgets."""
    if "LoggingConfig" in given or "LoggingConfig" not in vars(function):
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
        function.LoggingConfig = default | given.get("LoggingConfig", {})
        function.logs_group_name = function.LoggingConfig["LogGroup"]
    if "DeadLetterConfig" in given:
        function.DeadLetterConfig = given["DeadLetterConfig"]
        if not function.DeadLetterConfig.get("TargetArn"):
            del function.DeadLetterConfig  # an empty target is how one is taken away
