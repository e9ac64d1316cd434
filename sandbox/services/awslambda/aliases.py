"""Aliases as Lambda keeps them: checked, revisioned, partially updated, and watched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.awslambda.exceptions import (
    ConflictException,
    InvalidParameterValueException,
    LambdaClientError,
    PreconditionFailedException,
    ValidationException,
)
from moto.awslambda.models import LambdaAlias, LambdaBackend
from moto.awslambda.responses import LambdaResponse
from moto.moto_api._internal import mock_random

from sandbox.kernel.patches import Patches
from sandbox.kernel.signals import Signals
from sandbox.services.awslambda.names import find_function, named_in_path

# https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
MAX_DESCRIPTION = 256
STALE_REVISION = (
    "The Revision Id provided does not match the latest Revision Id. "
    "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
)


class AliasExistsError(LambdaClientError):  # type: ignore[misc]  # moto has no types
    """The alias is there already, as Lambda says it."""

    code = 409

    def __init__(self, conflict: ConflictException) -> None:
        super().__init__("ResourceConflictException", conflict.message)


def install(patches: Patches, signals: Signals) -> None:
    """Read and write aliases as Lambda does."""
    patches.replace(LambdaAlias, "to_json", _described)
    _create_checked(patches, signals)
    _update_checked(patches, signals)
    _delete(patches, signals)


def _described(alias: Any) -> dict[str, Any]:
    """Leave out RoutingConfig where there is none, as Lambda does; moto answers null."""
    described = {
        "AliasArn": alias.arn,
        "Name": alias.name,
        "FunctionVersion": alias.function_version,
        "Description": alias.description or "",
        "RevisionId": alias.revision_id,
    }
    if alias.routing_config and alias.routing_config.get("AdditionalVersionWeights"):
        described["RoutingConfig"] = alias.routing_config
    return described


def _create_checked(patches: Patches, signals: Signals) -> None:
    """Check weights, versions and texts, as moto does not, and name a conflict as AWS does."""

    def create_alias(backend: Any, **alias: Any) -> Any:
        function = find_function(alias["function_name"]).function_name
        _check_name(alias["name"])
        _check_description(alias["description"])
        _check_routing(function, alias["function_version"], alias["routing_config"])
        with _watched(signals, function, alias["name"]):
            try:
                return original(backend, **alias)
            except ConflictException as conflict:
                raise AliasExistsError(conflict) from None

    original = patches.replace(LambdaBackend, "create_alias", create_alias)


def _update_checked(patches: Patches, signals: Signals) -> None:
    """Check the weight and RevisionId, which moto ignores and never changes."""

    def update_alias(response: Any) -> Any:
        function, _ = named_in_path(response)
        alias = response.backend.get_alias(response.path.rpartition("/")[2], function)
        wanted = json.loads(response.body)
        if wanted.get("RevisionId") not in (None, alias.revision_id):
            raise PreconditionFailedException(STALE_REVISION)
        _check_description(wanted.get("Description"))
        version = wanted.get("FunctionVersion") or alias.function_version
        # An empty one takes the weights away: AWS's blog ends its releases with '{}'.
        given = wanted.get("RoutingConfig")
        routing = alias.routing_config if given is None else given
        _check_routing(function, version, routing)
        with _watched(signals, function, alias.name):
            alias.update(wanted.get("Description"), version, routing)
            alias.revision_id = str(mock_random.uuid4())
        return 200, {"status": 200}, json.dumps(alias.to_json())

    patches.replace(LambdaResponse, "update_alias", update_alias)


def _delete(patches: Patches, signals: Signals) -> None:
    """Tell that an alias is gone, which moto does not, and answer 204 without a body."""

    def delete_alias(response: Any) -> Any:
        function, _ = named_in_path(response)
        name = response.path.rpartition("/")[2]
        with _watched(signals, function, name):
            response.backend.delete_alias(name, function)
        return 204, {"status": 204}, ""

    patches.replace(LambdaResponse, "delete_alias", delete_alias)


@contextmanager
def _watched(signals: Signals, function: str, alias: str) -> Iterator[None]:
    for listener in signals.alias_changing:
        listener(function, alias)
    yield
    for listener in signals.alias_changed:
        listener(function, alias)


def _check_name(name: str) -> None:
    pattern = r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
    if not re.fullmatch(pattern, name):
        raise ValidationException(
            name, "name", f"Member must satisfy regular expression pattern: {pattern}"
        )


def _check_description(text: str | None) -> None:
    if len(text or "") > MAX_DESCRIPTION:
        raise ValidationException(
            text or "",
            "description",
            f"Member must have length less than or equal to {MAX_DESCRIPTION}",
        )


def _check_routing(function: str, version: str, routing: dict[str, Any] | None) -> None:
    """Refuse weights and versions that Lambda refuses.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    primary = find_function(function, version)
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        raise InvalidParameterValueException(
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    for added, weight in weights.items():
        if "$LATEST" in (version, added):
            raise InvalidParameterValueException(
                "$LATEST is not supported for an alias pointing to more than 1 version"
            )
        place = f"routingConfig.additionalVersionWeights.{added}.member"
        if not re.fullmatch(r"[0-9]+", added):
            raise ValidationException(
                added, place, "Member must satisfy regular expression pattern: [0-9]+"
            )
        if not 0.0 <= float(weight) <= 1.0:
            raise ValidationException(
                str(weight), place, "Member must have value between 0.0 and 1.0"
            )
        if added == version:
            raise InvalidParameterValueException(
                f"Invalid function version {added}. Function version {added} is already "
                "included in routing configuration."
            )
        second = find_function(function, added)
        if second.role != primary.role:
            raise InvalidParameterValueException(
                "Both function versions of an alias must have the same execution role"
            )
        if second.dead_letter_config != primary.dead_letter_config:
            raise InvalidParameterValueException(
                "Both function versions of an alias must have the same dead letter configuration"
            )
