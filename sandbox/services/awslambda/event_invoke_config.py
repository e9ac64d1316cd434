"""How Lambda treats asynchronous calls of a function, a version or an alias.

What is set for one qualifier holds for calls by that qualifier alone.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownEventConfig
from moto.awslambda.models import EventInvokeConfig
from moto.awslambda.responses import LambdaResponse

from sandbox.kernel.patches import Patches
from sandbox.services.awslambda.names import find_alias, find_function, named_in_path

SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
NOWHERE: dict[str, dict[str, str]] = {"OnSuccess": {}, "OnFailure": {}}


@dataclass(frozen=True, slots=True)
class Settings:
    """Destinations are ARNs; None or empty for none."""

    retries: int
    age_seconds: int
    on_success: str | None
    on_failure: str | None


def settings_of(name: str, qualifier: str | None) -> Settings:
    """Return what holds for calls by this qualifier, Lambda's defaults included."""
    given = _configured(name).get(qualifier or "$LATEST", {})
    destinations = given.get("DestinationConfig", NOWHERE)
    return Settings(
        retries=given.get("MaximumRetryAttempts", 2),
        age_seconds=given.get("MaximumEventAgeInSeconds", 6 * 3_600),
        on_success=destinations["OnSuccess"].get("Destination"),
        on_failure=destinations["OnFailure"].get("Destination"),
    )


def install(patches: Patches) -> None:
    """Keep the settings of each qualifier, and apply them: moto knows no qualifiers."""
    patches.replace(LambdaResponse, "put_function_event_invoke_config", _put)
    patches.replace(LambdaResponse, "update_function_event_invoke_config", _update)
    patches.replace(LambdaResponse, "get_function_event_invoke_config", _get)
    patches.replace(LambdaResponse, "delete_function_event_invoke_config", _delete)
    patches.replace(LambdaResponse, "list_function_event_invoke_configs", _list)


def _put(response: Any) -> Any:
    name, qualifier = _place(response)
    return _answer(_set(name, qualifier, json.loads(response.body)))


def _update(response: Any) -> Any:
    name, qualifier = _place(response)
    before = _found(name, qualifier)
    return _answer(_set(name, qualifier, {**before, **json.loads(response.body)}))


def _get(response: Any) -> Any:
    return _answer(_found(*_place(response)))


def _delete(response: Any) -> Any:
    name, qualifier = _place(response)
    _found(name, qualifier)
    del _configured(name)[qualifier]
    return 204, {"status": 204}, ""


def _list(response: Any) -> Any:
    name, _ = named_in_path(response)
    return _answer({"FunctionEventInvokeConfigs": list(_configured(name).values())})


def _set(name: str, qualifier: str, wanted: dict[str, Any]) -> dict[str, Any]:
    function = find_function(name)
    given = {key: wanted[key] for key in SETTINGS if wanted.get(key) is not None}
    EventInvokeConfig(function.function_arn, "", given)  # for its checks
    config = {
        **given,
        "DestinationConfig": {**NOWHERE, **given.get("DestinationConfig", {})},
        "FunctionArn": f"{function.function_arn}:{qualifier}",
        "LastModified": time.time(),
    }
    _configured(name)[qualifier] = config
    return config


def _found(name: str, qualifier: str) -> dict[str, Any]:
    config = _configured(name).get(qualifier)
    if config is None:
        raise UnknownEventConfig(f"{find_function(name).function_arn}:{qualifier}")
    return config


def _configured(name: str) -> dict[str, dict[str, Any]]:
    """By qualifier; kept on moto's function, so that they go where it goes."""
    function = find_function(name)
    if not isinstance(function.event_invoke_config, dict):
        function.event_invoke_config = {}
    configured: dict[str, dict[str, Any]] = function.event_invoke_config
    return configured


def _place(response: Any) -> tuple[str, str]:
    name, qualifier = named_in_path(response)
    if qualifier is not None and find_alias(name, qualifier) is None:
        find_function(name, qualifier)
    return name, qualifier or "$LATEST"


def _answer(body: dict[str, Any]) -> Any:
    return 200, {"status": 200}, json.dumps(body)
