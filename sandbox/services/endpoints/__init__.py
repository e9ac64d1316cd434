"""HTTPS endpoints of the account: function URLs and API Gateway's APIs, as stacks have them.

Nothing of them is kept here: which there are, the stacks say. A request calls the function by the
very ARN that the endpoint names, an alias's for instance, whose weights then decide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from botocore.exceptions import ClientError

from sandbox.kernel import gateway
from sandbox.kernel.clients import client
from sandbox.kernel.clock import Clock
from sandbox.kernel.gateway import Caller, calling_as
from sandbox.services.account import Account
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.endpoints import answers
from sandbox.services.endpoints.events import event_of
from sandbox.services.endpoints.http import HttpReply, HttpRequest
from sandbox.services.endpoints.routes import Route, route_of
from sandbox.services.iam import Gate
from sandbox.services.iam.requests import Request

__all__ = ["Endpoints", "HttpReply", "HttpRequest", "install"]

_GATEWAY = "apigateway.amazonaws.com"
# Nobody in particular, who has no policies of his own.
_PUBLIC = Caller("public", service="public")


class Endpoints:
    """Where requests to the account's own hosts go."""

    def __init__(self, stacks: Mapping[str, Stack], clock: Clock, gate: Gate) -> None:
        self._stacks, self._clock, self._gate = stacks, clock, gate

    def ask(self, request: HttpRequest) -> HttpReply:
        """Send the request. Raises LookupError where no stack has an endpoint of this host."""
        route = route_of(self._stacks, request)
        if route is None:
            raise LookupError(f"no stack has an endpoint at {request.url[:200]}")
        if isinstance(route, HttpReply):
            return route
        event = json.dumps(event_of(route, request, self._clock.now))
        if route.kind == "url":
            if not self._may_use(route):
                return HttpReply(403, '{"Message":"Forbidden"}')
            with calling_as("function-url"):
                return _call(route, event)
        with calling_as(_GATEWAY, service=_GATEWAY, source=route.source):
            return _call(route, event)

    def _may_use(self, route: Route) -> bool:
        """Ask the policies: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html."""
        who = _PUBLIC if route.open_to_all else gateway.caller()
        if who.role is None and who.service is None:
            return True  # the operator
        kind = "NONE" if route.open_to_all else "AWS_IAM"
        needed = (
            ("lambda:InvokeFunctionUrl", ("lambda:functionurlauthtype", (kind,))),
            ("lambda:InvokeFunction", ("lambda:invokedviafunctionurl", ("true",))),
        )
        return all(
            self._gate.refused(who, Request(action, route.function, (context,))) is None
            for action, context in needed
        )


def install(account: Account) -> None:
    """Let the account's endpoints be asked."""
    account.endpoints = Endpoints(account.engine.stacks, account.clock, account.iam)


def _call(route: Route, event: str) -> HttpReply:
    try:
        answer = client("lambda", attempts=1).invoke(
            FunctionName=route.function, Payload=event.encode()
        )
    except ClientError as error:
        return answers.of_error(route, error)
    return answers.of_payload(route, answer["Payload"].read(), "FunctionError" in answer)
