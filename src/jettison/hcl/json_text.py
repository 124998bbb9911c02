"""HCL values as JSON texts, in the spelling of Go's ``encoding/json``."""

from __future__ import annotations

import json

from jettison.hcl.numbers import format_number
from jettison.hcl.types import NUMBER
from jettison.hcl.values import Value

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def go_escaped(document: str) -> str:
    """A JSON document with the characters escaped that Go escapes for the sake of HTML."""
    for character, escape in _ESCAPED.items():
        document = document.replace(character, escape)
    return document


def json_text(value: Value) -> str:
    """The value without blanks, names sorted."""
    if value.is_null:
        return "null"
    if value.type == NUMBER:
        return format_number(value.number)
    if value.is_sequence:
        return f"[{','.join(json_text(item) for item in value.items)}]"
    if value.is_mapping:
        members = (f"{_quoted(name)}:{json_text(item)}" for name, item in value.entries.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value.raw, bool):
        return "true" if value.raw else "false"
    return _quoted(value.text)


def _quoted(text: str) -> str:
    return go_escaped(json.dumps(text, ensure_ascii=False))
