"""Functions that write and read JSON, CSV, base64 and URLs, and that compute digests."""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from urllib.parse import quote_plus

from jettison.hcl.convert import ConversionError
from jettison.hcl.functions.interface import Function, FunctionError, any_of, text_of
from jettison.hcl.json_text import json_text
from jettison.hcl.json_tree import JsonArray, JsonObject, JsonScalar, JsonValue, parse_json
from jettison.hcl.types import STRING, ObjectType
from jettison.hcl.values import Value, boolean, list_of, null, number, object_of, string, tuple_of
from jettison.text.diagnostics import SourceError
from jettison.text.span import Source


def _digest(name: str, compute: Callable[[bytes], str]) -> Function:
    return Function(name, (text_of("str"),), lambda values: string(compute(values[0].text.encode())))


def _base64_decode(values: Sequence[Value]) -> Value:
    try:
        return string(base64.b64decode(values[0].text.replace("\r", "").replace("\n", ""), validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        raise FunctionError("this is no text in base64", 0) from None


def _json_decode(values: Sequence[Value]) -> Value:
    try:
        return decode_json(values[0].text)
    except ConversionError as error:
        raise FunctionError(str(error), 0) from None


def decode_json(text: str) -> Value:
    """The value that a JSON text stands for. Raises :class:`ConversionError`."""
    try:
        return _value(parse_json(Source(text, "JSON")))
    except SourceError as error:
        raise ConversionError(f"this is no JSON: {error.problems[0].message}") from None


def _value(tree: JsonValue) -> Value:
    match tree:
        case JsonObject(members):
            return object_of({name.text: _value(member) for name, member in members})
        case JsonArray(elements):
            return tuple_of(_value(element) for element in elements)
        case JsonScalar(None):
            return null()
        case JsonScalar(bool(truth)):
            return boolean(truth)
        case JsonScalar(str(text)):
            return string(text)
        case JsonScalar(amount):
            assert isinstance(amount, Decimal)
            return number(amount)


def _csv_decode(values: Sequence[Value]) -> Value:
    try:
        rows = [row for row in csv.reader(values[0].text.splitlines(keepends=True), strict=True) if row]
    except csv.Error as error:
        raise FunctionError(f"this is no CSV: {error}", 0) from None
    if not rows:
        raise FunctionError("missing header line", 0)
    header, *rows = rows
    if len(set(header)) < len(header):
        raise FunctionError("a column's name is there twice", 0)
    if any(len(row) != len(header) for row in rows):
        raise FunctionError("a row has another number of fields than the header", 0)
    records = [object_of({name: string(cell) for name, cell in zip(header, row, strict=True)}) for row in rows]
    return list_of(records, ObjectType.of(dict.fromkeys(header, STRING)))


FUNCTIONS = (
    Function("jsonencode", (any_of("val", null=True),), lambda values: string(json_text(values[0]))),
    Function("jsondecode", (text_of("str"),), _json_decode),
    Function("csvdecode", (text_of("str"),), _csv_decode),
    Function(
        "base64encode", (text_of("str"),), lambda values: string(base64.b64encode(values[0].text.encode()).decode())
    ),
    Function("base64decode", (text_of("str"),), _base64_decode),
    Function("urlencode", (text_of("str"),), lambda values: string(quote_plus(values[0].text, safe="~"))),
    _digest("md5", lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest()),
    _digest("sha1", lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest()),
    _digest("sha256", lambda data: hashlib.sha256(data).hexdigest()),
    _digest("sha512", lambda data: hashlib.sha512(data).hexdigest()),
)
