"""Inputs that keep to the schema, for Hypothesis to draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Schema = Mapping[str, Any]
Values = st.SearchStrategy[Any]

_MORE = 3  # keys that an object has besides those it needs


def inputs_by(schema: Schema) -> Values:
    """Whole inputs, of one function and of groups."""
    one = {name: schema["properties"][name] for name in ("function-name", "alias-name")}
    several = {"functions": schema["properties"]["functions"]}
    others = {name: of for name, of in schema["properties"].items() if name not in one | several}
    made = _objects(one, others, schema["$defs"]) | _objects(several, others, schema["$defs"])
    return made.filter(Draft202012Validator(schema).is_valid)


def values_by(schema: Schema, named: Schema) -> Values:
    """Values of one key; `named` are the definitions that it may refer to."""
    match schema:
        case {"$ref": name}:
            return values_by(named[name.rpartition("/")[2]], named)
        case {"const": value}:
            return st.just(value)
        case {"enum": values}:
            return st.sampled_from(values)
        case {"anyOf": members} | {"oneOf": members}:
            return st.one_of([values_by(member, named) for member in members])
        case {"pattern": pattern}:
            return st.from_regex(pattern, fullmatch=True)
        case {"type": [*kinds]}:
            return st.one_of([values_by({"type": kind}, named) for kind in kinds])
    match schema["type"]:
        case "boolean":
            return st.booleans()
        case "integer":
            return _whole_numbers(schema)
        case "number":
            return _numbers(schema)
        case "string":
            least = schema.get("minLength", 0)
            return st.text(min_size=least, max_size=min(schema.get("maxLength", 8), least + 8))
        case "array":
            least = schema.get("minItems", 0)
            items = values_by(schema.get("items", {"type": "integer"}), named)
            return st.lists(items, min_size=least, max_size=least + 2)
        case "object":
            properties, needed = schema.get("properties", {}), schema.get("required", [])
            return _objects(
                {name: of for name, of in properties.items() if name in needed},
                {name: of for name, of in properties.items() if name not in needed},
                named,
            )
    raise AssertionError(f"no values of {schema}")


def _objects(needed: Schema, others: Schema, named: Schema) -> Values:
    @st.composite
    def drawn(draw: st.DrawFn) -> dict[str, Any]:
        some = st.lists(st.sampled_from(sorted(others)), max_size=_MORE, unique=True)
        names = [*needed, *(draw(some) if others else [])]
        return {name: draw(values_by({**needed, **others}[name], named)) for name in names}

    return drawn()


def _whole_numbers(schema: Schema) -> Values:
    step = schema.get("multipleOf", 1)
    least, most = schema.get("minimum", -1_000), schema.get("maximum", 1_000)
    return st.integers(-(-least // step), most // step).map(lambda number: number * step)


def _numbers(schema: Schema) -> Values:
    """Few of them with more than two decimals, which percents must not have."""
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1_000))
    most = schema.get("maximum", schema.get("exclusiveMaximum", 1_000))
    hundredths = st.integers(int(100 * least) + 1, int(100 * most) - 1)
    return hundredths.map(lambda number: number / 100) | st.floats(
        least, most, exclude_min=True, exclude_max=True
    )
