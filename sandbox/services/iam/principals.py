"""The roles of the account, as moto keeps them, and whom they trust."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from moto.iam.models import iam_backends

from sandbox.kernel.environment import ACCOUNT
from sandbox.services.iam.aws_policies import know
from sandbox.services.iam.evaluate import Policy, Principal
from sandbox.services.iam.policy import statements
from sandbox.services.iam.requests import Request

TRUST_ERRORS = {
    "lambda.amazonaws.com": "The role defined for the function cannot be assumed by Lambda.",
    "states.amazonaws.com": "Neither the global service principal states.amazonaws.com, nor the "
    "regional one is authorized to assume the provided role.",
}


def trusts(role_arn: str, service: str) -> bool:
    """Tell whether the role exists, and this service may assume it."""
    role = _find(role_arn)
    return role is not None and _trusts(role.assume_role_policy_document, service)


@lru_cache(256)
def _trusts(document: str, service: str) -> bool:
    """Judge by a trust policy, which names no resources: it is the role's own."""
    request = Request("sts:AssumeRole", "*", (("aws:sourceaccount", (ACCOUNT,)),))
    found = [
        one for one in statements(document) if one.fits_principal((), service) and one.fits(request)
    ]
    return bool(found) and all(one.effect == "Allow" for one in found)


def session(role_arn: str, name: str) -> Principal:
    """Return the role as it acts under this name; one that does not exist has no policies."""
    role = _find(role_arn)
    role_name = role_arn.rpartition("/")[2]
    acting = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{name}"
    arns = (role_arn, acting, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    if role is None:
        return Principal(role_name, arns)
    return Principal(role_name, arns, None, _policies(role), _boundary(role))


def service(name: str) -> Principal:
    """AWS itself, on behalf of this account."""
    return Principal(name, service=name)


def policies_of(role_name: str) -> tuple[Policy, ...]:
    """All that a role has: its own, then those attached to it."""
    return _policies(_backend().get_role(role_name))


def _policies(role: Any) -> tuple[Policy, ...]:
    inline = (Policy(name, _text(document)) for name, document in role.policies.items())
    backend = _backend()
    attached = (_managed(backend, arn) for arn in role.managed_policies)
    return (*inline, *attached)


def _boundary(role: Any) -> Policy | None:
    arn = role.permissions_boundary_arn
    return _managed(_backend(), arn) if arn else None


def _managed(backend: Any, arn: str) -> Policy:
    """In its default version. A boundary that is not there allows nothing."""
    know(backend, arn)
    policy = backend.managed_policies.get(arn)
    if policy is None:
        return Policy(arn, "{}")
    (document,) = (one.document for one in policy.versions if one.is_default)
    return Policy(arn, _text(document))


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _find(role_arn: str) -> Any:
    name = role_arn.rpartition("/")[2]
    # Names are an account's own; moto makes every role's ARN anew whenever it is asked for it.
    named = (role for role in _backend().roles.values() if role.name == name)
    return next((role for role in named if role.arn == role_arn), None)


def _backend() -> Any:
    return iam_backends[ACCOUNT]["aws"]
