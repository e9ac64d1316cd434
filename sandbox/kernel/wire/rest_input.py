"""An input of the REST protocols: in the path, the query, headers and a body of JSON or XML."""

from __future__ import annotations

from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import RestJSONParser, RestXMLParser
from moto.core.request import Request

from sandbox.kernel.wire import json_input
from sandbox.kernel.wire.errors import RefusedError

# A thousand keys to delete, of a thousand bytes each.
MOST_XML = 2 << 20
# What they say can stand in headers, or be left to S3.
BODY_OPTIONAL = frozenset({"CreateBucket", "PutBucketAcl", "PutObjectAcl"})


def json_parameters(
    operation: OperationModel, request: Request, labels: dict[str, Any], body: bytes
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Those that the operation has, by name; and its body, conforming (None: it is no JSON)."""
    shape = operation.input_shape
    if shape is None:
        return {}, None
    found = _outside_the_body(RestJSONParser(operation), request, labels)
    payload = shape.serialization.get("payload")
    if payload is None:
        sent = json_input.conforming(shape, json_input.parsed(body))
        return {**found, **json_input.by_member(shape, sent)}, sent
    member = shape.members[payload]
    if member.type_name == "structure":
        sent = json_input.conforming(member, json_input.parsed(body))
        return {**found, payload: json_input.by_member(member, sent)}, sent
    return {**found, payload: body}, None


def xml_parameters(
    operation: OperationModel, request: Request, labels: dict[str, Any], body: bytes
) -> dict[str, Any]:
    """Read an operation's parameters from path, query, headers and an XML body."""
    shape = operation.input_shape
    if shape is None:
        return {}
    payload = shape.members.get(shape.serialization.get("payload"))
    if payload is None or payload.type_name != "structure":
        return _outside_the_body(RestXMLParser(operation), request, labels)
    if not body:
        if operation.name not in BODY_OPTIONAL:
            raise RefusedError("MissingRequestBodyError", "Request Body is empty")
        return _outside_the_body(RestXMLParser(operation), request, labels)
    if len(body) > MOST_XML:
        raise _malformed(f"it has more than {MOST_XML} bytes")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise _malformed("no document type may be declared")
    try:
        found: dict[str, Any] = RestXMLParser(operation).parse(_given(request, labels, body))
    except RecursionError as error:
        raise _malformed("nested too deeply") from error
    except Exception as error:  # moto's parser fails in many ways
        raise _malformed(str(error)) from error
    return found


def _outside_the_body(parser: Any, request: Request, labels: dict[str, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = parser.parse(_given(request, labels, b""))
    except (ValueError, OverflowError, RuntimeError) as error:
        raise RefusedError(
            "SerializationException", f"A parameter is of another type: {error}"
        ) from error
    return {name: value for name, value in found.items() if value is not None}


def _given(request: Request, labels: dict[str, Any], body: bytes) -> dict[str, Any]:
    return {
        "method": request.method,
        "values": request.args,
        "headers": request.headers,
        "body": body,
        "url_path": request.path,
        "url_params": labels,
    }


def _malformed(why: str) -> RefusedError:
    return RefusedError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published "
        f"schema: {why}",
    )
