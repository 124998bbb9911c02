"""A check of documents against a JSON schema, as far as this project's schemas use the language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_KNOWN = frozenset(
    [
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "type",
        "const",
        "enum",
        "minimum",
        "maximum",
        "items",
        "properties",
        "required",
    ]
) | {"additionalProperties"}


def faults(document: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Where a document is not what the schema says; a word of the schema that is not known here is a fault too."""
    yield from (f"{place}: the schema says {word!r}" for word in schema.keys() - _KNOWN)
    if "$ref" in schema:
        target: Mapping[str, Any] = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from faults(document, target, root, place)
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if kinds and not any(_is(document, kind) for kind in kinds):
        yield f"{place}: {document!r} is no {' or '.join(kinds)}"
        return
    if ("const" in schema and document != schema["const"]) or ("enum" in schema and document not in schema["enum"]):
        yield f"{place}: {document!r} is not allowed"
    if isinstance(document, int | float):
        if not schema.get("minimum", document) <= document <= schema.get("maximum", document):
            yield f"{place}: {document} is out of range"
    elif isinstance(document, list):
        for number, item in enumerate(document):
            yield from faults(item, schema.get("items", {}), root, f"{place}/{number}")
    elif isinstance(document, dict):
        properties = schema.get("properties", {})
        yield from (f"{place}: {name!r} is missing" for name in schema.get("required", ()) if name not in document)
        for name, value in document.items():
            if name in properties:
                yield from faults(value, properties[name], root, f"{place}/{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{place}: {name!r} is not in the schema"


def _is(document: Any, kind: str) -> bool:
    return isinstance(document, _TYPES[kind]) and (kind == "boolean" or not isinstance(document, bool))
