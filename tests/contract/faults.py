"""Values that a JSON Schema refuses, one for each thing it says; and the least that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

_OF_EACH_TYPE: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "number": 1.5,
    "string": "7",
    "array": ["7"],
    "object": {"key": "7"},
}


def faults(schema: Schema) -> list[Any]:
    """Wrong types, and what lies just outside of each bound."""
    validator = Draft202012Validator(schema)
    return [value for value in _candidates(schema) if not validator.is_valid(value)]


def _candidates(schema: Schema) -> Iterator[Any]:
    yield from _OF_EACH_TYPE.values()
    for member in schema.get("anyOf", []):
        yield from _candidates(_part(schema, member))
    match schema:
        case {"minimum": bound}:
            yield bound - 1
        case {"exclusiveMinimum": bound}:
            yield from (bound, bound - 1)
    match schema:
        case {"maximum": bound}:
            yield bound + 1
        case {"exclusiveMaximum": bound}:
            yield from (bound, bound + 1)
    if "multipleOf" in schema:
        yield schema["multipleOf"] + 1
    yield from ("", [], {})
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if "enum" in schema or "pattern" in schema:
        yield from ("none of these", *(str(one).upper() for one in schema.get("enum", [])))
    yield from _with_bad_parts(schema)


def _with_bad_parts(schema: Schema) -> Iterator[Any]:
    if "items" in schema:
        items = _part(schema, schema["items"])
        yield from ([fault] for fault in faults(items))
        if "maxItems" in schema:
            yield [least(items)] * (schema["maxItems"] + 1)
    if isinstance(values := schema.get("additionalProperties"), dict):
        values = _part(schema, values)
        key = schema.get("propertyNames", {}).get("const", "key")
        yield from ({key: fault} for fault in faults(values))
        if "maxProperties" in schema:
            yield {f"key-{at}": least(values) for at in range(schema["maxProperties"] + 1)}


def least(schema: Schema) -> Any:
    """Return a small value that the schema takes, by its types and bounds."""
    match schema:
        case {"$ref": name}:
            return least(_part(schema, schema["$defs"][name.rpartition("/")[2]]))
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]}:
            return least(_part(schema, first))
        case {"const": value} | {"enum": [value, *_]}:
            return value
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    match kind:
        case "boolean":
            return True
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "string":
            return "x" * schema.get("minLength", 1)
        case "array":
            return [least(_part(schema, schema["items"]))] * schema.get("minItems", 0)
        case "object":
            parts = schema.get("properties", {})
            return {name: least(_part(schema, parts[name])) for name in schema.get("required", [])}
    raise AssertionError(f"no value of {schema}")


def _part(whole: Schema, part: Schema) -> Schema:
    """Return the part with the definitions it may refer to."""
    return {**part, "$defs": whole.get("$defs", {})}
