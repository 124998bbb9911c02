"""Functions on lists, tuples, maps and objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from jettison.hcl.convert import ConversionError, convert, unify
from jettison.hcl.functions.interface import Function, FunctionError, Parameter, any_of, number_of, text_of, whole
from jettison.hcl.operators import are_equal
from jettison.hcl.types import DYNAMIC, NUMBER, STRING, ListType, MapType, SetType, friendly_name
from jettison.hcl.values import (
    Value,
    boolean,
    list_of,
    map_of,
    number,
    object_of,
    string,
    strings,
    tuple_of,
)

_ANY_LIST = ListType(DYNAMIC)
_NULLABLE = Parameter("vals", DYNAMIC, allow_null=True)


def _sequence(values: Sequence[Value], place: int, *, sets: bool = True) -> tuple[Value, ...]:
    value = values[place]
    if not value.is_sequence or (not sets and isinstance(value.type, SetType)):
        raise FunctionError(f"a list or tuple is required, not {friendly_name(value.type)}", place)
    return value.items


def _mapping(values: Sequence[Value], place: int) -> dict[str, Value]:
    value = values[place]
    if not value.is_mapping:
        raise FunctionError(f"a map or object is required, not {friendly_name(value.type)}", place)
    return value.entries


def _like(value: Value, items: Iterable[Value]) -> Value:
    """The items as a list where ``value`` has elements of one type, else as a tuple."""
    if isinstance(value.type, ListType | SetType):
        return list_of(tuple(items), value.type.element)
    return tuple_of(items)


def _length(values: Sequence[Value]) -> Value:
    (value,) = values
    if not value.is_sequence and not isinstance(value.type, MapType):
        raise FunctionError(f"a list, set, map or tuple is required, not {friendly_name(value.type)}", 0)
    return number(len(value.items if value.is_sequence else value.entries))


def _element(values: Sequence[Value]) -> Value:
    items = _sequence(values, 0, sets=False)
    if not items:
        raise FunctionError("cannot use element function with an empty list", 0)
    return items[whole(values, 1) % len(items)]


def _index(values: Sequence[Value]) -> Value:
    found = _find(values)
    if found is None:
        raise FunctionError("there is no such element", 1)
    return found


def _find(values: Sequence[Value]) -> Value | None:
    collection, key = values
    try:
        if isinstance(collection.type, MapType):
            return collection.entries.get(convert(key, STRING).text)
        items = _sequence(values, 0, sets=False)
        place = convert(key, NUMBER).number
    except ConversionError:
        return None
    if place != place.to_integral_value() or not 0 <= place < len(items):
        return None
    return items[int(place)]


def _concat(values: Sequence[Value]) -> Value:
    if not values:
        raise FunctionError("at least one argument is required")
    items = [item for place in range(len(values)) for item in _sequence(values, place, sets=False)]
    if all(isinstance(value.type, ListType) for value in values):
        common = unify([value.type for value in values])
        if isinstance(common, ListType):
            return list_of([convert(item, common.element) for item in items], common.element)
    return tuple_of(items)


def _coalesce(values: Sequence[Value]) -> Value:
    common = unify([value.type for value in values]) if values else None
    if common is None:
        raise FunctionError("all arguments must have the same type" if values else "at least one argument is required")
    for value in values:
        if not value.is_null:
            return convert(value, common)
    raise FunctionError("no non-null arguments")


def _coalesce_list(values: Sequence[Value]) -> Value:
    for place, value in enumerate(values):
        if not value.is_null and _sequence(values, place):
            return value
    raise FunctionError("no non-null arguments")


def _contains(values: Sequence[Value]) -> Value:
    return boolean(any(are_equal(item, values[1]) for item in _sequence(values, 0)))


def _index_of(values: Sequence[Value]) -> Value:
    items = _sequence(values, 0, sets=False)
    if not items:
        raise FunctionError("cannot search an empty list", 0)
    for place, item in enumerate(items):
        if are_equal(item, values[1]):
            return number(place)
    raise FunctionError("item not found", 1)


def _distinct(values: Sequence[Value]) -> Value:
    kept: list[Value] = []
    for item in values[0].items:
        if item not in kept:
            kept.append(item)
    return _like(values[0], kept)


def _compact(values: Sequence[Value]) -> Value:
    return strings(item.text for item in values[0].items if not item.is_null and item.text)


def _sort(values: Sequence[Value]) -> Value:
    if any(item.is_null for item in values[0].items):
        raise FunctionError("the list must not have null in it", 0)
    return strings(sorted((item.text for item in values[0].items), key=str.encode))


def _chunk(values: Sequence[Value]) -> Value:
    items, size = values[0].items, whole(values, 1)
    if size < 0:
        raise FunctionError("the size argument must be positive", 1)
    size = size or max(len(items), 1)
    chunks = [_like(values[0], items[start : start + size]) for start in range(0, len(items), size)]
    return list_of(chunks, values[0].type)


def _flatten(values: Sequence[Value]) -> Value:
    _sequence(values, 0)
    return tuple_of(_leaves(values[0]))


def _leaves(value: Value) -> Iterator[Value]:
    for item in value.items:
        if item.is_sequence and not item.is_null:
            yield from _leaves(item)
        else:
            yield item


def _keys(values: Sequence[Value]) -> Value:
    names = [string(name) for name in _mapping(values, 0)]
    return list_of(names, STRING) if isinstance(values[0].type, MapType) else tuple_of(names)


def _values(values: Sequence[Value]) -> Value:
    items = tuple(_mapping(values, 0).values())
    return list_of(items, values[0].type.element) if isinstance(values[0].type, MapType) else tuple_of(items)


def _lookup(values: Sequence[Value]) -> Value:
    mapping, key, default = values
    found = _mapping(values, 0).get(key.text)
    if found is not None:
        return found
    if not isinstance(mapping.type, MapType):
        return default
    try:
        return convert(default, mapping.type.element)
    except ConversionError:
        raise FunctionError("the default value must have the same type as the map elements", 2) from None


def _merge(values: Sequence[Value]) -> Value:
    merged: dict[str, Value] = {}
    for place, value in enumerate(values):
        if not value.is_null:
            merged.update(_mapping(values, place))
    first = values[0].type if values else None
    if isinstance(first, MapType) and all(value.type == first for value in values):
        return map_of(merged, first.element)
    return object_of(merged)


def _reverse(values: Sequence[Value]) -> Value:
    return _like(values[0], reversed(_sequence(values, 0)))


def _slice(values: Sequence[Value]) -> Value:
    items = _sequence(values, 0, sets=False)
    start, end = whole(values, 1), whole(values, 2)
    if start < 0 or start > len(items):
        raise FunctionError("the start index must lie within the list", 1)
    if end < start or end > len(items):
        raise FunctionError("the end index must lie within the list, and not before the start", 2)
    return _like(values[0], items[start:end])


def _zipmap(values: Sequence[Value]) -> Value:
    keys = [key.text for key in values[0].items]
    items = _sequence(values, 1, sets=False)
    if len(keys) != len(items):
        raise FunctionError(f"number of keys ({len(keys)}) does not match number of values ({len(items)})")
    entries = dict(zip(keys, items, strict=True))
    type_ = values[1].type
    return map_of(entries, type_.element) if isinstance(type_, ListType) else object_of(entries)


FUNCTIONS = (
    Function("length", (any_of("collection"),), _length),
    Function("element", (any_of("list"), number_of("index")), _element),
    Function("index", (any_of("collection"), any_of("key")), _index),
    Function("hasindex", (any_of("collection"), any_of("key")), lambda values: boolean(_find(values) is not None)),
    Function("indexof", (any_of("list"), any_of("value")), _index_of),
    Function("contains", (any_of("list"), any_of("value")), _contains),
    Function("concat", (), _concat, variadic=any_of("seqs")),
    Function("coalesce", (), _coalesce, variadic=_NULLABLE),
    Function("coalescelist", (), _coalesce_list, variadic=_NULLABLE),
    Function("distinct", (Parameter("list", _ANY_LIST),), _distinct),
    Function("compact", (Parameter("list", ListType(STRING)),), _compact),
    Function("sort", (Parameter("list", ListType(STRING)),), _sort),
    Function("chunklist", (Parameter("list", _ANY_LIST), number_of("size")), _chunk),
    Function("flatten", (any_of("list"),), _flatten),
    Function("keys", (any_of("inputMap"),), _keys),
    Function("values", (any_of("mapping"),), _values),
    Function("lookup", (any_of("inputMap"), text_of("key"), any_of("default")), _lookup),
    Function("merge", (), _merge, variadic=_NULLABLE),
    Function("reverselist", (any_of("list"),), _reverse),
    Function("slice", (any_of("list"), number_of("start_index"), number_of("end_index")), _slice),
    Function("zipmap", (Parameter("keys", ListType(STRING)), any_of("values")), _zipmap),
)
