"""One request over HTTP: which service's operation it is, and whether it is as its model says.

What is handed on to moto is made anew from what was checked here. moto looks for the operation, the
account, the region and the parameters in more places than AWS does, and would read another request
than the one that was checked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, unquote_to_bytes, urlencode

from moto.core.model import OperationModel
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import NotFound

from sandbox.kernel.environment import REGION
from sandbox.kernel.wire import body, constraints, json_input, query_input, rest_input
from sandbox.kernel.wire.errors import Answer, RefusedError, beyond, serialized
from sandbox.kernel.wire.services import SERVICES, Service, others
from sandbox.kernel.wire.signature import Scope, scope_of

# Of S3's objects. All others that AWS reads begin with X-Amz.
_HEADERS = frozenset(
    {
        "HTTP_CACHE_CONTROL",
        "HTTP_CONTENT_DISPOSITION",
        "HTTP_CONTENT_LANGUAGE",
        "HTTP_CONTENT_MD5",
        "HTTP_EXPIRES",
        "HTTP_HOST",
        "HTTP_IF_MATCH",
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_IF_NONE_MATCH",
        "HTTP_IF_UNMODIFIED_SINCE",
        "HTTP_RANGE",
    }
)
_TARGET = "HTTP_X_AMZ_TARGET"
_UNCHUNKED = (
    "HTTP_X_AMZ_CONTENT_SHA256",
    "HTTP_X_AMZ_TRAILER",
    "HTTP_X_AMZ_DECODED_CONTENT_LENGTH",
)
# By which code a service refuses parameters that its model does not allow.
_INVALID = {
    "lambda": "ValidationException",
    "logs": "InvalidParameterException",
    "s3": "InvalidRequest",
    "sqs": "InvalidParameterValue",
}
_QUEUE_PATH = 3  # "/123456789012/my-queue", to which old clients send what is for a queue


class RefusedCallError(Exception):
    """A request that was refused, with the answer in its service's form."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True)
class Call:
    """An operation of a service, and moto's request for it."""

    service: Service
    protocol: str
    operation: OperationModel
    request: Request

    @property
    def name(self) -> str:
        return f"{self.service.name}:{self.operation.name}"

    def refuse(self, error: RefusedError) -> Answer:
        return serialized(error, self.service.model, self.protocol, self.operation)


def read(environ: dict[str, Any], target: str) -> Call:
    """Of a WSGI environment and the path and query as they came; or RefusedCallError."""
    path, _, query = target.partition("?")
    try:
        scope = scope_of(
            environ.get("HTTP_AUTHORIZATION"), dict(parse_qsl(query)), environ["REQUEST_METHOD"]
        )
        service = _service(scope)
    except RefusedError as error:
        raise RefusedCallError(_to_nobody(error, environ, query)) from error
    reading = _Reading(environ, scope, service, path, query)
    try:
        return reading.call()
    except RefusedError as error:
        answer = serialized(error, service.model, reading.protocol, reading.operation)
        raise RefusedCallError(answer) from error


def _to_nobody(error: RefusedError, environ: dict[str, Any], query: str) -> Answer:
    """Of which service, nobody knows: as all do that speak as this client does."""
    if _is_form(environ) or "Action=" in query:
        return serialized(error, SERVICES["sts"].model, "query")
    return serialized(error)


def _is_form(environ: dict[str, Any]) -> bool:
    return bool(environ.get("CONTENT_TYPE", "").startswith(query_input.CONTENT_TYPE))


def _service(scope: Scope) -> Service:
    service = SERVICES.get(scope.service)
    if service is not None and scope.region == REGION:
        return service
    if service is not None:
        raise beyond(f"{service.name} in {scope.region}", NotImplementedError(f"it is in {REGION}"))
    if scope.service in others():
        known = ", ".join(sorted(one.name for one in SERVICES.values()))
        raise beyond(scope.service, NotImplementedError(f"it has {known}"))
    raise RefusedError(
        "InvalidSignatureException",
        f"Credential should be scoped to a valid service, not {scope.service!r}.",
        403,
    )


class _Reading:
    def __init__(
        self, environ: dict[str, Any], scope: Scope, service: Service, path: str, query: str
    ) -> None:
        self._environ, self._scope, self._service = environ, scope, service
        self._path, self._query = path, query
        self.protocol = self._protocol()
        self.operation: OperationModel | None = None

    def _protocol(self) -> str:
        """Choose among several protocols: whoever sends neither target nor form has a query."""
        model = self._service.model
        known = model.metadata.get("protocols", [model.protocol])
        if "json" not in known:
            return str(known[0])
        asked = _TARGET not in self._environ and "Action=" in self._query
        return "query" if "query" in known and (_is_form(self._environ) or asked) else "json"

    def call(self) -> Call:
        content = body.received(self._environ, self._service.most)
        if self._environ.get("HTTP_CONTENT_ENCODING") == "gzip" and self._service.name != "s3":
            content = body.unzipped(content, self._service.most)
        match self.protocol:
            case "json":
                request, given = self._read_json(content)
            case "query":
                request, given = self._read_query(content)
            case "rest-json":
                request, given = self._read_rest_json(content)
            case _:
                request, given = self._read_rest_xml(content)
        operation = self.operation
        assert operation is not None
        wrong = operation.input_shape and constraints.problems(operation.input_shape, given)
        if wrong:
            raise RefusedError(self._invalid(), wrong)
        return Call(self._service, self.protocol, operation, request)

    def _invalid(self) -> str:
        default = "ValidationError" if self.protocol == "query" else "ValidationException"
        return _INVALID.get(self._service.name, default)

    def _read_json(self, content: bytes) -> tuple[Request, dict[str, Any]]:
        model = self._service.model
        prefix, _, name = self._environ.get(_TARGET, "").rpartition(".")
        posted = self._environ["REQUEST_METHOD"] == "POST" and self._is_at_home()
        if not posted or prefix != model.metadata["targetPrefix"]:
            raise self._unknown("UnknownOperationException", f"{prefix}.{name}")
        self.operation = self._known(name, "UnknownOperationException")
        shape = self.operation.input_shape
        sent = json_input.parsed(content)
        sent = json_input.conforming(shape, sent) if shape else {}
        version = model.metadata.get("jsonVersion", "1.1")
        request = self._request(
            json.dumps(sent).encode(),
            f"application/x-amz-json-{version}",
            query="",
            **{_TARGET: f"{prefix}.{name}"},
        )
        return request, json_input.by_member(shape, sent) if shape else {}

    def _read_query(self, content: bytes) -> tuple[Request, dict[str, Any]]:
        form = query_input.form(self._query, content)
        if self._environ["REQUEST_METHOD"] not in ("GET", "POST") or not self._is_at_home():
            raise self._unknown("InvalidAction", self._path)
        version = self._service.model.api_version
        if form.setdefault("Version", version) != version:
            name, asked = form.get("Action", ""), form["Version"]
            raise self._unknown("InvalidAction", f"{name} for version {asked}")
        if not form.get("Action"):
            raise RefusedError("MissingAction", "The request has no parameter Action.")
        self.operation = self._known(form["Action"], "InvalidAction")
        given = query_input.parameters(self.operation, form)
        sent = urlencode(form).encode()
        return self._request(sent, query_input.CONTENT_TYPE, query="", REQUEST_METHOD="POST"), given

    def _read_rest_json(self, content: bytes) -> tuple[Request, dict[str, Any]]:
        request = self._request(content, "application/json")
        labels = self._route(request, "UnknownOperationException", 404)
        assert self.operation is not None
        given, sent = rest_input.json_parameters(self.operation, request, labels, content)
        if sent is not None and self._environ["REQUEST_METHOD"] != "GET":
            return self._request(json.dumps(sent).encode(), "application/json"), given
        if sent is None:
            self._check_payload(content)
        return request, given

    def _check_payload(self, content: bytes) -> None:
        """Refuse a payload that is no text: moto reads every body as text."""
        try:
            content.decode()
        except UnicodeDecodeError as error:
            raise RefusedError(
                "InvalidRequestContentException",
                f"Could not parse request body into json: Invalid UTF-8: {error.reason}",
            ) from error

    def _read_rest_xml(self, content: bytes) -> tuple[Request, dict[str, Any]]:
        changed: dict[str, Any] = {}
        if self._environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-"):
            content, changed = body.unchunked(content), dict.fromkeys(_UNCHUNKED)
        encoding = self._environ.get("HTTP_CONTENT_ENCODING", "")
        rest = [part for part in map(str.strip, encoding.split(",")) if part != "aws-chunked"]
        changed["HTTP_CONTENT_ENCODING"] = ",".join(rest) or None
        content_type = self._environ.get("CONTENT_TYPE", "")
        if content_type.startswith(("multipart/form-data", query_input.CONTENT_TYPE)):
            content_type = "application/octet-stream"  # else moto takes it for a browser's form
        request = self._request(content, content_type, **changed)
        labels = self._route(request, "MethodNotAllowed", 405)
        assert self.operation is not None
        if self.operation.name == "PostObject":  # moto's name for it
            raise beyond("s3", NotImplementedError("it takes no forms of browsers"))
        return request, rest_input.xml_parameters(self.operation, request, labels, content)

    def _route(self, request: Request, code: str, status: int) -> dict[str, Any]:
        try:
            operation, labels = get_service_router(self._service.name).match(request)
        except NotFound as error:
            told = f"{request.method} {self._path}"
            raise self._unknown(code, told, status) from error
        self.operation = operation
        return dict(labels)

    def _known(self, name: str, code: str) -> OperationModel:
        model = self._service.model
        if name not in model.operation_names:
            raise self._unknown(code, name)
        return model.operation_model(name)

    def _unknown(self, code: str, name: str, status: int = 400) -> RefusedError:
        message = f"Could not find operation {name} of {self._service.name}"
        return RefusedError(code, message, status)

    def _is_at_home(self) -> bool:
        """All but REST have one path; queues have one each."""
        parts = self._path.split("/")
        queue = self._service.name == "sqs" and len(parts) == _QUEUE_PATH and parts[1].isdigit()
        return self._path == "/" or queue

    def _request(
        self, content: bytes, content_type: str, query: str | None = None, **more: str | None
    ) -> Request:
        """As if this had come, with nothing else to find an operation, account or region in."""
        found = {
            name: value
            for name, value in self._environ.items()
            if name in _HEADERS or (name.startswith("HTTP_X_AMZ_") and name != _TARGET)
        }
        if "HTTP_AUTHORIZATION" in self._environ:
            found["HTTP_AUTHORIZATION"] = self._scope.header
        query = _without_action(self._query) if query is None else query
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self._environ["REQUEST_METHOD"],
            "SCRIPT_NAME": "",
            "PATH_INFO": _decoded(self._path),
            "QUERY_STRING": query,
            "RAW_URI": f"{self._path}?{query}" if query else self._path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(content),
            "CONTENT_LENGTH": str(len(content)),
            "CONTENT_TYPE": content_type,
            PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
            **found,
            **more,
        }
        return Request({name: value for name, value in environ.items() if value is not None})


def _without_action(query: str) -> str:
    """Leave out Action, which moto takes for the operation's name, in REST too."""
    parts = query.split("&")
    return "&".join(part for part in parts if unquote_plus(part.partition("=")[0]) != "Action")


def _decoded(path: str) -> str:
    """As WSGI has it: bytes, each as one character."""
    return unquote_to_bytes(path).decode("latin-1")
