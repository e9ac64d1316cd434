"""What the sandbox knows of each resource type agrees with CloudFormation's own schemas."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from sandbox.services.cloudformation.resources import RESOURCE_TYPES
from sandbox.services.cloudformation.resources.base import ResourceType
from sandbox.services.cloudformation.shapes import Json, ListOf, MapOf, Record, Scalar, Shape

SCHEMAS = Path(cfnlint.__file__).parent / "data/schemas/providers/us_east_1"
KINDS = sorted(RESOURCE_TYPES.values(), key=lambda kind: kind.name)
JSON_TYPES = {"text": "string", "integer": "integer", "number": "number", "boolean": "boolean"}

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def schema_of(kind: ResourceType) -> dict[str, Any]:
    name = kind.name.lower().replace("::", "-")
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return schema


def last_parts(pointers: list[str]) -> set[str]:
    """Of `/properties/Name`; what lies deeper is left out."""
    return {pointer.split("/")[2] for pointer in pointers if pointer.count("/") == 2}


def differences(
    shape: Shape, schema: dict[str, Any], root: dict[str, Any], at: str
) -> Iterator[str]:
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    types = schema.get("type", "object")
    types = types if isinstance(types, list) else [types]
    match shape:
        case Scalar():
            if JSON_TYPES[shape.name] not in types:
                yield f"{at}: {shape.name} here, {types} there"
        case ListOf():
            yield from differences(shape.item, schema["items"], root, f"{at}[]")
        case MapOf() | Json():
            if "object" not in types:
                yield f"{at}: an object here, {types} there"
        case Record():
            known = schema["properties"]
            yield from (f"{at}: no {name} there" for name in shape.known.keys() - known.keys())
            if not shape.required <= set(schema.get("required", [])):
                yield f"{at}: requires {shape.required} here, {schema.get('required')} there"
            for name in shape.known.keys() & known.keys():
                yield from differences(shape.known[name], known[name], root, f"{at}.{name}")


@pytest.mark.proves("S59")
@each_kind
def test_properties_are_those_of_the_schema_with_their_types(kind: ResourceType) -> None:
    schema = schema_of(kind)
    assert list(differences(kind.shape, schema, schema, kind.name)) == []
    assert kind.shape.required == set(schema.get("required", []))


@each_kind
def test_resources_are_replaced_when_the_schema_says_so(kind: ResourceType) -> None:
    schema = schema_of(kind)
    create_only = last_parts(schema.get("createOnlyProperties", []))
    conditional = last_parts(schema.get("conditionalCreateOnlyProperties", []))
    known = set(kind.shape.known)
    assert create_only & known <= kind.replaced_by | {*kind.fixed}
    assert kind.replaced_by | {*kind.fixed} <= (create_only | conditional) & known


@each_kind
def test_attributes_are_those_of_the_schema(kind: ResourceType) -> None:
    schema = schema_of(kind)
    answered = last_parts([*schema.get("readOnlyProperties", []), *schema["primaryIdentifier"]])
    assert kind.attributes <= answered | set(schema["properties"])
