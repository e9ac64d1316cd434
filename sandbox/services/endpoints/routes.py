"""Which function a request is for, by the APIs and function URLs that stacks have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.services.cloudformation.stack import Resource, Stack
from sandbox.services.endpoints.http import OF_APIS, OF_URLS, HttpReply, HttpRequest, json_reply

Kind = Literal["rest", "http", "url"]
_ANY = "x-amazon-apigateway-any-method"
_DEFAULT = "$default"


@dataclass(frozen=True)
class Route:
    """A function, by the ARN that the route names, and how it is to be asked."""

    kind: Kind
    function: str
    payload: str = "2.0"
    """The version of the event's format."""
    api: str = ""
    stage: str = _DEFAULT
    method: str = ""
    path: str = _DEFAULT
    """As the API declares it."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    open_to_all: bool = True
    """Of a function URL: whether it asks for no signature."""

    @property
    def key(self) -> str:
        return _DEFAULT if self.path == _DEFAULT else f"{self.method} {self.path}"

    @property
    def source(self) -> str:
        """The ARN by which a function's policy knows it."""
        rest = _DEFAULT if self.path == _DEFAULT else f"{self.method}{self.path}"
        return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.api}/{self.stage}/{rest}"


def route_of(stacks: Mapping[str, Stack], request: HttpRequest) -> Route | HttpReply | None:
    """Find the function; or what is answered without one; None where nothing has this host."""
    live = [
        resource
        for stack in stacks.values()
        for resource in stack.resources.values()
        if resource.physical_id and not resource.status.startswith("DELETE")
    ]
    if request.host.endswith(OF_URLS):
        return _of_url(live, request.host)
    if request.host.endswith(OF_APIS):
        api = request.host.removesuffix(OF_APIS)
        for resource in live:
            if resource.physical_id == api and resource.type == "AWS::ApiGateway::RestApi":
                return _of_rest_api(live, resource, request)
            if resource.physical_id == api and resource.type == "AWS::ApiGatewayV2::Api":
                return _of_http_api(live, resource, request)
    return None


def _of_url(live: list[Resource], host: str) -> Route | None:
    for resource in live:
        if resource.attributes.get("FunctionUrl") == f"https://{host}/":
            open_to_all = resource.properties["AuthType"] == "NONE"
            return Route("url", resource.physical_id, open_to_all=open_to_all)
    return None


def _of_rest_api(live: list[Resource], api: Resource, request: HttpRequest) -> Route | HttpReply:
    """Match stage, path and method. A deployment may make a stage too.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    stages = _stages(live, api, "AWS::ApiGateway::Stage", "RestApiId")
    stages |= _stages(live, api, "AWS::ApiGateway::Deployment", "RestApiId")
    if not request.segments or request.segments[0] not in stages:
        return json_reply(403, '{"message":"Forbidden"}')
    wanted = request.segments[1:]
    for path, parameters in _matching(_paths(api), wanted):
        declared = _paths(api)[path]
        operation = declared.get(request.method.lower(), declared.get(_ANY))
        if operation is not None:
            integration = operation["x-amazon-apigateway-integration"]
            return Route(
                "rest",
                _function(integration),
                "1.0",
                api.physical_id,
                request.segments[0],
                request.method,
                path,
                parameters,
            )
    return json_reply(403, '{"message":"Missing Authentication Token"}')


def _of_http_api(live: list[Resource], api: Resource, request: HttpRequest) -> Route | HttpReply:
    """Match stage and route, of which `$default` takes what no other does.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    """
    stages = _stages(live, api, "AWS::ApiGatewayV2::Stage", "ApiId")
    stage, wanted = _DEFAULT, request.segments
    if wanted and wanted[0] in stages:
        stage, wanted = wanted[0], wanted[1:]
    routes = dict(_declared_routes(live, api))
    paths = {key.partition(" ")[2] for key in routes if key != _DEFAULT}
    keys = [
        (f"{method} {path}", path, parameters)
        for path, parameters in _matching(paths, wanted)
        for method in (request.method, "ANY")
    ]
    if stage in stages:
        for key, path, parameters in [*keys, (_DEFAULT, _DEFAULT, {})]:
            if key in routes:
                function, payload = routes[key]
                method = key.partition(" ")[0]
                return Route(
                    "http", function, payload, api.physical_id, stage, method, path, parameters
                )
    return json_reply(404, '{"message":"Not Found"}')


def _stages(live: list[Resource], api: Resource, kind: str, named: str) -> set[str]:
    return {
        resource.properties.get("StageName", "")
        for resource in live
        if resource.type == kind and resource.properties[named] == api.physical_id
    }


def _paths(api: Resource) -> dict[str, Any]:
    found: dict[str, Any] = api.properties.get("Body", {}).get("paths", {})
    return found


def _declared_routes(live: list[Resource], api: Resource) -> Iterator[tuple[str, tuple[str, str]]]:
    """By route key, the function and the format: of the API's document, and of resources."""
    for path, operations in _paths(api).items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            verb = "ANY" if method == _ANY else method.upper()
            key = _DEFAULT if path in (_DEFAULT, f"/{_DEFAULT}") else f"{verb} {path}"
            yield key, (_function(integration), integration["payloadFormatVersion"])
    integrations = {
        f"integrations/{one.physical_id}": one.properties
        for one in live
        if one.type == "AWS::ApiGatewayV2::Integration"
    }
    for one in live:
        properties = one.properties
        if one.type == "AWS::ApiGatewayV2::Route" and properties["ApiId"] == api.physical_id:
            target = integrations[properties["Target"]]
            function = _function({"type": "", "uri": target.get("IntegrationUri", "")})
            yield properties["RouteKey"], (function, target["PayloadFormatVersion"])


def _function(integration: Mapping[str, str]) -> str:
    """Take the function's ARN out of an integration's URI, which may be that ARN itself."""
    uri = integration.get("uri") or integration["type"]
    inner = uri.partition("/functions/")[2].removesuffix("/invocations") or uri
    if not inner.startswith("arn:") or ":lambda:" not in inner or "${" in inner:
        raise NotImplementedError(f"integrations of anything but a function: {uri}")
    return inner


def _matching(paths: Any, wanted: list[str]) -> list[tuple[str, dict[str, str]]]:
    """List the declared paths that fit, the one that says most first, with their parameters."""
    found = []
    for path in paths:
        parts = [part for part in path.split("/") if part]
        parameters = _fit(parts, wanted)
        if parameters is not None and path != _DEFAULT:
            found.append(([_rank(part) for part in parts], path, parameters))
    return [(path, parameters) for _, path, parameters in sorted(found, key=lambda one: one[0])]


def _rank(part: str) -> int:
    if not part.startswith("{"):
        return 0
    return 2 if part.endswith("+}") else 1


def _fit(parts: list[str], wanted: list[str]) -> dict[str, str] | None:
    if parts and parts[-1].endswith("+}") and len(wanted) >= len(parts):
        last = len(parts) - 1
        wanted = [*wanted[:last], "/".join(wanted[last:])]
    if len(parts) != len(wanted):
        return None
    parameters = {}
    for part, given in zip(parts, wanted, strict=True):
        if part.startswith("{"):
            parameters[part.strip("{+}")] = given
        elif part != given:
            return None
    return parameters
