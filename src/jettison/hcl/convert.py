"""Conversions between HCL types, and the type that several values have in common (go-cty ``docs/convert.md``)."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.hcl.numbers import format_number, parse_number
from jettison.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from jettison.hcl.values import Value, boolean, list_of, map_of, null, number, set_of, string


class ConversionError(Exception):
    """A value cannot become what it is asked to be. The text says why, and belongs to whoever knows the place."""


_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_PREFERENCE = (STRING, NUMBER, BOOL)
"""Which primitive type several different ones become."""


def convert(value: Value, wanted: Type) -> Value:
    """``value`` as a value of the type ``wanted``. Raises :class:`ConversionError`."""
    if wanted in (value.type, DYNAMIC):
        return value
    if value.is_null:
        return null(wanted)
    converted = _convert(value, wanted)
    if converted is None:
        raise ConversionError(f"{_required(wanted)}, but this is {_article(friendly_name(value.type))}")
    return converted


def _convert(value: Value, wanted: Type) -> Value | None:
    """None where nothing of the type can become the other."""
    match wanted:
        case Primitive():
            return _to_primitive(value, wanted)
        case ListType(element) if value.is_sequence:
            items, type_ = _elements(value.items, element)
            return list_of(items, type_)
        case SetType(element) if value.is_sequence:
            items, type_ = _elements(value.items, element)
            return set_of(items, type_)
        case MapType(element) if value.is_mapping:
            items, type_ = _elements(tuple(value.entries.values()), element)
            return map_of(dict(zip(value.entries, items, strict=True)), type_)
        case TupleType(elements) if isinstance(value.type, TupleType):
            if len(elements) != len(value.items):
                raise ConversionError(
                    f"a tuple of {len(elements)} elements is required, but this has {len(value.items)}"
                )
            pairs = enumerate(zip(value.items, elements, strict=True))
            return _typed_tuple(tuple(_part(item, type_, f"element {index}") for index, (item, type_) in pairs))
        case ObjectType() if value.is_mapping:
            return _to_object(value, wanted)
    return None


def _typed_tuple(items: tuple[Value, ...]) -> Value:
    return Value(TupleType(tuple(item.type for item in items)), items)


def _to_primitive(value: Value, wanted: Primitive) -> Value | None:
    if wanted == STRING and value.type == NUMBER:
        return string(format_number(value.number))
    if wanted == STRING and value.type == BOOL:
        return string("true" if value.truth else "false")
    if value.type != STRING:
        return None
    if wanted == NUMBER:
        amount = parse_number(value.text)
        if amount is None:
            raise ConversionError("a number is required")
        return number(amount)
    if value.text not in _TRUTHS:
        hint = '; to convert from string, use lowercase "true" or "false"' if value.text.lower() in _TRUTHS else ""
        raise ConversionError(f"a bool is required{hint}")
    return boolean(_TRUTHS[value.text])


def _elements(values: tuple[Value, ...], wanted: Type) -> tuple[tuple[Value, ...], Type]:
    """The elements of a collection; where their type does not matter they get one in common."""
    if wanted == DYNAMIC and values:
        common = unify([value.type for value in values])
        if common is None:
            raise ConversionError("all elements must have the same type")
        wanted = common
    return tuple(_part(value, wanted, f"element {index}") for index, value in enumerate(values)), wanted


def _to_object(value: Value, wanted: ObjectType) -> Value:
    entries = {}
    for name, type_ in wanted.attributes:
        if name in value.entries:
            entries[name] = _part(value.entries[name], type_, f"attribute {name!r}")
        elif name in wanted.optional:
            entries[name] = null(type_)
        else:
            raise ConversionError(f"attribute {name!r} is required")
    return Value(ObjectType.of({name: element.type for name, element in entries.items()}), entries)


def _part(value: Value, wanted: Type, where: str) -> Value:
    try:
        return convert(value, wanted)
    except ConversionError as error:
        raise ConversionError(f"{where}: {error}") from None


def unify(types: Sequence[Type]) -> Type | None:
    """The type that values of all these types can become; None where there is none."""
    first = types[0]
    if all(type_ == first for type_ in types):
        return first
    if DYNAMIC in types:
        return DYNAMIC
    if all(isinstance(type_, Primitive) for type_ in types):
        wanted = next(type_ for type_ in _PREFERENCE if type_ in types)
        return wanted if wanted == STRING else None
    if all(isinstance(type_, TupleType | ListType | SetType) for type_ in types):
        return _unify_sequences(types)
    if all(isinstance(type_, ObjectType | MapType) for type_ in types):
        return _unify_mappings(types)
    return None


def _unify_sequences(types: Sequence[Type]) -> Type | None:
    rows = [type_.elements for type_ in types if isinstance(type_, TupleType)]
    if len(rows) == len(types) and len({len(row) for row in rows}) == 1:
        parts = [unify(column) for column in zip(*rows, strict=True)]
        if all(part is not None for part in parts):
            return TupleType(tuple(part for part in parts if part is not None))
        return None
    elements = [element for row in rows for element in row]
    elements += [type_.element for type_ in types if isinstance(type_, ListType | SetType)]
    common = unify(elements)
    if common is None:
        return None
    return SetType(common) if all(isinstance(type_, SetType) for type_ in types) else ListType(common)


def _unify_mappings(types: Sequence[Type]) -> Type | None:
    objects = [type_.by_name() for type_ in types if isinstance(type_, ObjectType)]
    if len(objects) == len(types) and all(each.keys() == objects[0].keys() for each in objects):
        parts = {name: unify([each[name] for each in objects]) for name in objects[0]}
        if all(part is not None for part in parts.values()):
            return ObjectType.of({name: part for name, part in parts.items() if part is not None})
        return None
    elements = [element for each in objects for element in each.values()]
    elements += [type_.element for type_ in types if isinstance(type_, MapType)]
    common = unify(elements)
    return None if common is None else MapType(common)


def _required(wanted: Type) -> str:
    return f"{_article(friendly_name(wanted))} is required"


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"
