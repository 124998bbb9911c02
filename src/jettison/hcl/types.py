"""The types of HCL values: primitives, collections whose elements are alike, structures whose elements are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.frozen import dataclass
from jettison.hints import TypeAlias


@dataclass(frozen=True, slots=True)
class Primitive:
    """``string``, ``number``, ``bool``; and ``dynamic``, the type that is not known or does not matter."""

    name: str


STRING = Primitive("string")
NUMBER = Primitive("number")
BOOL = Primitive("bool")
DYNAMIC = Primitive("dynamic")


@dataclass(frozen=True, slots=True)
class ListType:
    """Elements of one type, in order."""

    element: Type


@dataclass(frozen=True, slots=True)
class SetType:
    """Elements of one type, each once, without order."""

    element: Type


@dataclass(frozen=True, slots=True)
class MapType:
    """String keys to elements of one type."""

    element: Type


@dataclass(frozen=True, slots=True)
class TupleType:
    """A fixed number of elements, each with its own type."""

    elements: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class ObjectType:
    """Named attributes, each with its own type; sorted by name."""

    attributes: tuple[tuple[str, Type], ...]
    optional: frozenset[str] = frozenset()
    """Those that a conversion to this type need not have."""

    @classmethod
    def of(cls, attributes: Mapping[str, Type], optional: Iterable[str] = ()) -> ObjectType:
        """The type with these attributes."""
        return cls(tuple(sorted(attributes.items())), frozenset(optional))

    def by_name(self) -> dict[str, Type]:
        """Attribute -> type."""
        return dict(self.attributes)


Type: TypeAlias = Primitive | ListType | SetType | MapType | TupleType | ObjectType


def friendly_name(type_: Type, *, constraint: bool = False) -> str:
    """The type in words, as messages and ``--list variables`` have it: ``list of string``.

    ``constraint``: of a type that values are asked to have, where ``dynamic`` means any.
    """
    match type_:
        case ListType(element):
            return f"list of {friendly_name(element, constraint=constraint)}"
        case SetType(element):
            return f"set of {friendly_name(element, constraint=constraint)}"
        case MapType(element):
            return f"map of {friendly_name(element, constraint=constraint)}"
        case TupleType():
            return "tuple"
        case ObjectType():
            return "object"
        case Primitive("dynamic") if constraint:
            return "any type"
        case Primitive(name):
            return name
