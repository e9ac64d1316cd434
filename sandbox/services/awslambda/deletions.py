"""Versions that an alias routes to stay: Lambda refuses to delete them."""

from __future__ import annotations

from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.responses import LambdaResponse

from sandbox.kernel.patches import Patches
from sandbox.services.awslambda.names import aliases_of, named_in_path, routing_of


class VersionInUseError(LambdaClientError):  # type: ignore[misc]  # moto has no types
    """An alias routes to the version, as Lambda says it."""

    code = 409

    def __init__(self, aliases: list[str]) -> None:
        super().__init__(
            "ResourceConflictException",
            "Unable to delete version because it is referenced by the following aliases: "
            f"[{', '.join(aliases)}]",
        )


def install(patches: Patches) -> None:
    """Refuse what Lambda refuses."""

    def delete_function(call: Any) -> Any:
        name, version = named_in_path(call)
        if version:
            used = [one.name for one in aliases_of(name) if version in routing_of(one)]
            if used:
                raise VersionInUseError(used)
        return original(call)

    original = patches.replace(LambdaResponse, "delete_function", delete_function)
