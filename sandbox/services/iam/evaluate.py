"""May a principal do this? By AWS's order: what denies, then what allows, else no.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, for one
account without an organization's policies and without session policies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sandbox.services.iam.patterns import literal
from sandbox.services.iam.policy import Statement, statements
from sandbox.services.iam.requests import Request


@dataclass(frozen=True)
class Policy:
    """A document by the name under which its owner has it."""

    name: str
    document: str


@dataclass(frozen=True)
class Grant:
    """What one statement of one policy allows: one action on one pattern of resources."""

    role: str
    policy: str
    sid: str
    action: str
    resource: str


@dataclass(frozen=True)
class Principal:
    """Who asks. A role acts in a session, whose ARN is the one that AWS complains about.

    `arns` are those under which policies of resources may name it; `service` is set where AWS
    itself asks, which has no policies of its own.
    """

    name: str
    arns: tuple[str, ...] = ()
    service: str | None = None
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None


@dataclass(frozen=True)
class Decision:
    """`refusal` is AWS's own reason, None where it is allowed, by these grants."""

    refusal: str | None
    grants: tuple[Grant, ...] = ()


@lru_cache(8192)
def decide(principal: Principal, request: Request, on_resource: str | None) -> Decision:
    """`on_resource` is the policy of the resource itself, where it has one."""
    own = [
        (policy, one)
        for policy in principal.policies
        for one in statements(policy.document)
        if one.fits(request)
    ]
    bounds = [one for one in _statements(principal.boundary) if one.fits(request)]
    theirs = [
        one
        for one in statements(on_resource or "{}")
        if one.fits_principal(principal.arns, principal.service) and one.fits(request)
    ]
    for kind, found in (
        ("an identity-based policy", [one for _, one in own]),
        ("a permissions boundary", bounds),
        ("a resource-based policy", theirs),
    ):
        if any(one.effect == "Deny" for one in found):
            return Decision(f"with an explicit deny in {kind}")
    if theirs:
        return Decision(None)
    lacking = _lacking(principal, bool(own), bool(bounds))
    if lacking is not None:
        return Decision(f"because no {lacking} allows the {request.action} action")
    return Decision(None, _closest(principal.name, own, request))


def decide_on_key(principal: Principal, request: Request, key_policy: str) -> Decision:
    """Decide by a key's policy alone, unless it leaves the decision to the account as a whole.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    fitting = [
        one
        for one in statements(key_policy)
        if one.fits_principal(principal.arns, principal.service) and one.fits(request)
    ]
    if any(one.effect == "Deny" for one in fitting):
        return Decision("with an explicit deny in a resource-based policy")
    root = [arn for arn in principal.arns if arn.endswith(":root") or ":" not in arn]
    own = tuple(arn for arn in principal.arns if arn not in root)
    if any(one.fits_principal(own, principal.service) for one in fitting):
        return Decision(None)
    if fitting:
        return decide(principal, request, None)
    return Decision(f"because no resource-based policy allows the {request.action} action")


def _statements(policy: Policy | None) -> tuple[Statement, ...]:
    return statements(policy.document) if policy else ()


def _lacking(principal: Principal, own: bool, bounded: bool) -> str | None:
    if principal.service is not None:
        return "resource-based policy"
    if not own:
        return "identity-based policy"
    return "permissions boundary" if principal.boundary and not bounded else None


def _closest(
    role: str, allowing: list[tuple[Policy, Statement]], request: Request
) -> tuple[Grant, ...]:
    """Those that name the resource best: a wider one beside them was not needed for it."""
    grants = [Grant(role, policy.name, one.sid, *one.closest(request)) for policy, one in allowing]
    best = max(literal(grant.resource) for grant in grants)
    return tuple(grant for grant in grants if literal(grant.resource) == best)
