"""Functions and their versions as Lambda keeps them: revisioned, guarded, and once published fixed.

Creating, updating and publishing take effect at once: every version is Active and every update
Successful from the first call that could ask.
"""

from __future__ import annotations

import copy
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, PreconditionFailedException
from moto.awslambda.models import LambdaFunction, LambdaStorage
from moto.awslambda.responses import LambdaResponse

from sandbox.kernel.patches import Patches
from sandbox.services.awslambda.aliases import STALE_REVISION
from sandbox.services.awslambda.names import find_function, named_in_path

# Differs between versions whose code and configuration are the same.
OWN_TO_A_VERSION = ("Description", "FunctionArn", "LastModified", "RevisionId", "Version")


def install(patches: Patches) -> None:
    """Publish versions and describe functions as Lambda does."""
    _keep_more_configuration(patches)
    _describe_more(patches)
    patches.replace(LambdaResponse, "publish_version", _publish_version)
    patches.replace(LambdaStorage, "publish_version", _publish)


def _keep_more_configuration(patches: Patches) -> None:
    """Keep dead-letter and logging configuration and the time of updates, as moto does not."""

    def init(function: Any, account_id: str, spec: dict[str, Any], *args: Any, **more: Any) -> None:
        function.dead_letter_config = {}
        function.logging_config = {}
        original_init(function, account_id, spec, *args, **more)
        keep(function, spec)

    def update_configuration(function: Any, updates: dict[str, Any]) -> Any:
        original_update(function, updates)
        keep(function, updates)
        return function.get_configuration()

    def update_function_code(function: Any, updates: dict[str, Any]) -> Any:
        # moto edits this dict, which published versions share.
        function.code = dict(function.code)
        original_code(function, updates)
        function.architectures = updates.get("Architectures", function.architectures)
        keep(function, {})
        return function.get_configuration()

    def keep(function: Any, spec: dict[str, Any]) -> None:
        function.last_modified = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        function.dead_letter_config = spec.get("DeadLetterConfig", function.dead_letter_config)
        function.tracing_config = spec.get("TracingConfig", function.tracing_config)
        function.logging_config = spec.get("LoggingConfig", function.logging_config)
        storage = spec.get("EphemeralStorage", {})
        function.ephemeral_storage = storage.get("Size", function.ephemeral_storage)
        group = function.logging_config.get("LogGroup")
        function.logs_group_name = group or f"/aws/lambda/{function.function_name}"

    original_init = patches.replace(LambdaFunction, "__init__", init)
    original_update = patches.replace(LambdaFunction, "update_configuration", update_configuration)
    original_code = patches.replace(LambdaFunction, "update_function_code", update_function_code)


def _describe_more(patches: Patches) -> None:
    """Give functions a RevisionId, which moto does not know."""

    def get_configuration(function: Any, on_create: bool = False) -> dict[str, Any]:
        configuration: dict[str, Any] = original(function, on_create)
        configuration["LastUpdateStatus"] = "Successful"
        configuration["LoggingConfig"] = {
            "LogFormat": "Text",
            **function.logging_config,
            "LogGroup": function.logs_group_name,
        }
        if function.dead_letter_config.get("TargetArn"):  # an empty one takes it away
            configuration["DeadLetterConfig"] = function.dead_letter_config
        # Whatever changes, LastModified does too.
        configuration["RevisionId"] = str(
            uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(configuration, sort_keys=True))
        )
        return configuration

    original = patches.replace(LambdaFunction, "get_configuration", get_configuration)


def _publish_version(response: Any) -> Any:
    """Heed RevisionId and CodeSha256, both of which moto ignores."""
    name, _ = named_in_path(response)
    wanted = json.loads(response.body or "{}")
    latest = find_function(name).get_configuration()
    if wanted.get("RevisionId") not in (None, latest["RevisionId"]):
        raise PreconditionFailedException(STALE_REVISION)
    if wanted.get("CodeSha256") not in (None, "", latest["CodeSha256"]):
        raise InvalidParameterValueException(
            f"CodeSHA256 ({wanted['CodeSha256']}) is different from current CodeSHA256 in $LATEST "
            f"({latest['CodeSha256']}). Please try again with the CodeSHA256 in $LATEST."
        )
    version = response.backend.publish_version(name, wanted.get("Description", ""))
    return 201, {"status": 201}, json.dumps(version.get_configuration())


def _publish(storage: Any, name_or_arn: str, description: str = "") -> Any:
    """Publish an unchanged function once, and no number twice.

    After the first version, moto publishes it again, and reuses the numbers of deleted versions.
    """
    latest = storage.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
    group = storage._functions[latest.function_name]
    last = group["versions"][-1] if group["versions"] else None
    if last is not None and _content(last) == _content(latest):
        return last
    group["published"] = group.get("published", 0) + 1
    version = copy.copy(latest)
    version.set_version(group["published"])
    version.description = description or latest.description
    group["versions"].append(version)
    storage._arns[version.function_arn] = version
    return version


def _content(version: Any) -> dict[str, Any]:
    configuration: dict[str, Any] = version.get_configuration()
    return {key: value for key, value in configuration.items() if key not in OWN_TO_A_VERSION}
