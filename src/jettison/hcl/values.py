"""HCL values: a type and what is inside; null is a value of every type."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from jettison.frozen import dataclass
from jettison.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)
from jettison.hints import TypeAlias

Raw: TypeAlias = "str | bool | Decimal | tuple[Value, ...] | dict[str, Value] | None"


@dataclass(frozen=True, slots=True)
class Value:
    """One value. Equal where type and content are equal."""

    type: Type
    raw: Raw
    """None: null. Sequences and sets are tuples, maps and objects are dicts sorted by key."""

    @property
    def is_null(self) -> bool:
        """Whether it is null."""
        return self.raw is None

    @property
    def is_sequence(self) -> bool:
        """Whether it has elements by number or none at all: list, tuple, set."""
        return isinstance(self.type, ListType | TupleType | SetType)

    @property
    def is_mapping(self) -> bool:
        """Whether it has elements by name: map, object."""
        return isinstance(self.type, MapType | ObjectType)

    @property
    def text(self) -> str:
        """The content of a string."""
        assert isinstance(self.raw, str)
        return self.raw

    @property
    def number(self) -> Decimal:
        """The content of a number."""
        assert isinstance(self.raw, Decimal)
        return self.raw

    @property
    def truth(self) -> bool:
        """The content of a bool."""
        assert isinstance(self.raw, bool)
        return self.raw

    @property
    def items(self) -> tuple[Value, ...]:
        """The elements of a list, tuple or set."""
        assert isinstance(self.raw, tuple)
        return self.raw

    @property
    def entries(self) -> dict[str, Value]:
        """The elements of a map or object; not to be changed."""
        assert isinstance(self.raw, dict)
        return self.raw

    def pairs(self) -> Iterator[tuple[Value, Value]]:
        """Key and element in order: numbers for sequences, strings for maps; elements of sets are their own keys."""
        if isinstance(self.raw, dict):
            for name, element in self.raw.items():
                yield string(name), element
        else:
            is_set = isinstance(self.type, SetType)
            for index, element in enumerate(self.items):
                yield (element if is_set else number(index)), element


def string(text: str) -> Value:
    """A string; composed characters are in their composed form (NFC)."""
    return Value(STRING, text if text.isascii() else unicodedata.normalize("NFC", text))


def number(amount: Decimal | int) -> Value:
    """A number."""
    return Value(NUMBER, Decimal(amount))


def boolean(truth: bool) -> Value:
    """``true`` or ``false``."""
    return Value(BOOL, truth)


def null(type_: Type = DYNAMIC) -> Value:
    """The null of a type."""
    return Value(type_, None)


def tuple_of(elements: Iterable[Value]) -> Value:
    """The tuple of these elements."""
    items = tuple(elements)
    return Value(TupleType(tuple(item.type for item in items)), items)


def object_of(attributes: Mapping[str, Value]) -> Value:
    """The object with these attributes."""
    entries = dict(sorted(attributes.items()))
    return Value(ObjectType.of({name: value.type for name, value in entries.items()}), entries)


def list_of(elements: Sequence[Value], element_type: Type | None = None) -> Value:
    """The list of elements that are of one type; an empty one needs to be told which."""
    items = tuple(elements)
    return Value(ListType(items[0].type if element_type is None and items else element_type or DYNAMIC), items)


def strings(texts: Iterable[str]) -> Value:
    """A list of strings."""
    return list_of([string(text) for text in texts], STRING)


def map_of(elements: Mapping[str, Value], element_type: Type) -> Value:
    """The map of elements that are of one type."""
    return Value(MapType(element_type), dict(sorted(elements.items())))


def set_of(elements: Iterable[Value], element_type: Type) -> Value:
    """The set of elements that are of one type: each once, primitives sorted."""
    unique: list[Value] = []
    for element in elements:
        if element not in unique:
            unique.append(element)
    if element_type in (STRING, NUMBER, BOOL):
        unique.sort(key=_sort_key)
    return Value(SetType(element_type), tuple(unique))


def _sort_key(value: Value) -> tuple[bool, str | Decimal | bool]:
    """Nulls last; strings by their bytes."""
    raw = value.raw
    assert raw is None or isinstance(raw, str | Decimal | bool)
    return (raw is None, "" if raw is None else raw)
