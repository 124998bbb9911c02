"""Variables of bake files: their types, defaults, and values from outside."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from jettison.bake.entries import EntryError, parse_truth
from jettison.hcl.convert import ConversionError, convert
from jettison.hcl.functions.encoding import decode_json
from jettison.hcl.json_text import json_text
from jettison.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    Primitive,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from jettison.hcl.values import Value, boolean, list_of, map_of, number, set_of, string, tuple_of

JSON_SUFFIX = "_JSON"
"""A value for ``NAME`` as JSON is in ``NAME_JSON``."""


def outside_value(
    name: str, outside: Mapping[str, str], declared: Mapping[str, object], *, typed: bool
) -> tuple[str, bool] | None:
    """The text that the environment or ``--var`` has for a variable, and whether it is JSON; else None."""
    plain = outside.get(name)
    json_name = name + JSON_SUFFIX
    if (plain is None or typed) and json_name not in declared and json_name in outside:
        return outside[json_name], True
    return None if plain is None else (plain, False)


def read_outside(text: str, wanted: Type | None, default: Value | None, *, json: bool) -> Value:
    """The value that a text from outside gives a variable: of its declared type, else of its default's.

    Raises :class:`ConversionError`.
    """
    if wanted is not None and json:
        return convert(decode_json(text), wanted)
    if wanted is not None:
        return _typed(text, wanted)
    if default is None or default.type == DYNAMIC:
        return string(text)
    if isinstance(default.type, Primitive):
        return _primitive(text, default.type)
    raise ConversionError(
        f"a value of type {friendly_name(default.type)} cannot be given from outside without a declared type"
    )


def _typed(text: str, wanted: Type) -> Value:
    """Lists and the like are written as one line of CSV, maps with colons between key and value."""
    if wanted == DYNAMIC:
        return string(text)
    if isinstance(wanted, Primitive):
        return _primitive(text, wanted)
    cells = _cells(text, ",")
    match wanted:
        case ListType(Primitive() as element):
            return list_of([_primitive(cell, element) for cell in cells], element)
        case SetType(Primitive() as element):
            return set_of([_primitive(cell, element) for cell in cells], element)
        case MapType(Primitive() as element):
            pairs = [_cells(cell, ":") for cell in cells]
            if wrong := next((pair for pair in pairs if len(pair) != 2), None):
                raise ConversionError(f"expected one key:value pair, found {':'.join(wrong)!r}")
            return map_of({key: _primitive(value, element) for key, value in pairs}, element)
        case TupleType(elements):
            if len(elements) != len(cells):
                raise ConversionError(f"a tuple of {len(elements)} elements is required, but {len(cells)} are given")
            return tuple_of(_element(cell, element) for cell, element in zip(cells, elements, strict=True))
    raise ConversionError(
        f"a value of type {friendly_name(wanted)} can be given from outside as JSON only, in NAME{JSON_SUFFIX}"
    )


def _element(cell: str, wanted: Type) -> Value:
    if not isinstance(wanted, Primitive):
        raise ConversionError(
            f"an element of type {friendly_name(wanted)} can be given as JSON only, in NAME{JSON_SUFFIX}"
        )
    return _primitive(cell, wanted)


def _primitive(text: str, wanted: Primitive) -> Value:
    if wanted in (STRING, DYNAMIC):
        return string(text)
    if wanted == BOOL:
        try:
            return boolean(parse_truth(text))
        except EntryError as error:
            raise ConversionError(str(error)) from None
    assert wanted == NUMBER
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        raise ConversionError(f"{text!r} is no number")
    return number(Decimal(repr(amount)))


def _cells(text: str, delimiter: str) -> Sequence[str]:
    if not text:
        raise ConversionError("an empty text has no elements")
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ConversionError(f"{text!r}: {error}") from None
    return rows[0] if rows and rows[0] else [""]


def shown_value(value: Value, declared: Type | None) -> str | None:
    """The value as ``--list variables`` has it; None where it is null."""
    if value.is_null:
        return None
    if declared is not None:
        text = json_text(value)
        return text.strip('"') if declared == STRING else text
    if isinstance(value.type, Primitive):
        return convert(value, STRING).text
    return json_text(value)
