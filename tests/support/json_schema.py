"""As much of JSON Schema as the schemas in ``docs/schemas`` use; whatever else they say is an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "docs/schemas"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_REMARKS = {"$schema", "$id", "title", "description", "$defs", "examples"}


def faults(document: Any, schema_name: str) -> list[str]:
    """What of a document is not as its schema says; keys that the schema does not tell of are faults too."""
    schema = json.loads((SCHEMAS / schema_name).read_text())
    return list(_faults(document, schema, schema, "$"))


def _faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    known = {"$ref", "type", "enum", "pattern", "properties", "required", "items", "additionalProperties", *_REMARKS}
    if unknown := schema.keys() - known:
        yield f"{place}: the test does not know {sorted(unknown)}"
    if "$ref" in schema:
        yield from _faults(value, _resolved(root, schema["$ref"]), root, place)
    if "type" in schema and not _is_of(value, schema["type"]):
        yield f"{place}: {value!r} is no {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not one of {schema['enum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{place}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, dict) and ("properties" in schema or "additionalProperties" in schema):
        yield from _object_faults(value, schema, root, place)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _faults(item, schema["items"], root, f"{place}[{number}]")


def _object_faults(
    value: dict[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str
) -> Iterator[str]:
    properties = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{place}: {key} is missing"
    for key, item in value.items():
        inner = properties.get(key, schema.get("additionalProperties"))
        if inner is None:
            yield f"{place}: {key} is not in the schema"
        else:
            yield from _faults(item, inner, root, f"{place}.{key}")


def _is_of(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    return any(
        isinstance(value, _TYPES[name]) and not (isinstance(value, bool) and name in ("integer", "number"))
        for name in names
    )


def _resolved(root: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found
