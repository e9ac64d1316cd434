"""The ways in which Lambda's API lets one name a function."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote

from moto.awslambda.models import LambdaAlias, LambdaFunction, lambda_backends

from sandbox.kernel.environment import ACCOUNT, REGION


def split_name(name: str, qualifier: str | None = None) -> tuple[str, str | None]:
    """(name, qualifier) of a name, a partial or a whole ARN, each with or without qualifier."""
    _, _, rest = name.rpartition(":function:")
    bare, _, own_qualifier = (rest or name).partition(":")
    return bare, own_qualifier or qualifier


def named_in_path(response: Any) -> tuple[str, str | None]:
    """Return the function and the qualifier that a request's path and query name."""
    segments = response.path.split("/")
    name = unquote(segments[segments.index("functions") + 1])
    # moto's own `querystring` is the request's body where there is no query.
    (qualifier,) = parse_qs(response.parsed_url.query).get("Qualifier", [None])
    return split_name(name, qualifier)


def find_function(name: str, version: str | None = None) -> LambdaFunction:
    """Return a function's version, or raise ResourceNotFoundException as the API gives it."""
    return _storage().get_function_by_name_with_qualifier(name, version)


def find_alias(name: str, alias: str) -> LambdaAlias | None:
    """None also when there is no such function."""
    storage = _storage()
    if name not in storage._functions:
        return None
    return storage._get_function_aliases(name).get(alias)


def aliases_of(name: str) -> list[LambdaAlias]:
    """Return all of a function's; none also when there is no such function."""
    storage = _storage()
    return list(storage._get_function_aliases(name).values()) if name in storage._functions else []


def routing(function_name: str, alias: str) -> dict[str, float]:
    """Return the share of calls that each version gets, such as {"1": 0.9, "2": 0.1}."""
    found = _storage().get_alias(alias, function_name)
    return routing_of(found)


def routing_of(alias: LambdaAlias) -> dict[str, float]:
    """Return the share of calls that each of the alias's versions gets."""
    added = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    shares = {version: float(weight) for version, weight in added.items()}
    return {alias.function_version: 1 - sum(shares.values()), **shares}


def _storage() -> Any:
    return lambda_backends[ACCOUNT][REGION]._lambdas
