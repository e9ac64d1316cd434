"""Provisioned concurrency of aliases and versions, ready at once; moto has none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import moto.awslambda.urls
from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.responses import LambdaResponse

from sandbox.kernel.patches import Patches
from sandbox.services.awslambda.names import find_alias, find_function, named_in_path, routing_of

PATH = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency$"


class NotConfiguredError(LambdaClientError):  # type: ignore[misc]  # moto has no types
    """The alias has no provisioned concurrency."""

    code = 404

    def __init__(self) -> None:
        super().__init__(
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
        )


def install(patches: Patches) -> None:
    """Add provisioned concurrency, of which moto knows nothing."""
    paths = {**moto.awslambda.urls.url_paths, PATH: LambdaResponse.dispatch}
    patches.replace(moto.awslambda.urls, "url_paths", paths)
    configured: dict[tuple[str, str | None], dict[str, Any]] = {}

    def get(response: Any) -> Any:
        place = _place(response)
        if place not in configured:
            raise NotConfiguredError
        return 200, {"status": 200}, json.dumps(configured[place])

    def put(response: Any) -> Any:
        name, qualifier = _place(response)
        alias = find_alias(name, qualifier)
        if alias is not None and len(routing_of(alias)) > 1:
            raise InvalidParameterValueException(
                "Alias with weights can not be used with Provisioned Concurrency"
            )
        wanted = json.loads(response.body)["ProvisionedConcurrentExecutions"]
        configured[name, qualifier] = {
            "RequestedProvisionedConcurrentExecutions": wanted,
            "AllocatedProvisionedConcurrentExecutions": wanted,
            "AvailableProvisionedConcurrentExecutions": wanted,
            "Status": "READY",
            "LastModified": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }
        return 202, {"status": 202}, json.dumps(configured[name, qualifier])

    def delete(response: Any) -> Any:
        if configured.pop(_place(response), None) is None:
            raise NotConfiguredError
        return 204, {"status": 204}, ""

    patches.add(LambdaResponse, "get_provisioned_concurrency_config", get)
    patches.add(LambdaResponse, "put_provisioned_concurrency_config", put)
    patches.add(LambdaResponse, "delete_provisioned_concurrency_config", delete)


def _place(response: Any) -> tuple[str, str]:
    name, qualifier = named_in_path(response)
    find_function(name, qualifier)
    if qualifier in (None, "$LATEST"):
        raise InvalidParameterValueException(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
    return name, qualifier
