"""The gate before every call: whether this caller may do this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.gateway import Caller, Refusal
from sandbox.services.iam import machines, principals
from sandbox.services.iam.evaluate import Decision, Grant, Principal, decide, decide_on_key
from sandbox.services.iam.on_resources import policy_of
from sandbox.services.iam.requests import Context, Request, requests_of

# As which error a service refuses; the status is 400 in the JSON protocols.
_CODES = {
    "cloudformation": ("AccessDenied", 403),
    "cloudwatch": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
}
_JSON = ("AccessDeniedException", 400)

# Whoever may sign a call may make these. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
_FREE = frozenset({("sts", "GetCallerIdentity")})

_ROLES_GIVEN = {
    ("lambda", "CreateFunction"): ("Role", "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): ("Role", "lambda.amazonaws.com"),
    ("stepfunctions", "CreateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("stepfunctions", "UpdateStateMachine"): ("roleArn", "states.amazonaws.com"),
}


class Gate:
    """Notes by which grants it let calls pass."""

    def __init__(self) -> None:
        self.used: set[Grant] = set()

    def authorise(
        self, response: Any, service: str, operation: str, caller: Caller
    ) -> Refusal | None:
        """Return what moto's `response` is to answer instead; None where the call may be made."""
        call = (service, operation)
        administrator = caller.role is None and caller.service is None
        if call in _FREE or (administrator and call not in _ROLES_GIVEN):
            return None
        params = _parameters(response)
        if not administrator:
            for request in requests_of(service, operation, params):
                words = self.refused(caller, request)
                if words is not None:
                    return Refusal(*_CODES.get(service, _JSON), words)
        return self._refused_role(service, operation, params)

    def refused(self, caller: Caller, request: Request) -> str | None:
        """Why not, in AWS's words."""
        if caller.role and caller.service and not principals.trusts(caller.role, caller.service):
            return _words(caller.service, Request("sts:AssumeRole", caller.role), "")
        principal = _principal(caller)
        asked = replace(request, context=(*request.context, *_context(caller)))
        decision = self._decide(principal, asked)
        if decision.refusal is None:
            return None
        who = principal.arns[1] if principal.arns else principal.name
        return _words(who, request, decision.refusal)

    def refused_by_key(self, caller: Caller, request: Request, key_policy: str) -> str | None:
        """Why not, as far as the key is concerned, in AWS's words."""
        if caller.role is None and caller.service is None:
            return None
        principal = _principal(caller)
        asked = replace(request, context=(*request.context, *_context_of_keys(caller)))
        decision = decide_on_key(principal, asked, key_policy)
        self.used.update(decision.grants)
        if decision.refusal is None:
            return None
        who = principal.arns[1] if principal.arns else principal.name
        return _words(who, request, decision.refusal)

    def _decide(self, principal: Principal, request: Request) -> Decision:
        decision = decide(principal, request, policy_of(request.resource))
        self.used.update(decision.grants)
        return decision

    def _refused_role(
        self, service: str, operation: str, params: Mapping[str, Any]
    ) -> Refusal | None:
        """Refuse a role for a function or machine that this cannot work with."""
        parameter, trusted = _ROLES_GIVEN.get((service, operation), ("", ""))
        role = params.get(parameter)
        if role is None:
            return None
        if not principals.trusts(role, trusted):
            code = "InvalidParameterValueException" if service == "lambda" else _JSON[0]
            return Refusal(code, 400, principals.TRUST_ERRORS[trusted])
        if service == "stepfunctions":
            machine = Caller(":execution:creation", role, trusted)
            for request, words in machines.needs(params, role):
                if self.refused(machine, request) is not None:
                    return Refusal(*_JSON, words)
        return None


def _principal(caller: Caller) -> Principal:
    if caller.role is None:
        return principals.service(caller.service or caller.name)
    return principals.session(caller.role, caller.name.rpartition(":")[2].rpartition("/")[2])


def _context(caller: Caller) -> Context:
    """Return the condition keys that have nothing to do with what is called."""
    common: Context = (("aws:requestedregion", (REGION,)), ("aws:securetransport", ("true",)))
    if caller.role is not None:
        return (
            *common,
            ("aws:principalaccount", (ACCOUNT,)),
            ("aws:principalarn", (caller.role,)),
        )
    source: Context = (("aws:sourcearn", (caller.source,)),) if caller.source else ()
    # A topic's default policy asks for its owner, whom CloudWatch names and EventBridge does not:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    alarms = caller.service == "cloudwatch.amazonaws.com"
    owner: Context = (("aws:sourceowner", (ACCOUNT,)),) if alarms else ()
    service: Context = (
        ("aws:principalservicename", (caller.service or caller.name,)),
        ("aws:sourceaccount", (ACCOUNT,)),
    )
    return (*common, *service, *source, *owner)


def _context_of_keys(caller: Caller) -> Context:
    """EventBridge does not tell KMS on whose behalf it asks, so no such condition is ever met.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    untold = ("aws:sourcearn", "aws:sourceaccount") if caller.role is None else ()
    silent = caller.service == "events.amazonaws.com"
    return tuple(one for one in _context(caller) if not (silent and one[0] in untold))


def _words(who: str, request: Request, why: str) -> str:
    on = "" if request.resource == "*" else f" on resource: {request.resource}"
    return f"User: {who} is not authorized to perform: {request.action}{on} {why}".rstrip()


def _parameters(response: Any) -> Mapping[str, Any]:
    """Return the call's parameters as the client gave them, which moto parses for some services."""
    if vars(response).get("params") is None:
        response.parse_parameters(response.normalized_request)
    found: Mapping[str, Any] = response.params
    return found
