"""Policy documents: what their statements say, and whom and what they fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sandbox.services.iam import conditions
from sandbox.services.iam.conditions import listed
from sandbox.services.iam.patterns import arn_like, like, literal
from sandbox.services.iam.requests import Request

_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)


@dataclass(frozen=True)
class Statement:
    """One statement. `sid` is its number where it has no name."""

    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principal: Any
    condition: Mapping[str, Mapping[str, Any]]

    def fits(self, request: Request) -> bool:
        resource = request.resource
        return (
            (not self.actions or any(_acts(one, request.action) for one in self.actions))
            and not any(_acts(one, request.action) for one in self.not_actions)
            and (not self.resources or any(arn_like(one, resource) for one in self.resources))
            and not any(arn_like(one, resource) for one in self.not_resources)
            and conditions.met(self.condition, dict(request.context))
        )

    def fits_principal(self, arns: tuple[str, ...], service: str | None) -> bool:
        """Tell whether it is for one of these ARNs, or for this service."""
        if self.principal == "*":
            return True
        named = self.principal or {}
        if service is not None and service in listed(named.get("Service", [])):
            return True
        return any(one == "*" or one in arns for one in listed(named.get("AWS", [])))

    def closest(self, request: Request) -> tuple[str, str]:
        """Of its actions and resources that fit, those that say most."""
        fitting = [
            (action, resource)
            for action, resource in self.pairs()
            if _acts(action, request.action) and arn_like(resource, request.resource)
        ]
        return max(
            fitting, key=lambda pair: (literal(pair[0]), literal(pair[1])), default=("*", "*")
        )

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Everything it says of actions and resources, one by one."""
        for action in self.actions or ("*",):
            for resource in self.resources or ("*",):
                yield action, resource


@lru_cache(1024)
def statements(document: str) -> tuple[Statement, ...]:
    """Of a policy's JSON."""
    found = listed(json.loads(document).get("Statement", []))
    return tuple(_statement(number, one) for number, one in enumerate(found, start=1))


def _statement(number: int, raw: Mapping[str, Any]) -> Statement:
    if unknown := raw.keys() - _ELEMENTS:
        raise NotImplementedError(f"{', '.join(sorted(unknown))} in a policy's statement")
    return Statement(
        sid=raw.get("Sid", str(number)),
        effect=raw["Effect"],
        actions=tuple(listed(raw.get("Action", []))),
        not_actions=tuple(listed(raw.get("NotAction", []))),
        resources=tuple(listed(raw.get("Resource", []))),
        not_resources=tuple(listed(raw.get("NotResource", []))),
        principal=raw.get("Principal"),
        condition=raw.get("Condition", {}),
    )


def _acts(pattern: str, action: str) -> bool:
    return like(pattern.lower(), action.lower())
